/**
 * MoveDays: brings whole days of arrival to the cold volume, or back.
 *
 * A day of a table moves as its partition, in the engine's background, so that no session is held meanwhile. A part is
 * copied first and counts as moved when all of it is there; one that was cut off is cleared away by the engine, and
 * the next round moves it again. Only records move: lists, resources and scopes are small and asked for all the time.
 * What arrives for a day that is cold already, a replay at most, follows with the next round.
 */
import { err, failpoint, failure, ok, type Result } from '@tracewright/std';
import { printText } from '../compile/literal.ts';
import type { Engine } from '../engine/engine.ts';
import { decodeNativeBlocks } from '../native/decode.ts';
import { dayStartMs } from '../read-lists.ts';
import { DATABASE, LOG_TIME } from '../schema/v0001.ts';
import { listTableDays } from '../table-days.ts';
import { COLD_DISK, COLD_VOLUME } from './cold-tier.ts';
import type { ColdVolume } from './cold-volume.ts';

export type TierPolicy = {
  /** `fill` moves old days to the cold tier, `hold` moves nothing, `empty` brings everything back. */
  readonly use: 'fill' | 'hold' | 'empty';
  /** A day moves when all of it arrived longer ago than this. */
  readonly afterMs: number;
  /** The oldest days move earlier while what is hot takes more; zero: never. */
  readonly hotBytesMax: number;
};

export type MovedDay = {
  readonly day: number;
  readonly table: string;
  readonly to: 'cold' | 'hot';
  readonly bytes: number;
};

export type TierReport = {
  readonly moved: readonly MovedDay[];
  /** What could not be moved this time. It is tried again in the next round. */
  readonly failed: readonly (MovedDay & { readonly reason: string })[];
};

type TierDay = {
  readonly table: 'spans' | 'logs';
  readonly day: number;
  readonly cold: boolean;
  readonly bytes: number;
};

const DAY_MS = 86_400_000;
const STATEMENT_DEADLINE_MS = 30_000;
const POLL_MS = 100;
/** How long no move is seen before the tier is looked at, and before the move counts as given up. */
const SILENCE_MS = 2000;
const SILENCE_MS_MAX = 15_000;
/** A move that takes longer goes on in the engine; the next round finds what it has come to. */
const MOVE_PATIENCE_MS = 3_600_000;
const TIMES = { spans: 'start_nano', logs: LOG_TIME } as const;

export async function moveDays(
  engine: Engine,
  volume: ColdVolume,
  policy: TierPolicy,
  nowMs: number,
  signal?: AbortSignal,
): Promise<Result<TierReport>> {
  const listed = await listTierDays(engine);
  if (!listed.ok) return listed;
  volume.noteCold(new Set(listed.value.filter(({ cold }) => cold).map(({ day }) => day)));
  const moved: MovedDay[] = [];
  const failed: (MovedDay & { reason: string })[] = [];
  for (const { table, day, bytes, cold } of choose(listed.value, policy, nowMs)) {
    if (signal?.aborted === true) break;
    const move: MovedDay = { day, table, to: cold ? 'hot' : 'cold', bytes };
    if (!cold) {
      const noted = await noteNewest(engine, volume, table, day);
      if (!noted.ok) return noted;
    }
    failpoint('tier.before-move');
    const done = await moveDay(engine, volume, move, signal);
    if (done.ok) moved.push(move);
    else {
      failed.push({ ...move, reason: done.failure.message });
      // What stopped this one would stop the others.
      break;
    }
  }
  return ok({ moved, failed });
}

/** What moves, in its order: the oldest days first; back comes the newest first. */
function choose(days: readonly TierDay[], policy: TierPolicy, nowMs: number): TierDay[] {
  const byAge = [...days].sort((a, b) => a.day - b.day || a.table.localeCompare(b.table));
  if (policy.use === 'hold') return [];
  if (policy.use === 'empty') return byAge.filter(({ cold }) => cold).reverse();
  const hot = byAge.filter(({ cold }) => !cold);
  let hotBytes = hot.reduce((sum, { bytes }) => sum + bytes, 0);
  return hot.filter(({ day, bytes }) => {
    const ended = dayStartMs(day) + DAY_MS;
    if (ended > nowMs) return false;
    const isTooMuch = policy.hotBytesMax > 0 && hotBytes > policy.hotBytesMax;
    if (ended > nowMs - policy.afterMs && !isTooMuch) return false;
    hotBytes -= bytes;
    return true;
  });
}

