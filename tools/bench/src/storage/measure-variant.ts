// One variant measured on the engine alone: the same segment files inserted into its table, CPU until merges rest,
// bytes on disk, and the time of the questions that people ask.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BenchFailure } from '../harness/bench-failure.ts';
import { Population } from '../query/population.ts';
import { type Figure, percentile } from '../report/figure.ts';
import { type MadeVariant, makeVariant } from './make-variant.ts';
import { MeasuredEngine } from './measured-engine.ts';
import type { SegmentFiles } from './segment-files.ts';
import { timeSqlQuestions } from './sql-questions.ts';
import type { TableInUse } from './table-in-use.ts';
import { TABLE, type Variant } from './variants.ts';

const REPEATS = 12;

export type VariantRun = {
  /** Figures are called `storage.CHOICE.VARIANT.WHAT`. */
  readonly choice: string;
  readonly inUse: TableInUse;
  readonly files: SegmentFiles;
  /** Where the variant's engine lives; must be new. */
  readonly folder: string;
  readonly signal: AbortSignal;
};

export async function measureVariant(variant: Variant, run: VariantRun): Promise<readonly Figure[]> {
  const { files, signal } = run;
  const figures: Figure[] = [];
  const add = (id: string, label: string, unit: string, value: number): void => {
    const what = `storage.${run.choice}.${variant.name}.${id}`;
    figures.push({ id: what, label, row: variant.name, unit, better: 'less', value });
  };
  mkdirSync(run.folder);
  await using engine = new MeasuredEngine(run.folder, run.inUse.configPath);
  const made = await makeVariant(engine, variant, run.inUse);
  const waiting = await filesOf(made, run);
  const insertMs: number[] = [];
  const cpuBefore = engine.cpuSeconds;
  const inserter = async (session: number): Promise<void> => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      signal.throwIfAborted();
      let elapsedMs = 0;
      for (const sql of made.insert(path)) elapsedMs += (await engine.run(sql, 'Null', session)).elapsedMs;
      insertMs.push(elapsedMs);
    }
  };
  await Promise.all(Array.from({ length: variant.inserters }, (_, session) => inserter(session)));
  const cpuInserted = engine.cpuSeconds;
  const cpuSettled = await engine.settled(signal);
  const [partsLeft = 0] = (
    await engine.row(
      `SELECT count() FROM system.parts WHERE active AND database = 'bench' AND table = 'spans'`,
    )
  ).map(Number);
  // Bytes and questions are compared in the same state, which the engine left to itself reaches after hours.
  if (!variant.unmerged) await engine.run(`OPTIMIZE TABLE ${TABLE} FINAL`);
  const cpuOnePart = variant.unmerged ? cpuSettled : await engine.settled(signal);

  const [rows, bytes, indexBytes] = (
    await engine.row(
      `SELECT sumIf(rows, table = 'spans'), sum(bytes_on_disk), ` +
        `sum(secondary_indices_compressed_bytes) FROM system.parts WHERE active AND database = 'bench'`,
    )
  ).map(Number);
  if (rows !== files.rows) throw new BenchFailure(`${variant.name} holds ${rows} of ${files.rows} rows`);
  const [merged = 0] = (
    await engine.row(`SELECT sum(value) FROM system.events WHERE event = 'MergedRows'`)
  ).map(Number);
  const perMillion = (seconds: number): number => (seconds / files.rows) * 1e6;
  add('insertCpu', 'insert', 's/M', perMillion(cpuInserted - cpuBefore));
  add('cpu', '+ merges', 's/M', perMillion(cpuSettled - cpuBefore));
  add('onePartCpu', '+ to one part', 's/M', perMillion(cpuOnePart - cpuBefore));
  add('partsLeft', 'parts before', '', partsLeft);
  add('merges', 'merged', '× rows', merged / files.rows);
  add('bytes', 'disk', 'B/span', (bytes ?? 0) / files.rows);
  add('indexBytes', 'indexes', 'B/span', (indexBytes ?? 0) / files.rows);
  add('insertP50', 'insert p50', 'ms', percentile(insertMs, 0.5));
  add('insertMax', 'max', 'ms', Math.max(...insertMs));

  const population = new Population({
    seed: files.seed,
    batch: files.batch,
    batches: files.batches,
    scatter: files.scatter,
  });
  const dialect = {
    table: TABLE,
    attribute: variant.attribute,
    trace: variant.trace,
    settings: variant.questionSettings,
  };
  for (const { question, p50Ms } of await timeSqlQuestions(engine, dialect, population, REPEATS, signal)) {
    add(question.id, question.label, 'ms', p50Ms);
  }
  return figures;
}

/** Files are written by another engine, so that the one that is measured is as new as for other variants. */
async function filesOf(made: MadeVariant, { files, folder, inUse }: VariantRun): Promise<string[]> {
  const own = join(folder, 'files');
  mkdirSync(own);
  await using engine = new MeasuredEngine(join(own, 'engine'), inUse.configPath);
  return [...(await made.files(files.paths, own, engine))];
}
