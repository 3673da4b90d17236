/**
 * Retention: deletes whole days of arrival, by age and by the disk that the tables take.
 *
 * A day goes from all tables together, oldest first, with one exception: the resources and scopes of a day
 * stay one day longer, for segments that were open over midnight. By age a day goes when all of it is older
 * than the limit. By size days go until the tables fit; today's never does, and when the tables are above the
 * limit with nothing left to delete, the report says by how much. Being killed half-way leaves the rest for
 * the next run.
 */
import { ok, type Result } from '@tracewright/std';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { dayStartMs } from './read-lists.ts';
import { DATABASE } from './schema/v0001.ts';

export type RetentionPolicy = {
  /** Zero or absent: no limit. */
  readonly ageMsMax?: number;
  readonly diskBytesMax?: number;
};

export type DroppedDay = {
  /** The day of arrival as a number: 20260102. */
  readonly day: number;
  readonly reason: 'age' | 'disk';
  readonly rows: number;
  readonly bytes: number;
};

export type RetentionReport = {
  readonly dropped: readonly DroppedDay[];
  /** What the tables take now. */
  readonly bytesOnDisk: number;
  /** How much more that is than allowed, with nothing left that may be deleted. */
  readonly bytesOverLimit: number;
};

type DayTable = {
  readonly day: number;
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
};

const DAY_MS = 86_400_000;
const DEADLINE_MS = 60_000;

export async function applyRetention(
  engine: Engine,
  policy: RetentionPolicy,
  nowMs: number,
): Promise<Result<RetentionReport>> {
  const listed = await listDays(engine);
  if (!listed.ok) return listed;
  const today = dayOf(nowMs);
  const ageMsMax = policy.ageMsMax || Number.POSITIVE_INFINITY;
  const diskBytesMax = policy.diskBytesMax || Number.POSITIVE_INFINITY;
  let bytesOnDisk = listed.value.reduce((sum, { bytes }) => sum + bytes, 0);
  const dropped: DroppedDay[] = [];
  const days = [...new Set(listed.value.map(({ day }) => day))].sort((a, b) => a - b);
  for (const day of days) {
    if (day >= today) break;
    const isOld = dayStartMs(day) + DAY_MS <= nowMs - ageMsMax;
    const isTooMuch = bytesOnDisk > diskBytesMax;
    if (!isOld && !isTooMuch) break;
    const tables = listed.value.filter((one) => one.day === day && one.table !== 'shared');
    const shared = listed.value.filter(
      (one) => one.table === 'shared' && dayStartMs(one.day) < dayStartMs(day),
    );
    const going = [...tables, ...shared];
    for (const { table, day: partition } of going) {
      const gone = await engine.command(`ALTER TABLE ${DATABASE}.${table} DROP PARTITION ID '${partition}'`, {
        deadlineMs: DEADLINE_MS,
      });
      if (!gone.ok) return gone;
    }
    const bytes = going.reduce((sum, one) => sum + one.bytes, 0);
    bytesOnDisk -= bytes;
    listed.value.splice(0, listed.value.length, ...listed.value.filter((one) => !going.includes(one)));
    if (tables.length === 0) continue;
    const rows = tables.reduce((sum, one) => sum + (isRecords(one.table) ? one.rows : 0), 0);
    dropped.push({ day, reason: isOld ? 'age' : 'disk', rows, bytes });
  }
  return ok({ dropped, bytesOnDisk, bytesOverLimit: Math.max(0, bytesOnDisk - diskBytesMax) });
}

/** Rollups count nothing that a sender sent. */
function isRecords(table: string): boolean {
  return table === 'spans' || table === 'logs';
}

function dayOf(unixMs: number): number {
  const date = new Date(unixMs);
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

async function listDays(engine: Engine): Promise<Result<DayTable[]>> {
  const answer = await engine.query({
    sql: `SELECT table, toUInt32OrZero(partition_id) AS day, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts WHERE database = '${DATABASE}' AND active AND day > 0 GROUP BY table, day`,
    class: 'scan',
    deadlineMs: DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  return ok(
    blocks.value.flatMap((block) => {
      const tables = block.strings('table');
      const days = block.numbers('day');
      const rows = block.bigs('rows');
      const bytes = block.bigs('bytes');
      return Array.from({ length: block.rows }, (_, row) => ({
        table: tables.text(row),
        day: days[row] as number,
        rows: Number(rows[row]),
        bytes: Number(bytes[row]),
      }));
    }),
  );
}
