// Segments on disk that wait to be inserted again and again, once into each variant: what the program's own ingest
// loop writes for the standard workload.

import { mkdirSync } from 'node:fs';
import { BenchFailure } from '../harness/bench-failure.ts';
import { SegmentSource } from '../store/segment-source.ts';
import type { StoreRecipe } from '../store/store-content.ts';
import { workloadByName } from '../store/workloads.ts';

export type SegmentFiles = {
  /** The files of spans, in the order of their arrival. */
  readonly paths: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly batch: number;
  readonly batches: number;
  readonly seed: number;
  readonly scatter: number;
};

export async function writeSegmentFiles(
  folder: string,
  recipe: StoreRecipe,
  signal: AbortSignal,
): Promise<SegmentFiles> {
  mkdirSync(folder, { recursive: true });
  const workload = workloadByName(recipe.workload, recipe.seed, recipe.batch);
  const batch = workload.tracesPerBatch * workload.spansPerTrace;
  const source = new SegmentSource({ ...recipe, workload, batch, endMs: Date.now(), directory: folder });
  const paths: string[] = [];
  let rows = 0;
  let bytes = 0;
  for (let next = source.next(); next !== undefined; next = source.next()) {
    signal.throwIfAborted();
    const file = next.segment.files.find(({ table }) => table === 'spans');
    if (file === undefined) throw new BenchFailure('A segment has no spans');
    paths.push(file.path);
    rows += next.rows;
    bytes += file.bytes;
    // An interrupt is heard between two segments.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { paths, rows, bytes, batch, batches: source.batches, seed: recipe.seed, scatter: recipe.scatter };
}
