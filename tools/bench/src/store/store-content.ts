// What lies in a data folder that the bench has filled: enough to ask about any span of it and to judge the answer.
// It is written beside the data, so that a folder can be asked again without being filled again.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchFailure } from '../harness/bench-failure.ts';

export type WorkloadName = 'standard' | 'jaeger';

/** What a folder is filled with. */
export type StoreRecipe = {
  readonly workload: WorkloadName;
  readonly spans: number;
  readonly batch: number;
  readonly seed: number;
  readonly scatter: number;
  readonly segmentRows: number;
  /** The time over which the segments begin; zero: one right after the other. */
  readonly rangeMs: number;
};

export type StoreContent = StoreRecipe & {
  readonly batches: number;
  readonly rows: number;
  readonly segments: number;
  readonly segmentBytes: number;
  /** Within this time all rows arrived. */
  readonly beginMs: number;
  readonly endMs: number;
  readonly buildMs: number;
  /** CPU seconds of the engine, merges included. */
  readonly engineCpuSeconds: number;
};

const FILE = 'bench-store.json';

export function writeStoreContent(folder: string, content: StoreContent): void {
  writeFileSync(join(folder, FILE), `${JSON.stringify(content, null, 2)}\n`);
}

/** Undefined where the folder was not filled by the bench, or not to the end. */
export function readStoreContent(folder: string): StoreContent | undefined {
  const path = join(folder, FILE);
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as StoreContent;
}

/** The content of a folder that is asked for by name; one that holds something else than asked for is refused. */
export function expectStoreContent(
  folder: string,
  wanted: Partial<Pick<StoreRecipe, 'spans' | 'scatter'>>,
): StoreContent {
  const content = readStoreContent(folder);
  if (content === undefined) throw new BenchFailure(`${folder} holds no store that the bench has filled`);
  for (const key of ['spans', 'scatter'] as const) {
    if (wanted[key] !== undefined && wanted[key] !== content[key]) {
      throw new BenchFailure(`${folder} was filled with ${key} ${content[key]}, not ${wanted[key]}`);
    }
  }
  return content;
}

/** The content in words, for the conditions of a figure. */
export function describeStore(content: StoreContent): string {
  const lastsMs = content.endMs - content.beginMs;
  const unit = lastsMs >= 2 * 86_400_000 ? 'days' : lastsMs >= 7_200_000 ? 'hours' : 'seconds';
  const per = { days: 86_400_000, hours: 3_600_000, seconds: 1_000 }[unit];
  return (
    `${content.rows.toLocaleString('en-US')} spans that arrived over ${Math.round(lastsMs / per)} ${unit} in ` +
    `${content.segments.toLocaleString('en-US')} segments, ` +
    (content.scatter === 0
      ? 'traces whole in a batch'
      : `a span of a trace every ${content.scatter} batches (a trace scattered over ${scatteredSeconds(content).toFixed(0)} s)`)
  );
}

/** Over how many seconds of ingest a trace's spans arrive, at 60,000 spans a second. */
function scatteredSeconds({ scatter, batch }: StoreRecipe): number {
  return (scatter * 7 * batch) / 60_000;
}
