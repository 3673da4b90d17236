/**
 * Retention: deletes what arrived first, by age, by the disk that the tables take, and by the room that the disk has.
 *
 * By age whole days go, from all tables together, once all of a day is older than the limit. By disk whole days go
 * as well, oldest first; when only today is left, the parts of today go that hold the oldest segments, and the newest
 * part of each table stays. The resources and scopes of a day stay one day longer than the day, for segments that
 * were open over midnight. Being killed half-way leaves the rest for the next run.
 */
import { failpoint, ok, type Result } from '@tracewright/std';
import { printText } from './compile/literal.ts';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { dayStartMs } from './read-lists.ts';
import { DATABASE } from './schema/v0001.ts';
import { listTableDays } from './table-days.ts';

export type RetentionPolicy = {
  /** Zero or absent: no limit. */
  readonly ageMsMax?: number;
  readonly diskBytesMax?: number;
  /** How much has to go whatever the tables may take, since the disk runs out of room. */
  readonly excessBytes?: number;
};

export type Dropped = {
  /** The day of arrival as a number: 20260102. */
  readonly day: number;
  readonly reason: 'age' | 'disk';
  readonly rows: number;
  readonly bytes: number;
  /** Until when rows of the day went that arrived; absent when the whole day went. */
  readonly untilUnixMs?: number;
};

export type RetentionReport = {
  readonly dropped: readonly Dropped[];
  /** What the tables take now. */
  readonly bytesOnDisk: number;
  /** How much more that is than allowed, with nothing left that may be deleted. */
  readonly bytesOverLimit: number;
};

type Part = {
  readonly table: string;
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** The newest segment that it has rows of. */
  readonly segmentMax: bigint;
};

const DAY_MS = 86_400_000;
const DEADLINE_MS = 60_000;
/** The tables whose rows came from senders; rollups count nothing that a sender sent. */
const RECORD_TABLES = ['spans', 'logs'] as const;

export async function applyRetention(
  engine: Engine,
  policy: RetentionPolicy,
  nowMs: number,
): Promise<Result<RetentionReport>> {
  const listed = await listTableDays(engine);
  if (!listed.ok) return listed;
  const today = dayOf(nowMs);
  const ageMsMax = policy.ageMsMax || Number.POSITIVE_INFINITY;
  let bytesOnDisk = listed.value.reduce((sum, { bytes }) => sum + bytes, 0);
  const excess = policy.excessBytes ?? 0;
  const bytesMax = Math.min(
    policy.diskBytesMax || Number.POSITIVE_INFINITY,
    excess > 0 ? Math.max(0, bytesOnDisk - excess) : Number.POSITIVE_INFINITY,
  );
  const dropped: Dropped[] = [];
  const days = [...new Set(listed.value.map(({ day }) => day))].sort((a, b) => a - b);
  for (const day of days) {
    if (day >= today) break;
    const isOld = dayStartMs(day) + DAY_MS <= nowMs - ageMsMax;
    const isTooMuch = bytesOnDisk > bytesMax;
    if (!isOld && !isTooMuch) break;
    const tables = listed.value.filter((one) => one.day === day && one.table !== 'shared');
    const shared = listed.value.filter(
      (one) => one.table === 'shared' && dayStartMs(one.day) < dayStartMs(day),
    );
    const going = [...tables, ...shared];
    for (const { table, day: partition } of going) {
      failpoint('retention.drop.begin');
      const gone = await engine.command(`ALTER TABLE ${DATABASE}.${table} DROP PARTITION ID '${partition}'`, {
        deadlineMs: DEADLINE_MS,
      });
      if (!gone.ok) return gone;
      failpoint('retention.drop.done');
    }
    const bytes = going.reduce((sum, one) => sum + one.bytes, 0);
    bytesOnDisk -= bytes;
    listed.value.splice(0, listed.value.length, ...listed.value.filter((one) => !going.includes(one)));
    if (tables.length === 0) continue;
    const rows = tables.reduce((sum, one) => sum + (isRecords(one.table) ? one.rows : 0), 0);
    dropped.push({ day, reason: isOld ? 'age' : 'disk', rows, bytes });
  }
  const newest = Math.max(0, ...listed.value.filter(({ table }) => isRecords(table)).map(({ day }) => day));
  if (bytesOnDisk > bytesMax && newest >= today) {
    const parts = await dropOldestParts(engine, newest, bytesOnDisk - bytesMax);
    if (!parts.ok) return parts;
    if (parts.value !== undefined) {
      dropped.push(parts.value);
      bytesOnDisk -= parts.value.bytes;
    }
  }
  return ok({ dropped, bytesOnDisk, bytesOverLimit: Math.max(0, bytesOnDisk - bytesMax) });
}

