// Compares the table in use with the ones it was chosen over, on the engine alone: the same segment files inserted
// into each, CPU until merges rest, bytes on disk, and the time of the questions that people ask.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { STANDARD_FACTS } from '../generate/standard-workload.ts';
import { BenchFailure } from '../harness/bench-failure.ts';
import { makeFolder, Program, removeFolder } from '../harness/program.ts';
import { type PickedSpan, Population } from '../query/population.ts';
import { type Figure, percentile } from '../report/figure.ts';
import { MeasuredEngine } from '../storage/measured-engine.ts';
import { type SegmentFiles, writeSegmentFiles } from '../storage/segment-files.ts';
import {
  parseTableDefinition,
  printTableDefinition,
  type TableDefinition,
} from '../storage/table-definition.ts';
import { VARIANTS, type Variant } from '../storage/variants.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const TABLE = 'bench.spans';
const REPEATS = 12;

export const storageScenario: Scenario = {
  name: 'storage',
  summary: 'the table in use against the ones it was chosen over, engine alone (--variant to choose)',
  byDefault: false,
  run: storage,
};

async function storage(context: ScenarioContext): Promise<ScenarioResult> {
  const unknown = context.variants.find((name) => !VARIANTS.some((variant) => variant.name === name));
  if (unknown !== undefined) {
    throw new BenchFailure(
      `There is no variant ${unknown}; there are ${VARIANTS.map(({ name }) => name).join(', ')}`,
    );
  }
  const chosen = VARIANTS.filter(
    ({ name }) => context.variants.length === 0 || context.variants.includes(name),
  );
  const spans = context.quick ? 600_000 : Math.min(context.spans, 3_000_000);
  const folder = makeFolder('storage');
  try {
    const { table, configPath } = await tableInUse(context, join(folder, 'program'));
    context.say(`  writing ${spans.toLocaleString('en-US')} spans as segment files`);
    const files = await writeSegmentFiles(folder, spans, context.seed, context.scatter, context.signal);
    const figures: Figure[] = [];
    for (const variant of chosen) {
      context.say(`  ${variant.name}: ${variant.what}`);
      const engineFolder = join(folder, `variant-${variant.name}`);
      figures.push(...(await measureVariant(variant, table, files, engineFolder, configPath, context)));
      await removeFolder(engineFolder);
    }
    return {
      conditions: [
        `${files.rows.toLocaleString('en-US')} spans in ${files.paths.length} segments inserted back to back, ` +
          `${context.scatter === 0 ? 'traces whole in a batch' : `a span of a trace every ${context.scatter} batches`}; ` +
          `queries warm, over everything, newest 20 traces, ${REPEATS} random values each, p50`,
        `unique: an unforeseen key's value of one span; rare: a well-known key's of 1 in 200,000; common: of 1 in 20; absent: of none; RED: one service by minute`,
        ...chosen.map(({ name, what }) => `${name}: ${what}`),
      ],
      figures,
      layout: 'matrix',
    };
  } finally {
    await removeFolder(folder);
  }
}

/** The table of spans as the program makes it, with the configuration its engine runs with. */
async function tableInUse(
  context: ScenarioContext,
  dataFolder: string,
): Promise<{ readonly table: TableDefinition; readonly configPath: string }> {
  mkdirSync(dataFolder);
  {
    await using program = await Program.start({ ...context, dataFolder, profileFolder: undefined });
    await program.ready(context.signal);
    await program.stop();
  }
  const engineFolder = join(dataFolder, 'engine');
  const configPath = join(engineFolder, 'engine.xml');
  await using engine = new MeasuredEngine(engineFolder, configPath);
  const { text } = await engine.run('SHOW CREATE TABLE tracewright.spans');
  const table = parseTableDefinition(text);
  if (table === undefined)
    throw new BenchFailure(`Cannot read the definition of the table of spans: ${text}`);
  return { table, configPath };
}

