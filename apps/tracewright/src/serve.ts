/**
 * Serve: the composition root. Everything that has an effect is made here, in one order, and ended in the
 * opposite one.
 *
 * Start: lock the data folder, recover segments and start workers, open the listeners (they acknowledge into
 * segments from here on), open the store, insert. Stop: listeners answer what they have, workers close their
 * segments, the inserter drains what the store takes at once, the engine closes, the lock is given back.
 */
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createApi, createHealth, createMetrics } from '@tracewright/api';
import { ByteBudget, type HttpHandler } from '@tracewright/http';
import { Pipeline } from '@tracewright/pipeline';
import { type Component, createReceivers } from '@tracewright/receivers';
import { err, failure, ok } from '@tracewright/std';
import {
  ColdVolume,
  createEmbeddedEngine,
  createReader,
  createTieredReader,
  type Engine,
  SCHEMA_VERSION,
} from '@tracewright/storage';
import { decodeAnyValue, decodeResource, decodeScope } from '@tracewright/wire';
import { unfinishedRestore } from './backup/restoring.ts';
import { exitCode, exitCodeOf } from './cli/exit-code.ts';
import type { Terminal } from './cli/terminal.ts';
import { version } from './cli/version.ts';
import { entryUrl } from './entries.ts';
import { openDoorWarning, printBanner } from './server/banner.ts';
import { boundQueries } from './server/bounded-engine.ts';
import { boundReader } from './server/bounded-reader.ts';
import { type ColdTierChore, coldTierOf, startColdTier } from './server/cold-tier.ts';
import { lockDataFolder } from './server/data-lock.ts';
import { releaseReserve, watchDisk } from './server/disk-room.ts';
import { folderAccessProblem } from './server/folder-access.ts';
import { folderVersionProblem, noteFolderVersion } from './server/folder-version.ts';
import { keepHealth, watchShards } from './server/health.ts';
import { createLog, type Log } from './server/log.ts';
import { maintenanceOf } from './server/maintenance.ts';
import { makeDataFolder } from './server/make-data-folder.ts';
import { metricsSource } from './server/metrics.ts';
import { type OpenStore, openStore } from './server/open-store.ts';
import { guardParts } from './server/part-guard.ts';
import { openRemoteStore } from './server/remote-store.ts';
import { type RetentionChore, startRetention } from './server/retention.ts';
import { selfTracer } from './server/self-tracer.ts';
import { openSnapshots } from './server/snapshots.ts';
import { statusSource } from './server/status.ts';
import { createSurface, printFault, type Surface } from './server/surface.ts';
import type { ResolvedConfig, SettingsValues } from './settings.ts';

/**
 * How long a graceful stop may insert what waits; the rest is replayed at the next start. Container engines kill after 10 s,
 * and the engine needs some of that to close.
 */
const DRAIN_MS = 5_000;
/** Under npm one Ctrl-C arrives twice, from the terminal and from npm: within this time it is the same signal. */
const SAME_SIGNAL_MS = 500;
const BODY_BUDGET_BYTES: number = 64 * 1024 * 1024;

/** Runs the server until it is told to stop; gives the exit code of the process. */
export async function serve(config: ResolvedConfig, terminal: Terminal): Promise<number> {
  const { values } = config;
  const dataPath = values.storage.path;
  const log = createLog({
    level: values.log.level,
    format: values.log.format === 'auto' ? (terminal.stderr.isTty ? 'text' : 'json') : values.log.format,
    write: (line) => terminal.stderr.write(line),
    now: () => new Date(),
  });
  const made = makeDataFolder(dataPath);
  if (!made.ok) {
    log('error', made.failure.message);
    return exitCode.failure;
  }
  const problem =
    folderAccessProblem(dataPath) ??
    folderVersionProblem(dataPath, SCHEMA_VERSION) ??
    unfinishedRestore(dataPath);
  if (problem !== undefined) {
    log('error', problem);
    return exitCode.failure;
  }
  const lockIt = (): ReturnType<typeof lockDataFolder> =>
    lockDataFolder(dataPath, {
      onLost: () => {
        log('error', `Another process took the data folder ${dataPath} while this one was frozen: it stops`);
        process.kill(process.pid, 'SIGTERM');
      },
    });
  let lock = lockIt();
  // On a full disk not even the lock can be written: that is what the reserve is for.
  if (!lock.ok && lock.failure.message.includes('ENOSPC') && releaseReserve(dataPath)) lock = lockIt();
  if (!lock.ok) {
    log('error', lock.failure.message);
    return exitCode.failure;
  }
  try {
    return await run(values, dataPath, log, terminal);
  } finally {
    lock.value.release();
  }
}

