/**
 * Cluster: a store on one or several servers as one part: an engine to look after, a writer, a reader.
 *
 * With one server it is the plain writer and reader over it. With several, rows are placed by their trace, each
 * server is opened by itself, and one that is away closes nothing but what only it knows.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Writer } from '@tracewright/model';
import { err, failure, ok, type Result } from '@tracewright/std';
import { createReader, type ReaderOptions } from '../create-reader.ts';
import type {
  Engine,
  EngineAnswer,
  EngineHealth,
  EngineQuery,
  EngineState,
  QueryClass,
} from '../engine/engine.ts';
import { createServerEngine } from '../engine/server.ts';
import type { ServerDialect } from '../engine/server-dialect.ts';
import type { Reader } from '../reader.ts';
import { createWriter } from '../writer.ts';
import type { NodeIdentity } from './claims.ts';
import { ClusterWriter, type KeptForShard } from './cluster-writer.ts';
import { GatherReader } from './gather-reader.ts';
import { Placement } from './shard-of.ts';
import { ShardStore } from './shard-store.ts';

export type ClusterOptions = Omit<ReaderOptions, 'engine'> & {
  /** The replicas of each shard. */
  readonly shards: readonly (readonly string[])[];
  readonly username: string;
  readonly password: string;
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly caCert?: Buffer;
  readonly dialect: ServerDialect;
  readonly insertQuorum?: number;
  readonly node: NodeIdentity;
  readonly readSessions?: number;
  /** Where the parts of segments lie that wait for a shard. */
  readonly partsDirectory: string;
  readonly keptBytesMax: number;
  readonly sync: boolean;
  readonly patienceMs?: number;
  /** Bounds that lie on what is read. */
  readonly bound: (engine: Engine) => Engine;
  readonly report: (level: 'info' | 'warn' | 'error', message: string) => void;
};

export type Cluster = {
  /** All shards as one: ready while one of them is. */
  readonly engine: Engine;
  readonly writer: Writer;
  readonly reader: Reader;
  /** One engine for each shard, for chores that each does by itself. */
  readonly engines: readonly Engine[];
  /** Resolves after the first try at every shard; goes on in the background. */
  open(): Promise<void>;
  /** Whether rows can be stored: one shard is open, and what belongs to others can wait. */
  ready(): boolean;
  /** What waits on disk for shards that are away. */
  kept(): { readonly parts: number; readonly bytes: number };
  /** How each shard is, and what waits for it. */
  shards(): readonly ShardStatus[];
};

export type ShardStatus = {
  /** Counted from 1, as `storage.url` lists them. */
  readonly shard: number;
  readonly servers: readonly string[];
  /** Why it cannot be used now; absent when it can. */
  readonly problem?: string;
  readonly kept: KeptForShard;
};

export function createCluster(options: ClusterOptions): Result<Cluster> {
  const checked = checkParts(options.partsDirectory, options.shards.length);
  if (!checked.ok) return checked;
  const { node, report, sync } = options;
  const stores = options.shards.map((urls, at) => {
    const name = options.shards.length === 1 ? 'The server' : `Shard ${at + 1}`;
    const engine = createServerEngine({
      name,
      urls,
      // Nodes begin with different replicas.
      preferred: node.number,
      username: options.username,
      password: options.password,
      compression: options.compression,
      ...(options.caCert === undefined ? {} : { caCert: options.caCert }),
      dialect: options.dialect,
      ...(options.insertQuorum === undefined ? {} : { insertQuorum: options.insertQuorum }),
      ...(options.readSessions === undefined ? {} : { readSessions: options.readSessions }),
    });
    const { decodeAnyValue, decodeResource, decodeScope } = options;
    return new ShardStore({
      name,
      engine,
      writer: createWriter({ engine, sync, tokensMayBeOrphans: options.dialect.tables.kind === 'plain' }),
      reader: createReader({ engine: options.bound(engine), decodeAnyValue, decodeResource, decodeScope }),
      node,
      shard: at + 1,
      shards: options.shards.length,
      report,
    });
  });
  const [only] = stores;
  if (only === undefined) return err(failure('invalid', 'A cluster needs a server'));
  const writer =
    stores.length === 1
      ? undefined
      : new ClusterWriter({
          shards: stores,
          directory: options.partsDirectory,
          keptBytesMax: options.keptBytesMax,
          sync,
          ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
          report,
        });
  return ok({
    engine: new GatheredEngine(stores, writer),
    engines: stores.map(({ engine }) => engine),
    writer: writer ?? whenOpen(only),
    reader: stores.length === 1 ? only.reader : new GatherReader(stores, new Placement(stores.length)),
    open: async () => {
      await Promise.all(stores.map((store) => store.open()));
      writer?.start();
    },
    ready: () => stores.some((store) => store.isOpen()),
    kept: () => writer?.kept() ?? { parts: 0, bytes: 0 },
    shards: () => {
      const kept = writer?.keptByShard() ?? [];
      return stores.map((store, at) => {
        const problem = store.problem();
        return {
          shard: at + 1,
          servers: options.shards[at] ?? [],
          ...(problem === undefined ? {} : { problem }),
          kept: kept[at] ?? { parts: 0, bytes: 0 },
        };
      });
    },
  });
}