async function measureVariant(
  variant: Variant,
  inUse: TableDefinition,
  files: SegmentFiles,
  folder: string,
  configPath: string,
  context: ScenarioContext,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const add = (id: string, label: string, unit: string, value: number): void => {
    figures.push({
      id: `storage.${variant.name}.${id}`,
      label,
      row: variant.name,
      unit,
      better: 'less',
      value,
    });
  };
  mkdirSync(folder);
  await using engine = new MeasuredEngine(folder, configPath);
  const table = variant.table(inUse);
  await engine.run('CREATE DATABASE bench');
  await engine.run(printTableDefinition(TABLE, table));
  const columns = [...table.columns.keys()];
  const select = columns.map(variant.source).join(', ');
  const cpuBefore = engine.cpuSeconds;
  for (const path of files.paths) {
    context.signal.throwIfAborted();
    await engine.run(
      `INSERT INTO ${TABLE} (${columns.join(', ')}) SELECT ${select} FROM file('${path}', 'Native')`,
    );
  }
  const cpuInserted = engine.cpuSeconds;
  const cpuSettled = await engine.settled(context.signal);
  const [rows, bytes, parts, indexBytes] = (
    await engine.row(
      `SELECT sum(rows), sum(bytes_on_disk), count(), sum(secondary_indices_compressed_bytes) FROM system.parts WHERE active AND database = 'bench'`,
    )
  ).map(Number);
  if (rows !== files.rows) throw new BenchFailure(`${variant.name} holds ${rows} of ${files.rows} rows`);
  add('insertCpu', 'insert', 's/M', ((cpuInserted - cpuBefore) / files.rows) * 1e6);
  add('cpu', '+ merges', 's/M', ((cpuSettled - cpuBefore) / files.rows) * 1e6);
  add('bytes', 'disk', 'B/span', (bytes ?? 0) / files.rows);
  add('indexBytes', 'indexes', 'B/span', (indexBytes ?? 0) / files.rows);
  add('parts', 'parts', '', parts ?? 0);

  const population = new Population({
    seed: context.seed,
    batch: 512,
    batches: files.batches,
    scatter: context.scatter,
  });
  for (const question of SQL_QUESTIONS) {
    const elapsedMs: number[] = [];
    for (let time = -1; time < REPEATS; time++) {
      const span = population.pick();
      const answer = await engine.run(question.sql(variant, span), 'JSONCompactEachRow');
      const found = answer.text.split('\n').filter((line) => line !== '').length;
      if (!question.right(found))
        throw new BenchFailure(`${variant.name}, ${question.label}: ${found} rows are wrong`);
      if (time >= 0) elapsedMs.push(answer.elapsedMs);
    }
    add(question.id, question.label, 'ms', percentile(elapsedMs, 0.5));
  }
  return figures;
}

type SqlQuestion = {
  readonly id: string;
  readonly label: string;
  readonly sql: (variant: Variant, span: PickedSpan) => string;
  /** Whether an answer of so many rows can be right. */
  readonly right: (rows: number) => boolean;
};

/** What makes repeated questions comparable: no answer from a cache, indexes looked at first. */
const QUESTION_SETTINGS =
  'optimize_read_in_order = 0, use_skip_indexes_on_data_read = 0, use_query_condition_cache = 0, max_threads = 2';

function newest(condition: string): string {
  return (
    `SELECT hex(trace_id), max(start_nano) AS newest FROM (SELECT trace_id, start_nano FROM ${TABLE} ` +
    `WHERE tenant = 'default' AND ${condition} ORDER BY start_nano DESC LIMIT 160) ` +
    `GROUP BY trace_id ORDER BY newest DESC LIMIT 20 SETTINGS ${QUESTION_SETTINGS}`
  );
}

const SQL_QUESTIONS: readonly SqlQuestion[] = [
  {
    id: 'byId',
    label: 'by id',
    sql: (_, { traceId }) =>
      `SELECT * FROM ${TABLE} WHERE tenant = 'default' AND substring(trace_id, 9, 8) = unhex('${traceId.slice(16)}') ` +
      `AND trace_id = unhex('${traceId}') SETTINGS ${QUESTION_SETTINGS}`,
    right: (rows) => rows === 8,
  },
  {
    id: 'service',
    label: 'service',
    sql: () => newest(`service = '${STANDARD_FACTS.service}'`),
    right: (rows) => rows === 20,
  },
  {
    id: 'serviceNameDuration',
    label: 'service + name + duration',
    sql: () =>
      newest(
        `service = '${STANDARD_FACTS.service}' AND name = '${STANDARD_FACTS.operation}' AND duration_nano >= 50000000`,
      ),
    right: (rows) => rows === 20,
  },
  {
    id: 'unique',
    label: 'unique',
    sql: (variant, span) => newest(variant.attribute(STANDARD_FACTS.unique.key, span.orderRef)),
    right: (rows) => rows === 1,
  },
  {
    id: 'rareKnown',
    label: 'rare',
    sql: (variant, span) => newest(variant.attribute(STANDARD_FACTS.wellKnown.key, span.userId)),
    right: (rows) => rows >= 1,
  },
  {
    id: 'common',
    label: 'common',
    sql: (variant) => newest(variant.attribute(STANDARD_FACTS.common.key, STANDARD_FACTS.common.value)),
    right: (rows) => rows === 20,
  },
  {
    id: 'absent',
    label: 'absent',
    sql: (variant, span) => newest(variant.attribute(STANDARD_FACTS.absent.key, `never-${span.userId}`)),
    right: (rows) => rows === 0,
  },
  {
    id: 'red',
    label: 'RED',
    sql: () =>
      `SELECT intDiv(start_nano, 60000000000) AS minute, count(), countIf(status_code = 2), quantile(0.99)(duration_nano) ` +
      `FROM ${TABLE} WHERE tenant = 'default' AND service = '${STANDARD_FACTS.service}' GROUP BY minute SETTINGS ${QUESTION_SETTINGS}`,
    right: (rows) => rows >= 1,
  },
];
