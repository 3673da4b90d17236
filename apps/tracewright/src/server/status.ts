/**
 * Status: what the program says of itself, gathered from the parts that know.
 *
 * Questions to the engine are answered from memory when it is absent or slow: the page that explains what is
 * wrong must not hang with what is wrong.
 */
import type {
  Accounts,
  SetAsidePart,
  StatusReport,
  StatusSource,
  StorageShard,
  StorageTable,
  StorageTier,
} from '@tracewright/api';
import type { Pipeline, SignalAccounts } from '@tracewright/pipeline';
import type { Component } from '@tracewright/receivers';
import {
  type ColdVolume,
  type Engine,
  listSetAside,
  placeOf,
  type Reader,
  readTiers,
  type ShardStatus,
} from '@tracewright/storage';
import type { DiskRoom } from './disk-room.ts';

export type StatusParts = {
  readonly version: string;
  readonly dataPath: string;
  readonly startedUnixMs: number;
  readonly pipeline: Pipeline;
  readonly receivers: readonly Component[];
  readonly engine: Engine;
  readonly reader: Reader;
  readonly volume: ColdVolume | undefined;
  /** Absent where the engine is the embedded one. */
  readonly shards: (() => readonly ShardStatus[]) | undefined;
  readonly disk: DiskRoom;
  readonly ready: () => boolean;
};

const TABLES_DEADLINE_MS = 1_000;

export function statusSource(parts: StatusParts): StatusSource {
  let tables: readonly StorageTable[] = [];
  let setAside: readonly SetAsidePart[] = [];
  let tiers: readonly StorageTier[] = [];

  async function refreshTables(): Promise<void> {
    if (parts.engine.check().state !== 'ready') return;
    const found = await parts.reader.tables({ deadlineMs: TABLES_DEADLINE_MS });
    if (!found.ok) return;
    tables = found.value.map(({ table, rows, bytesOnDisk, parts: count, oldestArrivalUnixMs }) => ({
      table,
      rows,
      bytesOnDisk,
      parts: count,
      ...(oldestArrivalUnixMs === undefined
        ? {}
        : { oldestArrival: new Date(oldestArrivalUnixMs).toISOString() }),
    }));
    const aside = await listSetAside(parts.engine);
    if (!aside.ok) return;
    setAside = aside.value.map(({ table, part, reason, bytes }) => ({ table, part, reason, bytes }));
    await refreshTiers();
  }

  async function refreshTiers(): Promise<void> {
    const { volume } = parts;
    if (volume === undefined) return;
    const found = await readTiers(parts.engine);
    if (!found.ok) return;
    const { problem } = volume;
    tiers = (['hot', 'cold'] as const).map((tier) => ({
      ...(found.value.find((one) => one.tier === tier) ?? { rows: 0, bytesOnDisk: 0, parts: 0 }),
      tier,
      place: tier === 'hot' ? parts.dataPath : placeOf(volume.tier),
      ...(tier === 'hot' || problem === undefined ? {} : { problem }),
    }));
  }

  return async (): Promise<StatusReport> => {
    await refreshTables();
    const now = Date.now();
    const wal = parts.pipeline.status();
    const health = parts.engine.check();
    const { refusing } = parts.pipeline;
    const oldestWaitingMs =
      wal.oldestWaitingUnixMs === undefined ? 0 : Math.max(0, now - wal.oldestWaitingUnixMs);
    return {
      version: parts.version,
      startedAt: new Date(parts.startedUnixMs).toISOString(),
      uptimeMs: now - parts.startedUnixMs,
      dataPath: parts.dataPath,
      ready: parts.ready(),
      ...(refusing === undefined ? {} : { refusing }),
      accounts: {
        spans: accountsOf(parts.pipeline.accounts.signal('traces')),
        logs: accountsOf(parts.pipeline.accounts.signal('logs')),
        rejectedByReason: parts.pipeline.accounts.reasons(),
        discarded: { metricsRequests: parts.pipeline.accounts.discardedMetricsRequests() },
      },
      receivers: parts.receivers.map((receiver) => {
        const { endpoint, listening, error, requests, accepted, rejected, lastRequestAt } = receiver.check();
        return {
          id: receiver.id,
          endpoint,
          listening,
          ...(error === undefined ? {} : { error }),
          requests,
          accepted,
          rejected,
          ...(lastRequestAt === undefined ? {} : { lastRequestAt: new Date(lastRequestAt).toISOString() }),
        };
      }),
      wal: {
        segmentsOpen: wal.segmentsOpen,
        segmentsWaiting: wal.segmentsWaiting,
        bytesWaiting: wal.bytesWaiting,
        oldestWaitingMs,
        oldestUnansweredMs: Math.round(wal.oldestUnansweredMs),
        quarantined: wal.quarantined.map(({ id, reason, segment }) => ({
          segment: String(id),
          reason,
          rows: (segment?.files ?? []).reduce(
            (sum, file) => sum + (file.table === 'shared' ? 0 : file.rows),
            0,
          ),
        })),
      },
      storage: {
        engine: parts.engine.id,
        state: health.state,
        tables,
        setAside,
        ...(parts.volume === undefined ? {} : { tiers }),
        ...(parts.shards === undefined ? {} : { shards: parts.shards().map((shard) => shardOf(shard, now)) }),
        diskFreeBytes: parts.disk.freeBytes,
        diskTotalBytes: parts.disk.totalBytes,
        diskFreeBytesMin: parts.disk.freeBytesMin,
      },
      lagMs: oldestWaitingMs,
    };
  };
}

function shardOf({ kept, problem, servers, shard }: ShardStatus, nowMs: number): StorageShard {
  return {
    shard,
    servers,
    ...(problem === undefined ? {} : { problem }),
    segmentsKept: kept.parts,
    bytesKept: kept.bytes,
    oldestKeptMs: kept.oldestUnixMs === undefined ? 0 : Math.max(0, nowMs - kept.oldestUnixMs),
  };
}

function accountsOf({
  received,
  accepted,
  rejected,
  stored,
  inFlight,
  quarantined,
  sampledOut,
}: SignalAccounts): Accounts {
  return { received, accepted, rejected, stored, inFlight, quarantined, sampledOut };
}
