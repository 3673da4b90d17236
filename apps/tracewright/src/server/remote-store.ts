/**
 * RemoteStore: the store on ClickHouse servers, in the same parts as the embedded one: an engine to look after,
 * a store that may be absent, a reader.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ok, type Result } from '@tracewright/std';
import { createCluster, type Engine, type Reader, type ShardStatus } from '@tracewright/storage';
import { decodeAnyValue, decodeResource, decodeScope } from '@tracewright/wire';
import type { SettingsValues } from '../settings.ts';
import type { Log } from './log.ts';
import type { OpenStore } from './open-store.ts';
import { remoteSettings } from './remote-settings.ts';
import { type RetentionChore, type RetentionParts, startRetention } from './retention.ts';

export type RemoteStore = {
  readonly engine: Engine;
  readonly store: OpenStore;
  readonly reader: Reader;
  /** The number that this node puts into ids of segments. */
  readonly node: number;
  shards(): readonly ShardStatus[];
  /** On every shard by itself, each with its share of what the tables may take. */
  startRetention(parts: Omit<RetentionParts, 'engine'>): RetentionChore;
};

/** Undefined without `storage.url`. `bound` lays the bounds of the settings on what is read. */
export function openRemoteStore(
  values: SettingsValues,
  dataPath: string,
  bound: (engine: Engine) => Engine,
  log: Log,
): Result<RemoteStore | undefined> {
  const settings = remoteSettings(values.storage, hostname());
  if (!settings.ok || settings.value === undefined) return settings.ok ? ok(undefined) : settings;
  const { node, ...remote } = settings.value;
  const cluster = createCluster({
    ...remote,
    decodeAnyValue,
    decodeResource,
    decodeScope,
    node: { number: node, instance: instanceOf(dataPath), host: hostname() },
    readSessions: values.storage.readers,
    partsDirectory: join(dataPath, 'shards'),
    keptBytesMax: values.storage.server.keptMax,
    sync: values.wal.sync === 'group',
    bound,
    report: (level, message) => log(level, message),
  });
  if (!cluster.ok) return cluster;
  const { engine, engines, open, reader, ready, shards, writer } = cluster.value;
  return ok({
    engine,
    reader,
    node,
    shards,
    store: { writer, ready, open, close: () => engine[Symbol.asyncDispose]() },
    startRetention: ({ policy, ...parts }) => {
      // The disk of this node is not that of the servers.
      const own = { ...policy, disk: Math.floor(policy.disk / engines.length), free: 0 };
      const chores = engines.map((shard) => startRetention({ ...parts, engine: shard, policy: own }));
      return {
        looked: () => undefined,
        stop: () => {
          for (const chore of chores) chore.stop();
        },
      };
    },
  });
}

/** A name of this data folder that no other node has; made once. */
function instanceOf(dataPath: string): string {
  const path = join(dataPath, 'instance');
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text !== '') return text;
  } catch {
    // It is not there yet.
  }
  const instance = randomUUID();
  writeFileSync(path, `${instance}\n`);
  return instance;
}
