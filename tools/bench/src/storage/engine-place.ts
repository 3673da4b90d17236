// A small server with the engine in one of three places: in its own thread, in a worker thread, in a child process. It
// inserts segments and asks small and large questions meanwhile, and prints what that did to its event loop.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createEmbeddedEngine, INSERT_SETTINGS, migrate } from '@tracewright/storage';
import { Session } from 'chdb';
import { printInsertSettings } from './insert-settings.ts';
import { FILE_STRUCTURE, segmentInput } from './segment-input.ts';

export const PLACES = ['in-process', 'thread', 'child'] as const;
export type EnginePlace = (typeof PLACES)[number];

export type PlaceFigures = {
  readonly insertMs: number;
  readonly smallMs: readonly number[];
  readonly largeMs: readonly number[];
  readonly largeBytes: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
};

/** Runs a statement and tells the length of its answer. */
type Runner = {
  readonly run: (sql: string, session: number) => Promise<number>;
  readonly end: () => Promise<void>;
};

const SMALL = 'SELECT number, toString(number) FROM numbers(10)';
const LARGE = 'SELECT number, number * 2 AS a FROM numbers(640000)';
const SMALL_EVERY_MS = 20;
const LARGE_TIMES = 10;
const INSERT_TABLE = 'tracewright.spans';

if (!isMainThread) answerParent(workerData as { readonly path: string; readonly config: string });
else if (process.argv[2] !== undefined && import.meta.main) await main();

async function main(): Promise<void> {
  const [place = '', folder = '', segments = ''] = process.argv.slice(2);
  // The program makes its tables and the engine's configuration first, the same for all places.
  const engine = createEmbeddedEngine({ path: folder });
  await engine.start();
  const migrated = await migrate(engine);
  if (!migrated.ok) throw new Error(migrated.failure.message);
  if (place !== 'child') await engine[Symbol.asyncDispose]();
  const config = join(folder, 'engine.xml');
  const runner =
    place === 'child'
      ? inChild(engine)
      : place === 'thread'
        ? await inThread(folder, config)
        : inProcess(folder, config);
  const figures = await measure(runner, segments);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  await runner.end();
  process.exit(0);
}

async function measure(runner: Runner, segments: string): Promise<PlaceFigures> {
  const columns = [...FILE_STRUCTURE.keys()].join(', ');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const smallMs: number[] = [];
  let inserting = true;
  delay.enable();
  const asking = (async () => {
    while (inserting) {
      const startMs = performance.now();
      await runner.run(SMALL, 1);
      smallMs.push(performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, SMALL_EVERY_MS));
    }
  })();
  const startMs = performance.now();
  for (const segment of readdirSync(segments).sort()) {
    const path = join(segments, segment, 'spans.native');
    if (!existsSync(path)) continue;
    await runner.run(
      `INSERT INTO ${INSERT_TABLE} (${columns}) SELECT ${columns} FROM ${segmentInput(path)}`,
      0,
    );
  }
  const insertMs = performance.now() - startMs;
  inserting = false;
  await asking;
  const largeMs: number[] = [];
  let largeBytes = 0;
  for (let time = 0; time < LARGE_TIMES; time++) {
    const began = performance.now();
    largeBytes = await runner.run(LARGE, 1);
    largeMs.push(performance.now() - began);
  }
  delay.disable();
  return {
    insertMs,
    smallMs,
    largeMs,
    largeBytes,
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    loopDelayMaxMs: delay.max / 1e6,
  };
}

function sessionsOf(path: string, config: string): readonly Session[] {
  return [0, 1].map(() => new Session(path, { connectionArgs: [`--config-file=${config}`] }));
}

async function lengthOf(session: Session | undefined, sql: string): Promise<number> {
  const isInsert = sql.startsWith('INSERT');
  const statement = isInsert ? `${sql} SETTINGS ${printInsertSettings()}` : sql;
  const answer = await session?.queryAsync(statement, { format: isInsert ? 'Null' : 'Native' });
  return answer === undefined ? 0 : Buffer.from(answer.bytes()).length;
}

function inProcess(path: string, config: string): Runner {
  const sessions = sessionsOf(path, config);
  return {
    run: (sql, session) => lengthOf(sessions[session], sql),
    end: async () => {
      for (const session of sessions) session.close();
    },
  };
}

type ThreadRequest = { readonly id: number; readonly sql: string; readonly session: number };
type ThreadReply = { readonly id: number; readonly bytes: number; readonly error?: string };

function answerParent({ path, config }: { readonly path: string; readonly config: string }): void {
  const sessions = sessionsOf(path, config);
  parentPort?.on('message', ({ id, sql, session }: ThreadRequest) => {
    lengthOf(sessions[session], sql).then(
      (bytes) => parentPort?.postMessage({ id, bytes } satisfies ThreadReply),
      (error) => parentPort?.postMessage({ id, bytes: 0, error: String(error) } satisfies ThreadReply),
    );
  });
  parentPort?.postMessage({ id: 0, bytes: 0 } satisfies ThreadReply);
}

async function inThread(path: string, config: string): Promise<Runner> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { path, config } });
  const waiting = new Map<number, PromiseWithResolvers<number>>();
  const opened = Promise.withResolvers<number>();
  waiting.set(0, opened);
  let nextId = 1;
  worker.on('message', ({ id, bytes, error }: ThreadReply) => {
    if (error === undefined) waiting.get(id)?.resolve(bytes);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  worker.on('error', (error) => {
    for (const each of waiting.values()) each.reject(error);
  });
  await opened.promise;
  return {
    run: (sql, session) => {
      const answer = Promise.withResolvers<number>();
      const id = nextId++;
      waiting.set(id, answer);
      worker.postMessage({ id, sql, session } satisfies ThreadRequest);
      return answer.promise;
    },
    end: async () => void (await worker.terminate()),
  };
}

function inChild(engine: ReturnType<typeof createEmbeddedEngine>): Runner {
  return {
    run: async (sql, session) => {
      const answer = await engine.query({
        sql,
        class: session === 0 ? 'write' : 'search',
        deadlineMs: 60_000,
        settings: session === 0 ? INSERT_SETTINGS : {},
      });
      if (!answer.ok) throw new Error(answer.failure.message);
      return answer.value.blocks.reduce((sum, block) => sum + block.length, 0);
    },
    end: () => engine[Symbol.asyncDispose](),
  };
}