async function run(values: SettingsValues, dataPath: string, log: Log, terminal: Terminal): Promise<number> {
  const startedUnixMs = Date.now();
  noteFolderVersion(dataPath, SCHEMA_VERSION);
  const report = (
    level: 'info' | 'warn' | 'error',
    message: string,
    fields?: Record<string, unknown>,
  ): void => log(level, message, fields);

  const { query } = values.storage;
  const bound = (unbounded: Engine): Engine =>
    boundQueries(unbounded, {
      timeoutMs: query.timeout,
      memoryBytesMax: query.memoryMax,
      rowsMax: query.rowsMax,
    });
  const servers = openRemoteStore(values, dataPath, bound, log);
  if (!servers.ok) {
    log('error', servers.failure.message);
    return exitCodeOf(servers.failure.code);
  }
  const remote = servers.value;

  const enginePath = join(dataPath, 'engine');
  const tier = remote === undefined ? coldTierOf(values.storage.tiers.cold) : ok(undefined);
  const cold = tier.ok ? ColdVolume.open(tier.value, enginePath) : tier;
  if (!cold.ok) {
    log('error', cold.failure.message);
    return exitCodeOf(cold.failure.code);
  }
  const volume = cold.value;
  let coldTier: ColdTierChore | undefined;
  // Nothing of it runs before it is started.
  const embedded = createEmbeddedEngine({
    path: enginePath,
    ...(volume === undefined ? {} : { volumes: volume }),
    childUrl: entryUrl('embedded-child'),
    readSessions: values.storage.readers,
    limits: { memoryBytesMax: values.storage.memoryMax },
    onLine: (line) => log('debug', 'engine', { line }),
  });
  const engine = remote?.engine ?? embedded;
  let stopping = false;
  engine.onState((state, reason) => {
    if (state !== 'ready' && !stopping)
      log(state === 'absent' ? 'warn' : 'info', `The engine is ${state}`, { reason });
  });
  const guard =
    remote === undefined
      ? guardParts(embedded, log, ({ table }) => store.partLost?.(table))
      : { engine: remote.engine, stop: () => undefined };
  const store: OpenStore = remote?.store ?? openStore(guard.engine, values.wal.sync === 'group', log, volume);
  const reading = { engine: bound(guard.engine), decodeResource, decodeScope, decodeAnyValue };
  const reader = boundReader(
    remote?.reader ??
      (volume === undefined
        ? createReader(reading)
        : createTieredReader({ ...reading, volume, onColdFailure: () => coldTier?.lookSoon() })),
    query.timeout,
  );

  let retention: RetentionChore | undefined;
  const disk = watchDisk({
    dataPath,
    freeBytesMin: values.storage.minFree,
    onLook: () => retention?.looked(),
    report,
  });
  const pipeline = new Pipeline({
    dataDirectory: dataPath,
    workerUrl: entryUrl('ingest-worker'),
    workers: values.ingest.workers || Math.max(1, Math.min(8, availableParallelism() - 1)),
    node: remote?.node ?? 0,
    sync: values.wal.sync === 'group',
    groupIntervalMs: values.wal.groupInterval,
    segmentIntervalMs: values.wal.segmentInterval,
    segmentBytesMax: values.wal.segmentBytes,
    inFlightBytesMax: values.ingest.inFlightBytesMax,
    backlogBytesMax: values.wal.diskMax,
    lagMaxMs: values.ingest.lagMax,
    writer: store.writer,
    noRoom: () => disk.problem,
    report,
  });
  pipeline.start();

  const { host, allowedHosts, allowedOrigins } = values.listen;
  const listen = { host, allowedHosts, allowedOrigins };
  const ingestToken = values.auth.ingestToken ?? values.auth.token;
  const queryToken = values.auth.queryToken ?? values.auth.token;
  const receivers = createReceivers(values.receivers, {
    ingest: pipeline,
    listen,
    token: ingestToken,
    tenant: values.tenant.name,
    nowMs: Date.now,
    report,
  });
  const isReady = (): boolean => store.ready() && receivers.every((receiver) => receiver.check().listening);
  const status = statusSource({
    version,
    dataPath,
    startedUnixMs,
    pipeline,
    receivers,
    engine: guard.engine,
    reader,
    volume,
    shards: remote?.shards,
    disk,
    ready: isReady,
  });
  const onFault = (fault: unknown): void => log('error', `A request failed: ${printFault(fault)}`);
  const tracer = selfTracer(values, pipeline, { version, instance: randomUUID(), log });
  const snapshots = await openSnapshots({
    dataPath,
    pipeline,
    engine: guard.engine,
    ready: store.ready,
    volume,
    isRemote: remote !== undefined,
    log,
  });
  const api = createApi({
    reader,
    status,
    maintenance: maintenanceOf(engine, snapshots),
    asksForToken: (queryToken ?? '') !== '',
    tenant: values.tenant.name,
    clock: { nowMs: Date.now, monotonicMs: () => performance.now() },
    version,
    bodyBudget: new ByteBudget(BODY_BUDGET_BYTES),
    sendNeedsToken: (ingestToken ?? '') !== '',
    onFault,
    retryQuarantined: async (segment) =>
      /^\d+$/.test(segment) && pipeline.retryQuarantined(BigInt(segment))
        ? ok(undefined)
        : err(failure('not-found', `No segment ${segment} is in quarantine`)),
  });
  const storeProblem = (): string | undefined =>
    store.ready() ? undefined : (store.refusal?.() ?? engine.check().reason ?? 'The store is not open yet');
  const health = keepHealth(
    [
      { id: 'store', problem: storeProblem },
      { id: 'disk', problem: () => disk.problem },
      ...(volume === undefined ? [] : [{ id: 'cold-tier', problem: () => volume.problem }]),
      ...(remote === undefined ? [] : watchShards(remote.shards, Date.now)),
      { id: 'ingest', problem: () => pipeline.refusing },
      ...receivers.map((receiver) => ({
        id: receiver.id,
        problem: () => {
          const { listening, error } = receiver.check();
          return listening ? undefined : (error ?? 'It does not listen yet');
        },
      })),
    ],
    startedUnixMs,
    Date.now,
  );
  const surface = (id: 'api' | 'health' | 'metrics', token: string | undefined, handler: HttpHandler) =>
    values[id].enabled ? [createSurface({ id, port: values[id].port, ...listen, token, handler, log })] : [];
  const surfaces = [
    ...surface('api', queryToken, tracer.wrap(api)),
    ...surface('health', undefined, createHealth(health.source)),
    ...surface(
      'metrics',
      queryToken,
      createMetrics(metricsSource({ status, pipeline, engine, version }), onFault),
    ),
  ];

  const warning = openDoorWarning(values);
  if (warning !== undefined) log('warn', warning);
  const stop = whenToldToStop(log);
  const listening = await startAll([...receivers, ...surfaces], log);
  if (listening === 0) {
    log('error', 'Not one port could be opened, so there is nothing to do');
    await pipeline.stop(0);
    await store.close();
    return exitCode.failure;
  }
  await volume?.look();
  // Whoever is told to stop does not wait for a store that opens slowly.
  await Promise.race([store.open(), stop]);
  health.opened();
  void snapshots.clear();
  pipeline.startInserting();
  const chore = { policy: values.storage.retention, disk, ready: store.ready, log };
  retention = remote?.startRetention(chore) ?? startRetention({ engine: guard.engine, ...chore });
  if (volume !== undefined)
    coldTier = startColdTier({
      engine: guard.engine,
      volume,
      settings: values.storage.tiers.cold,
      ready: store.ready,
      restartEngine: () => {
        if (embedded.pid !== undefined) process.kill(embedded.pid, 'SIGKILL');
      },
      log,
    });
  printBanner({
    terminal,
    values,
    dataPath,
    components: [...receivers, ...surfaces],
    startedUnixMs,
    storePlace: remote === undefined ? enginePath : values.storage.url.join(', '),
    storeProblem: storeProblem(),
  });

  const signal = await stop;
  log('info', `Stopping on ${signal}: a second signal ends at once`);
  health.stopping();
  stopping = true;
  retention.stop();
  coldTier?.stop();
  disk.stop();
  guard.stop();
  await Promise.all(receivers.map((receiver) => receiver[Symbol.asyncDispose]()));
  await tracer.stop();
  await pipeline.stop(store.ready() ? DRAIN_MS : 0);
  await Promise.all(surfaces.map((component) => component[Symbol.asyncDispose]()));
  await store.close();
  const waiting = pipeline.status().segmentsWaiting;
  log(
    'info',
    waiting === 0 ? 'Stopped: all is stored' : `Stopped: ${waiting} segments are stored at the next start`,
  );
  return exitCode.ok;
}

/** Starts every listener; one that fails does not hold up the others. Gives how many listen. */
async function startAll(components: readonly (Component | Surface)[], log: Log): Promise<number> {
  const results = await Promise.all(components.map((component) => component.start()));
  let listening = 0;
  for (const [index, result] of results.entries()) {
    if (result.ok) listening++;
    else log('error', `${components[index]?.id} does not listen: ${result.failure.message}`);
  }
  return listening;
}

/** Resolves with the first signal; the second ends the process at once. */
function whenToldToStop(log: Log): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let toldUnixMs: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (toldUnixMs !== undefined) {
        if (Date.now() - toldUnixMs < SAME_SIGNAL_MS) return;
        log('warn', 'Ended at once: what waits is stored at the next start');
        process.exit(exitCode.interrupted);
      }
      toldUnixMs = Date.now();
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
