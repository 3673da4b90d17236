/** Fronts and a store over them, for one test file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writer } from '@tracewright/model';
import {
  type Cluster,
  type ClusterOptions,
  createCluster,
  type Engine,
  type Reader,
} from '@tracewright/storage';
import { expectOk, testDecoders } from '@tracewright/storage/testing';
import { Front, type FrontOptions } from './start-front.ts';

export const USER = 'tracewright';
export const PASSWORD = "s3cret: with 'signs' é";

export type Fronts = {
  readonly folder: string;
  readonly fronts: readonly Front[];
  [Symbol.asyncDispose](): Promise<void>;
};

export async function startFronts(count: number, options: Partial<FrontOptions> = {}): Promise<Fronts> {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-front-'));
  const fronts = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      Front.start({ data: join(folder, `shard-${at + 1}`), user: USER, password: PASSWORD, ...options }),
    ),
  );
  return {
    folder,
    fronts,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(fronts.map((front) => front.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type OpenCluster = {
  readonly cluster: Cluster;
  readonly engine: Engine;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly reports: string[];
};

let nodes = 0;

/** A node of its own on the fronts; the caller disposes of its engine. */
export async function openCluster(
  { folder, fronts }: Fronts,
  options: Partial<ClusterOptions> = {},
): Promise<OpenCluster> {
  const number = nodes++;
  const reports: string[] = [];
  const cluster = expectOk(
    createCluster({
      ...testDecoders,
      shards: fronts.map(({ url }) => [url]),
      username: USER,
      password: PASSWORD,
      compression: 'none',
      dialect: { database: 'tracewright', tables: { kind: 'plain' } },
      node: { number, instance: `instance-${number}`, host: `host-${number}` },
      partsDirectory: join(folder, `parts-${number}`),
      keptBytesMax: 256 * 1024 * 1024,
      sync: false,
      bound: (engine) => engine,
      report: (_, message) => reports.push(message),
      ...options,
    }),
  );
  await cluster.open();
  const { engine, writer, reader } = cluster;
  return { cluster, engine, writer, reader, reports };
}

export async function poll(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs: number = 20_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What an aggregate says of a table on one server. */
export async function countRows(
  engine: Engine,
  table: string,
  aggregate: string = 'count()',
): Promise<number> {
  const sql = `SELECT ${aggregate} AS n FROM tracewright.${table}`;
  const blocks: Uint8Array[] = [];
  const asked = await engine.query({
    sql: `SELECT toString(n) AS text FROM (${sql})`,
    class: 'scan',
    deadlineMs: 20_000,
    onBlock: (block) => blocks.push(block),
  });
  expectOk(asked);
  // One block with one short text: its length and its digits are the last bytes.
  return Number(/(\d+)$/.exec(Buffer.concat(blocks).toString('latin1'))?.[1]);
}