/**
 * How far parts are merged, so that the oldest of a day can go without the newest: a limit on the disk is then kept
 * to about a sixteenth. Zero sets what the engine does by itself.
 */
export async function setPartSizes(engine: Engine, diskBytesMax: number): Promise<Result<void>> {
  const bytes =
    diskBytesMax === 0 ? MERGED_BYTES_MAX : Math.min(MERGED_BYTES_MAX, Math.floor(diskBytesMax / 16));
  for (const table of RECORD_TABLES) {
    const set = await engine.command(
      `ALTER TABLE ${DATABASE}.${table} MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = ${bytes}`,
      { deadlineMs: DEADLINE_MS },
    );
    if (!set.ok) return set;
  }
  return ok(undefined);
}

/** What the engine merges up to when nothing else is said. */
const MERGED_BYTES_MAX = 161_061_273_600;

/** Drops parts of one day, those with the oldest rows first, until so many bytes are gone. */
async function dropOldestParts(
  engine: Engine,
  day: number,
  bytesMin: number,
): Promise<Result<Dropped | undefined>> {
  const listed = await listParts(engine, day);
  if (!listed.ok) return listed;
  const newest = RECORD_TABLES.map((table) => listed.value.findLast((part) => part.table === table));
  let [bytes, rows, segmentMax] = [0, 0, 0n];
  for (const part of listed.value) {
    if (bytes >= bytesMin) break;
    if (newest.includes(part)) continue;
    const gone = await engine.command(
      `ALTER TABLE ${DATABASE}.${part.table} DROP PART ${printText(part.name)}`,
      { deadlineMs: DEADLINE_MS },
    );
    // A merge may have taken it up; what is left is looked at again at the next run.
    if (!gone.ok) break;
    bytes += part.bytes;
    rows += part.rows;
    if (part.segmentMax > segmentMax) segmentMax = part.segmentMax;
  }
  if (bytes === 0) return ok(undefined);
  return ok({ day, reason: 'disk', rows, bytes, untilUnixMs: Number(segmentMax / 1000n) });
}

function isRecords(table: string): boolean {
  return table === 'spans' || table === 'logs';
}

function dayOf(unixMs: number): number {
  const date = new Date(unixMs);
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

/** The parts of a day with rows of senders, oldest first. The engine knows their segments without reading rows. */
async function listParts(engine: Engine, day: number): Promise<Result<Part[]>> {
  const newest = RECORD_TABLES.map(
    (table) =>
      `SELECT '${table}' AS table_name, _part AS name, max(segment) AS segment_max FROM ${DATABASE}.${table} WHERE _partition_id = '${day}' GROUP BY _part`,
  ).join(' UNION ALL ');
  const answer = await engine.query({
    sql: `SELECT newest.table_name AS table_name, newest.name AS name, newest.segment_max AS segment_max, parts.rows AS rows, parts.bytes_on_disk AS bytes
FROM (${newest}) AS newest INNER JOIN (SELECT table, name, rows, bytes_on_disk FROM system.parts
WHERE database = '${DATABASE}' AND active) AS parts ON parts.table = newest.table_name AND parts.name = newest.name
ORDER BY segment_max, table_name`,
    class: 'scan',
    deadlineMs: DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  return ok(
    blocks.value.flatMap((block) => {
      const tables = block.strings('table_name');
      const names = block.strings('name');
      const [newestSegments, rows, bytes] = ['segment_max', 'rows', 'bytes'].map((name) => block.bigs(name));
      return Array.from({ length: block.rows }, (_, row) => ({
        table: tables.text(row),
        name: names.text(row),
        rows: Number(rows?.[row]),
        bytes: Number(bytes?.[row]),
        segmentMax: newestSegments?.[row] ?? 0n,
      }));
    }),
  );
}
