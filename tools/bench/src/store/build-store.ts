// Fills a data folder of the program with spans, past the sockets: segments of the real ingest loop, inserted by the
// real writer into the real engine. What comes out is what the program would have left after days of ingest.

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Segment } from '@tracewright/model';
import type { Result } from '@tracewright/std';
import { createEmbeddedEngine, createWriter, migrate, readMerges } from '@tracewright/storage';
import { BenchFailure } from '../harness/bench-failure.ts';
import { useOfTree } from '../harness/process-tree.ts';
import { settle } from '../harness/settle.ts';
import { SegmentSource } from './segment-source.ts';
import { type StoreContent, type StoreRecipe, writeStoreContent } from './store-content.ts';
import { workloadByName } from './workloads.ts';

export type BuildOptions = {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
};

/** Segments that wait for the engine while the next one is written. */
const AHEAD_MAX = 3;
const MERGE_PATIENCE_MS = 60 * 60_000;
const TOLD_EVERY_MS = 10_000;

/** Fills a folder that must be empty or new, and waits until merges rest. */
export async function buildStore(
  folder: string,
  recipe: StoreRecipe,
  options: BuildOptions,
): Promise<StoreContent> {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new BenchFailure(`${folder} is not empty: a store is only built in a new folder`);
  const startMs = performance.now();
  const directory = join(folder, 'wal');
  mkdirSync(directory, { recursive: true });
  const engine = createEmbeddedEngine({ path: join(folder, 'engine') });
  try {
    expect(await engine.start());
    expect(await migrate(engine));
    const writer = createWriter({ engine });
    const workload = workloadByName(recipe.workload, recipe.seed, recipe.batch);
    const batch = workload.tracesPerBatch * workload.spansPerTrace;
    const source = new SegmentSource({ ...recipe, workload, batch, endMs: Date.now(), directory });
    const cpu = (): number => useOfTree(engine.pid ?? 0).cpuSeconds;

    let rows = 0;
    let segmentBytes = 0;
    let toldMs = startMs;
    const waiting: Promise<void>[] = [];
    for (let next = source.next(); next !== undefined; next = source.next()) {
      options.signal.throwIfAborted();
      const { segment } = next;
      rows += next.rows;
      segmentBytes += segment.files.reduce((sum, { bytes }) => sum + bytes, 0);
      waiting.push(store(segment, writer.insert(segment), source));
      // Yields even when nothing has to be waited for, so that the engine's answers are read.
      await new Promise((resolve) => setImmediate(resolve));
      if (waiting.length >= AHEAD_MAX) await waiting.shift();
      if (performance.now() - toldMs > TOLD_EVERY_MS) {
        toldMs = performance.now();
        options.say(`  ${rows.toLocaleString('en-US')} spans, ${((toldMs - startMs) / 1_000).toFixed(0)} s`);
      }
    }
    await Promise.all(waiting);
    options.say(`  ${rows.toLocaleString('en-US')} spans inserted; waiting for merges`);
    const rest = await settle({
      cpuSeconds: cpu,
      inFlight: async () => expect(await readMerges(engine)).running,
      patienceMs: MERGE_PATIENCE_MS,
      signal: options.signal,
    });
    if (!rest.settled) throw new BenchFailure('Merges did not come to rest within an hour');
    const content: StoreContent = {
      ...recipe,
      batch,
      batches: source.batches,
      rows,
      segments: source.segments,
      segmentBytes,
      beginMs: source.beginMs,
      endMs: source.endMs,
      buildMs: performance.now() - startMs,
      engineCpuSeconds: rest.cpuSeconds,
    };
    writeStoreContent(folder, content);
    return content;
  } finally {
    await engine[Symbol.asyncDispose]();
  }
}

async function store(
  segment: Segment,
  inserting: Promise<Result<void>>,
  source: SegmentSource,
): Promise<void> {
  expect(await inserting);
  source.stored(segment);
  const [file] = segment.files;
  if (file !== undefined) rmSync(dirname(file.path), { recursive: true, force: true });
}

function expect<T>(result: Result<T>): T {
  if (!result.ok) throw new BenchFailure(result.failure.message);
  return result.value;
}
