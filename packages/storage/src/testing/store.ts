/** A store on the real engine in a folder of its own, for one test file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Segment, Writer } from '@tracewright/model';
import { assert, type Result } from '@tracewright/std';
import { createReader } from '../create-reader.ts';
import {
  createEmbeddedEngine,
  type EmbeddedEngineHandle,
  type EmbeddedEngineOptions,
} from '../engine/embedded.ts';
import { migrate } from '../migrate.ts';
import { decodeNativeBlocks } from '../native/decode.ts';
import type { Reader } from '../reader.ts';
import { createWriter } from '../writer.ts';
import { type TestRows, testDecoders, writeSegment } from './segments.ts';

export type TestStore = {
  readonly folder: string;
  readonly engine: EmbeddedEngineHandle;
  readonly writer: Writer;
  readonly reader: Reader;
  /** Stores rows as one segment and returns it. */
  store(id: bigint, rows: TestRows, blockRows?: number): Promise<Segment>;
  /** Runs a statement without an answer. */
  command(sql: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function openTestStore(options: Partial<EmbeddedEngineOptions> = {}): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-storage-'));
  const engine = createEmbeddedEngine({ path: join(folder, 'engine'), ...options });
  expectOk(await engine.start());
  expectOk(await migrate(engine));
  const writer = createWriter({ engine });
  const reader = createReader({ engine, ...testDecoders });
  return {
    folder,
    engine,
    writer,
    reader,
    store: async (id, rows, blockRows) => {
      const segment = writeSegment(folder, id, rows, blockRows);
      expectOk(await writer.insert(segment));
      return segment;
    },
    command: async (sql) => expectOk(await engine.command(sql, { deadlineMs: 20_000 })),
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The value of a result that has to be one. */
export function expectOk<T>(result: Result<T>): T {
  assert(result.ok, result.ok ? '' : `${result.failure.code}: ${result.failure.message}`);
  return result.value;
}

export function countRows(store: TestStore, table: string, where: string): Promise<number> {
  return count(store, `tracewright.${table} WHERE ${where}`);
}

export function countParts(store: TestStore, table: string): Promise<number> {
  return count(store, `system.parts WHERE database = 'tracewright' AND table = '${table}' AND active`);
}

async function count(store: TestStore, from: string): Promise<number> {
  const sql = `SELECT toUInt32(count()) AS rows FROM ${from}`;
  const answer = expectOk(await store.engine.query({ sql, class: 'scan', deadlineMs: 20_000 }));
  const [block] = expectOk(decodeNativeBlocks(answer.blocks));
  return block?.numbers('rows')[0] ?? 0;
}
