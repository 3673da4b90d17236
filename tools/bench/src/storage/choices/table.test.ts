import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Population } from '../../query/population.ts';
import { makeVariant } from '../make-variant.ts';
import { MeasuredEngine } from '../measured-engine.ts';
import { type SegmentFiles, writeSegmentFiles } from '../segment-files.ts';
import { SQL_QUESTIONS, timeSqlQuestions } from '../sql-questions.ts';
import { type TableInUse, tableInUse } from '../table-in-use.ts';
import { IN_USE, TABLE, type Variant } from '../variants.ts';
import { CHOICES } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracewright-bench-variants-'));
const signal = new AbortController().signal;
let inUse: TableInUse;
let files: SegmentFiles;
let engine: MeasuredEngine;

before(async () => {
  inUse = await tableInUse(join(folder, 'program'));
  files = await writeSegmentFiles(
    join(folder, 'segments'),
    {
      workload: 'standard',
      spans: 4_096,
      batch: 512,
      seed: 1,
      scatter: 0,
      segmentRows: 4_096,
      rangeMs: 0,
    },
    signal,
  );
  mkdirSync(join(folder, 'engine'));
  engine = new MeasuredEngine(join(folder, 'engine'), inUse.configPath);
});
after(async () => {
  await engine?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The questions that a variant asks in another way than the table in use. */
function ownQuestions(variant: Variant): typeof SQL_QUESTIONS {
  if (variant === IN_USE) return SQL_QUESTIONS;
  const { trace, attribute, questionSettings } = IN_USE;
  const ids = [
    ...(variant.trace !== trace || variant.questionSettings !== questionSettings ? ['byId'] : []),
    ...(variant.attribute === attribute ? [] : ['unique', 'rareKnown']),
  ];
  return SQL_QUESTIONS.filter(({ id }) => ids.includes(id));
}

for (const choice of CHOICES) {
  test(`the engine takes every table of ${choice.name}, and a segment into each`, async () => {
    assert.equal(new Set(choice.variants.map(({ name }) => name)).size, choice.variants.length);
    for (const variant of choice.variants) {
      await assert.doesNotReject(insertAndAsk(variant), `${choice.name}, ${variant.name}`);
    }
  });
}

async function insertAndAsk(variant: Variant): Promise<void> {
  const own = join(folder, 'rewritten');
  mkdirSync(own);
  try {
    const made = await makeVariant(engine, variant, inUse);
    for (const path of await made.files(files.paths, own, engine)) {
      for (const sql of made.insert(path)) await engine.run(sql, 'Null');
    }
    assert.deepEqual(await engine.row(`SELECT count() FROM ${TABLE}`), [String(files.rows)]);
    const dialect = {
      table: TABLE,
      attribute: variant.attribute,
      trace: variant.trace,
      settings: variant.questionSettings,
    };
    await timeSqlQuestions(engine, dialect, new Population(files), 0, signal, ownQuestions(variant));
  } finally {
    await engine.run('DROP DATABASE IF EXISTS bench SYNC');
    rmSync(own, { recursive: true, force: true });
  }
}