async function noteNewest(
  engine: Engine,
  volume: ColdVolume,
  table: TierDay['table'],
  day: number,
): Promise<Result<void>> {
  const answer = await engine.query({
    sql: `SELECT toUInt64(max(${TIMES[table]})) AS newest FROM ${DATABASE}.${table} WHERE _partition_id = '${day}' AND _disk_name != '${COLD_DISK}'`,
    class: 'scan',
    deadlineMs: STATEMENT_DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  const newest = blocks.value[0]?.bigs('newest')[0] ?? 0n;
  try {
    volume.noteMoving(table, day, newest);
    return ok(undefined);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return err(failure('unavailable', `Cannot note that ${table} of ${day} becomes cold: ${reason}`));
  }
}

async function moveDay(
  engine: Engine,
  volume: ColdVolume,
  move: MovedDay,
  signal: AbortSignal | undefined,
): Promise<Result<void>> {
  const to = move.to === 'cold' ? COLD_VOLUME : 'default';
  const started = await engine.query({
    sql: `ALTER TABLE ${DATABASE}.${move.table} MOVE PARTITION ID '${move.day}' TO VOLUME ${printText(to)} SETTINGS alter_move_to_space_execute_async = 1`,
    class: 'scan',
    deadlineMs: STATEMENT_DEADLINE_MS,
  });
  if (!started.ok) return started;
  const endsAtMs = performance.now() + MOVE_PATIENCE_MS;
  let lastSeenMs = performance.now();
  let left = Number.POSITIVE_INFINITY;
  while (signal?.aborted !== true) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const state = await readMove(engine, move);
    if (!state.ok) return state;
    if (state.value.left === 0) return ok(undefined);
    const now = performance.now();
    if (state.value.running > 0 || state.value.left < left) lastSeenMs = now;
    left = state.value.left;
    if (now > endsAtMs) return err(failure('deadline', 'it goes on in the engine', { retry: 'later' }));
    // A move that failed is only no longer there; why, the tier tells, if it is to blame.
    if (now - lastSeenMs < SILENCE_MS) continue;
    const looked = await volume.look();
    if (!looked.ok) return looked;
    if (now - lastSeenMs > SILENCE_MS_MAX) return err(failure('unavailable', 'the engine gave the move up'));
  }
  return err(failure('cancelled', 'the store is stopping'));
}

async function readMove(
  engine: Engine,
  { table, day, to }: MovedDay,
): Promise<Result<{ readonly left: number; readonly running: number }>> {
  const answer = await engine.query({
    sql: `SELECT toUInt32(ifNull((SELECT count() FROM system.parts WHERE active AND database = '${DATABASE}' AND table = '${table}' AND partition_id = '${day}' AND (disk_name = '${COLD_DISK}') = ${to === 'hot' ? 1 : 0}), 0)) AS left_parts,
toUInt32(ifNull((SELECT count() FROM system.moves WHERE database = '${DATABASE}' AND table = '${table}'), 0)) AS moving`,
    class: 'id',
    deadlineMs: STATEMENT_DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  const [block] = blocks.value;
  return ok({ left: block?.numbers('left_parts')[0] ?? 0, running: block?.numbers('moving')[0] ?? 0 });
}

/** Hot and cold apart. */
async function listTierDays(engine: Engine): Promise<Result<TierDay[]>> {
  const listed = await listTableDays(engine);
  if (!listed.ok) return listed;
  return ok(
    listed.value.flatMap(({ table, day, bytes, coldBytes }) => {
      if (table !== 'spans' && table !== 'logs') return [];
      const both: readonly TierDay[] = [
        { table, day, cold: false, bytes: bytes - coldBytes },
        { table, day, cold: true, bytes: coldBytes },
      ];
      return both.filter((one) => one.bytes > 0);
    }),
  );
}

export type TierStatus = {
  readonly tier: 'hot' | 'cold';
  readonly rows: number;
  readonly bytesOnDisk: number;
  readonly parts: number;
};

/** What lies where, over all tables or some; of a cold tier that is away the engine knows nothing. */
export async function readTiers(
  engine: Engine,
  tables: readonly string[] = [],
): Promise<Result<readonly TierStatus[]>> {
  const answer = await engine.query({
    sql: `SELECT toUInt8(disk_name = '${COLD_DISK}') AS cold, toUInt64(sum(rows)) AS row_count, toUInt64(sum(bytes_on_disk)) AS bytes, toUInt64(count()) AS part_count
FROM system.parts WHERE active AND database = '${DATABASE}'${tables.length === 0 ? '' : ` AND table IN (${tables.map(printText).join(', ')})`} GROUP BY cold ORDER BY cold`,
    class: 'id',
    deadlineMs: STATEMENT_DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  return ok(
    blocks.value.flatMap((block) => {
      const colds = block.numbers('cold');
      const [rows, bytes, parts] = ['row_count', 'bytes', 'part_count'].map((name) => block.bigs(name));
      return Array.from({ length: block.rows }, (_, row) => ({
        tier: colds[row] === 1 ? ('cold' as const) : ('hot' as const),
        rows: Number(rows?.[row] ?? 0n),
        bytesOnDisk: Number(bytes?.[row] ?? 0n),
        parts: Number(parts?.[row] ?? 0n),
      }));
    }),
  );
}