/** Parts that wait for a shard which is no longer in the list would wait for ever. */
function checkParts(directory: string, shards: number): Result<void> {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return ok(undefined);
  }
  for (const name of names) {
    if (!/^\d+$/.test(name) || (Number(name) <= shards && shards > 1)) continue;
    if (!readdirSync(join(directory, name)).some((part) => /^\d+$/.test(part))) continue;
    return err(
      failure(
        'invalid',
        `Rows wait on disk for shard ${name}, which storage.url no longer names: start once with the list as it was, until none wait`,
      ),
    );
  }
  return ok(undefined);
}

function whenOpen(store: ShardStore): Writer {
  return {
    insert: async (segment) =>
      store.isOpen()
        ? store.writer.insert(segment)
        : err(failure('unavailable', store.problem() ?? 'The store is not open yet')),
  };
}

class GatheredEngine implements Engine {
  readonly id = 'server';
  readonly #stores: readonly ShardStore[];
  readonly #writer: ClusterWriter | undefined;

  constructor(stores: readonly ShardStore[], writer: ClusterWriter | undefined) {
    this.#stores = stores;
    this.#writer = writer;
  }

  async start(): Promise<Result<void>> {
    const results = await Promise.all(this.#stores.map(({ engine }) => engine.start()));
    return results.find((result) => result.ok) ?? results[0] ?? ok(undefined);
  }

  check(): EngineHealth {
    const healths = this.#stores.map(({ engine }) => engine.check());
    const states = healths.map(({ state }) => state);
    const state: EngineState = states.includes('ready')
      ? 'ready'
      : states.includes('starting')
        ? 'starting'
        : 'absent';
    const problems = this.#stores.flatMap((store) => store.problem() ?? []);
    const sum = (of: 'running' | 'waiting'): Record<QueryClass, number> => {
      const total: Record<QueryClass, number> = { write: 0, id: 0, search: 0, scan: 0 };
      for (const health of healths) {
        for (const kind of Object.keys(total) as QueryClass[]) total[kind] += health[of][kind];
      }
      return total;
    };
    return {
      state,
      ...(problems.length === 0 ? {} : { reason: problems.join('; ') }),
      restarts: healths.reduce((total, { restarts }) => total + restarts, 0),
      running: sum('running'),
      waiting: sum('waiting'),
    };
  }

  /** Only a store of one server has one answer. */
  query(query: EngineQuery): Promise<Result<EngineAnswer>> {
    const [only, ...others] = this.#stores;
    if (only !== undefined && others.length === 0) return only.engine.query(query);
    return Promise.resolve(err(failure('unsupported', 'A statement is for one shard, not for all')));
  }

  async command(sql: string, { deadlineMs }: { readonly deadlineMs: number }): Promise<Result<void>> {
    const result = await this.query({ sql, class: 'write', deadlineMs });
    return result.ok ? ok(undefined) : result;
  }

  onState(listener: (state: EngineState, reason?: string) => void): () => void {
    const ends = this.#stores.map((store) =>
      store.engine.onState((state, reason) => {
        listener(state, `${store.name}${reason === undefined ? '' : `: ${reason}`}`);
      }),
    );
    return () => {
      for (const end of ends) end();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer?.stop();
    await Promise.all(this.#stores.map((store) => store.stop()));
    await Promise.all(this.#stores.map(({ engine }) => engine[Symbol.asyncDispose]()));
  }
}
