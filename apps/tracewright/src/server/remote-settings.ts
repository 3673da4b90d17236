/**
 * RemoteSettings: the part of `storage` that names ClickHouse servers, read into what the store takes, with
 * the mistakes that only show when its settings are seen together.
 */
import { readFileSync } from 'node:fs';
import { err, failure, ok, type Result } from '@tracewright/std';
import { isPlainName, type ServerDialect } from '@tracewright/storage';
import type { SettingsValues } from '../settings.ts';

export type RemoteSettings = {
  /** The replicas of each shard. */
  readonly shards: readonly (readonly string[])[];
  readonly username: string;
  readonly password: string;
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly caCert?: Buffer;
  readonly dialect: ServerDialect;
  readonly insertQuorum?: number;
  readonly node: number;
};

const NODES_MAX = 64;

/** Undefined when data lies in the embedded engine. */
export function remoteSettings(
  storage: SettingsValues['storage'],
  hostName: string,
): Result<RemoteSettings | undefined> {
  if (storage.url.length === 0) return ok(undefined);
  const shards: string[][] = [];
  for (const one of storage.url) {
    const replicas: string[] = [];
    for (const text of one.split('|')) {
      const url = serverUrl(text.trim());
      if (!url.ok) return url;
      replicas.push(url.value);
    }
    shards.push(replicas);
  }
  const all = shards.flat();
  if (new Set(all).size !== all.length) return wrong('storage.url names a server twice');
  const { server } = storage;
  const hasReplicas = shards.some((replicas) => replicas.length > 1);
  if (hasReplicas && server.tables === 'plain') {
    return wrong(
      'storage.url has several servers for one shard, and storage.server.tables is plain: tables that do not replicate would hold different rows on each',
    );
  }
  if (!isPlainName(server.database)) {
    return wrong('storage.server.database is no plain name of letters, digits and underscores');
  }
  if (server.cluster !== '' && !isPlainName(server.cluster)) {
    return wrong('storage.server.cluster is no plain name of letters, digits and underscores');
  }
  if (/['\\\n]/.test(`${server.replicaPath}${server.replicaName}`)) {
    return wrong('storage.server.replicaPath and replicaName cannot hold quotes or backslashes');
  }
  const password = readSecret(server.password, server.passwordFile);
  if (!password.ok) return password;
  const caCert = server.caFile === '' ? ok(undefined) : readFile('storage.server.caFile', server.caFile);
  if (!caCert.ok) return caCert;
  const node = nodeNumber(storage.node, hostName);
  if (!node.ok) return node;
  return ok({
    shards,
    username: server.user,
    password: password.value,
    compression: server.compression,
    ...(caCert.value === undefined ? {} : { caCert: caCert.value }),
    dialect: {
      database: server.database,
      tables:
        server.tables === 'replicated'
          ? { kind: 'replicated', path: server.replicaPath, replica: server.replicaName }
          : { kind: 'plain' },
      ...(server.cluster === '' ? {} : { onCluster: server.cluster }),
    },
    ...(server.quorum === 0 ? {} : { insertQuorum: server.quorum }),
    node: node.value,
  });
}

/** The number that was given, or the one at the end of the host name as a stateful set has it, or 0. */
function nodeNumber(given: number, hostName: string): Result<number> {
  if (given >= 0) return ok(given);
  const ordinal = Number(/-(\d{1,6})$/.exec(hostName)?.[1] ?? 0);
  if (ordinal < NODES_MAX) return ok(ordinal);
  return wrong(
    `the host name ends in ${ordinal}, and nodes are numbered up to ${NODES_MAX - 1}: set storage.node`,
  );
}

function serverUrl(text: string): Result<string> {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return wrong(`storage.url has "${text}", which is no address such as http://clickhouse:8123`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return wrong(`storage.url has the scheme ${url.protocol} where http: or https: belongs`);
  }
  if (url.username !== '' || url.password !== '') {
    return wrong(
      `storage.url has a name or password for ${url.host}: they belong to storage.server.user and storage.server.password`,
    );
  }
  if (url.pathname !== '/') {
    return wrong(
      `storage.url has the path ${url.pathname} for ${url.host}, where only scheme, host and port belong: a database is named in storage.server.database`,
    );
  }
  if (url.search !== '' || url.hash !== '') return wrong(`storage.url has parameters for ${url.host}`);
  return ok(url.href.replace(/\/$/, ''));
}

function readSecret(given: string | undefined, file: string): Result<string> {
  if (given !== undefined && file !== '') {
    return wrong('storage.server.password and storage.server.passwordFile are both given');
  }
  if (file === '') return ok(given ?? '');
  const read = readFile('storage.server.passwordFile', file);
  return read.ok ? ok(read.value.toString('utf8').replace(/\r?\n$/, '')) : read;
}

function readFile(setting: string, path: string): Result<Buffer> {
  try {
    return ok(readFileSync(path));
  } catch (cause) {
    return wrong(`${setting} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function wrong(message: string): ReturnType<typeof err<ReturnType<typeof failure>>> {
  return err(failure('invalid', `The store cannot be opened: ${message}`));
}
