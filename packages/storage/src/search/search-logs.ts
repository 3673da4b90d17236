/**
 * Search of log records by their time, newest or oldest first, complete, page by page.
 *
 * Log records have no ids. They are ordered by time, trace, span and a hash of the body; those that agree in
 * all of it form a group, within which the order is that of their content. A record that was sent twice in
 * one segment was meant twice; the same record in two segments is a resend, so a content counts as often as
 * in the segment that has it most often. The cursor names a group and how many of it have been given out.
 */
import type { LogRecord } from '@tracewright/model';
import type { Cursor, LogSearch } from '@tracewright/query';
import { err, failure, ok, type Result } from '@tracewright/std';
import { printHexBytes, printInteger, printText } from '../compile/literal.ts';
import { compileLogPredicate } from '../compile/predicate.ts';
import type { NativeBlock } from '../native/native-block.ts';
import { sharedIdsOf } from '../read-trace.ts';
import type { LogPage, ReadOptions } from '../reader.ts';
import { logRows } from '../rows/log-rows.ts';
import type { SharedValues } from '../rows/span-rows.ts';
import { DATABASE, LOG_COLUMNS, LOG_TIME } from '../schema/v0001.ts';
import { groupLogs, type LogPlace, type LogRow, samePlace } from './log-groups.ts';
import { Budget, endOf, printRange, type Reading, type Terrain, walk } from './searching.ts';

const SPARE = 32;
const NO_TRACE: string = '0'.repeat(32);
const NO_SPAN: string = '0'.repeat(16);

/** A record, its group, and how many of the group have been given out with it. */
type Found = { readonly log: LogRecord; readonly place: LogPlace; readonly ordinal: number };

export async function searchLogs(
  reading: Reading,
  terrain: Terrain,
  search: LogSearch,
  options: ReadOptions = {},
): Promise<Result<LogPage>> {
  const budget = new Budget(options);
  const where = compileLogPredicate(search.tenant, search.where);
  if (!where.ok) return where;
  const start = search.after === undefined ? undefined : parseCursor(search.after);
  if (search.after !== undefined && start === undefined) {
    return err(failure('invalid', 'Cannot search logs: the cursor is not one of a page of logs'));
  }
  const newest = search.order === 'newest';
  let { fromNano } = search;
  let toNano = endOf(search.toNano);
  if (start !== undefined && newest && start.place.timeNano < toNano) toNano = start.place.timeNano + 1n;
  if (start !== undefined && !newest && start.place.timeNano > fromNano) fromNano = start.place.timeNano;
  if (search.limit <= 0 || toNano <= fromNano) return ok({ logs: [], cursors: [] });

  let bound = start === undefined ? '' : behind(start.place, newest ? '<=' : '>=');
  const direction = newest ? 'DESC' : 'ASC';
  const found: Found[] = [];
  let asked = search.limit + SPARE;
  const statement = (from: bigint, to: bigint): string =>
    `SELECT ${LOG_COLUMNS}, ${LOG_TIME} AS at, cityHash64(body) AS hash
FROM ${DATABASE}.logs WHERE tenant = ${printText(search.tenant)}
AND ${printRange(LOG_TIME, from, to)}${bound} AND ${where.value}
ORDER BY at ${direction}, trace_id ${direction}, span_id ${direction}, hash ${direction} LIMIT ${asked}`;
  const windows = await terrain.windows(reading, budget, { fromNano, toNano }, search.order);
  if (!windows.ok) return windows;
  const walked = await walk(reading, budget, windows.value, statement, async (blocks) => {
    const shared = await reading.shared.load(search.tenant, sharedIdsOf(blocks), budget.bounds());
    if (!shared.ok) return shared;
    const rows = readRows(reading, blocks, shared.value);
    const full = rows.length >= asked;
    const groups = groupLogs(rows);
    if (full && groups.length === 1) {
      asked *= 8;
      return ok('again');
    }
    if (full) groups.pop();
    for (const { place, logs } of groups) {
      const skip = start !== undefined && samePlace(place, start.place) ? start.ordinal : 0;
      for (let at = skip; at < logs.length; at++) {
        found.push({ log: logs[at] as LogRecord, place, ordinal: at + 1 });
      }
    }
    const last = groups.at(-1);
    if (last !== undefined) bound = behind(last.place, newest ? '<' : '>');
    if (found.length > search.limit) return ok('enough');
    return ok(full ? 'again' : 'next');
  });
  if (!walked.ok) return walked;
  const page = found.slice(0, search.limit);
  const last = page.at(-1);
  return ok({
    logs: page.map(({ log }) => log),
    cursors: page.map(printCursor),
    ...(found.length > page.length && last !== undefined ? { next: printCursor(last) } : {}),
  });
}

function behind(place: LogPlace, operator: string): string {
  return ` AND (${LOG_TIME}, trace_id, span_id, cityHash64(body)) ${operator} (${printInteger(place.timeNano)}, ${printHexBytes(place.traceId)}, ${printHexBytes(place.spanId)}, ${printInteger(place.hash)})`;
}

function readRows(reading: Reading, blocks: readonly NativeBlock[], shared: SharedValues): LogRow[] {
  const rows: LogRow[] = [];
  for (const block of blocks) {
    const read = logRows(block, shared, reading.decodeAnyValue);
    const times = block.bigs('at');
    const hashes = block.bigs('hash');
    const segments = block.bigs('segment');
    const traceIds = block.fixed('trace_id');
    const spanIds = block.fixed('span_id');
    for (let row = 0; row < block.rows; row++) {
      const place: LogPlace = {
        timeNano: times[row] as bigint,
        traceId: traceIds.hex(row),
        spanId: spanIds.hex(row),
        hash: hashes[row] as bigint,
      };
      rows.push({ place, segment: segments[row] as bigint, log: read(row) });
    }
  }
  return rows;
}

/** Hash and count travel behind the span id, which alone does not tell records apart. */
function printCursor({ place, ordinal }: Found): Cursor {
  const hash = place.hash.toString(16).padStart(16, '0');
  return {
    timeNano: place.timeNano,
    traceId: place.traceId,
    spanId: `${place.spanId}${hash}${ordinal.toString(16)}`,
  };
}

function parseCursor(cursor: Cursor): { readonly place: LogPlace; readonly ordinal: number } | undefined {
  const traceId = cursor.traceId || NO_TRACE;
  const parts = /^([0-9a-f]{16})([0-9a-f]{16})([0-9a-f]{1,8})$/.exec(cursor.spanId);
  if (parts === null || !/^[0-9a-f]{32}$/.test(traceId)) return undefined;
  return {
    place: {
      timeNano: cursor.timeNano,
      traceId,
      spanId: parts[1] ?? NO_SPAN,
      hash: BigInt(`0x${parts[2] ?? '0'}`),
    },
    ordinal: Number.parseInt(parts[3] ?? '0', 16),
  };
}
