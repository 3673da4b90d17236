import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Population } from '../query/population.ts';
import { MeasuredEngine } from '../storage/measured-engine.ts';
import { timeSqlQuestions } from '../storage/sql-questions.ts';
import { engineConfig } from '../storage/table-in-use.ts';
import { SPANS_DIALECT } from '../storage/variants.ts';
import { borrowStore } from './borrow-store.ts';
import { buildStore } from './build-store.ts';
import { expectStoreContent, readStoreContent, type StoreRecipe } from './store-content.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracewright-bench-build-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const options = { signal, say: (): void => {} };
const DAY_MS = 86_400_000;
const RECIPE: StoreRecipe = {
  workload: 'standard',
  spans: 40_960,
  batch: 512,
  seed: 3,
  scatter: 0,
  segmentRows: 4_096,
  rangeMs: 3 * DAY_MS,
};

test('a store holds each span once, over the days that were asked for, and answers questions', {
  timeout: 120_000,
}, async () => {
  const built = join(folder, 'built');
  const content = await buildStore(built, RECIPE, options);
  assert.equal(content.rows, 40_960);
  assert.equal(content.segments, 10);
  assert.deepEqual(readStoreContent(built), content);
  assert.deepEqual(readdirSync(join(built, 'wal')), []);
  await assert.rejects(buildStore(built, RECIPE, options), /not empty/);
  assert.throws(() => expectStoreContent(built, { spans: 5 }), /filled with spans 40960, not 5/);

  {
    await using borrowed = await borrowStore({ kind: 'given', folder: built }, RECIPE, options);
    const engineFolder = join(borrowed.folder, 'engine');
    await using engine = new MeasuredEngine(engineFolder, engineConfig(engineFolder));
    const [rows, ids, days, first, last] = (
      await engine.row(
        'SELECT count(), uniqExact(span_id), uniqExact(_partition_id), min(arrived_ms), max(arrived_ms) FROM tracewright.spans',
      )
    ).map(Number);
    assert.equal(rows, 40_960);
    assert.equal(ids, 40_960);
    assert.ok((days ?? 0) >= 3 && (days ?? 0) <= 4, `${days} days`);
    assert.ok((first ?? 0) >= content.beginMs && (last ?? 0) <= content.endMs);
    assert.ok((last ?? 0) - (first ?? 0) > 2.5 * DAY_MS);
    const population = new Population({ seed: 3, batch: 512, batches: content.batches, scatter: 0 });
    const times = await timeSqlQuestions(engine, SPANS_DIALECT, population, 1, signal);
    assert.ok(times.every(({ p50Ms }) => p50Ms > 0));
    // Whatever is done to the borrowed folder, the one that is kept stays as it is.
    await engine.run('TRUNCATE TABLE tracewright.spans');
  }
  await using again = await borrowStore({ kind: 'kept', folder: built }, RECIPE, options);
  const engineFolder = join(again.folder, 'engine');
  {
    await using engine = new MeasuredEngine(engineFolder, engineConfig(engineFolder));
    assert.deepEqual(await engine.row('SELECT count() FROM tracewright.spans'), ['40960']);
  }
  const links = readdirSync(again.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === 'data.bin')
    .map((entry) => statSync(join(entry.parentPath, entry.name)).nlink);
  assert.ok(
    links.some((count) => count > 1),
    'large files of parts are linked',
  );
  await again[Symbol.asyncDispose]();
  assert.equal(existsSync(again.folder), false);
});
