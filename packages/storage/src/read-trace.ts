/**
 * Whole traces by their ids.
 *
 * `trace_segments` says which segments have spans of the trace, and the primary key where in them, for full ids and
 * for those of which only the low half is known. What an answer takes of this process's memory stands on its
 * account; one that is too large for what is left waits for room before it is read.
 */
import type { TraceId } from '@tracewright/model';
import type { TraceLookup } from '@tracewright/query';
import { ok, type Result } from '@tracewright/std';
import { NEVER } from './compile/comparison.ts';
import { printText } from './compile/literal.ts';
import { decodeNative, decodeNativeBlocks } from './native/decode.ts';
import type { NativeBlock } from './native/native-block.ts';
import { overloaded, type ReadAccount, ReadBudget } from './read-budget.ts';
import type { ReadOptions } from './reader.ts';
import { ALL_OPTIONAL, filledIn, printColumns } from './rows/span-columns.ts';
import { listSpans, type SpanList } from './rows/span-list.ts';
import { readStoredSpans } from './rows/stored-spans.ts';
import { DATABASE } from './schema/v0001.ts';
import { Budget, type Reading } from './search/searching.ts';

const DEADLINE_MS = 15_000;
/** A few granules are read by their key: there is nothing to compile for, and no index to look at. */
const READ_SETTINGS: Readonly<Record<string, number>> = {
  max_block_size: 8192,
  use_skip_indexes_on_data_read: 0,
  compile_expressions: 0,
  max_read_buffer_size: 65_536,
};
/** Rows that are read where there may be no room for all: enough for most traces. */
const LOOK_ROWS = 1000;
/** How often room is found for an answer that turned out larger than was thought. */
const ROOMS_MAX = 3;
const ROOM_SPARE = 1.1;

export function readTrace(
  reading: Reading,
  lookup: TraceLookup,
  options: ReadOptions = {},
): Promise<Result<SpanList>> {
  return readSpans(reading, lookup.tenant, [lookup.traceId], lookup.lowOnly, options);
}

export function readTraces(
  reading: Reading,
  tenant: string,
  traceIds: readonly TraceId[],
  options: ReadOptions = {},
): Promise<Result<SpanList>> {
  if (traceIds.length === 0) return Promise.resolve(ok(listSpans([])));
  return readSpans(reading, tenant, traceIds, false, options);
}

/** All spans of the traces, without copies, by start. */
async function readSpans(
  reading: Reading,
  tenant: string,
  traceIds: readonly TraceId[],
  lowOnly: boolean,
  options: ReadOptions,
): Promise<Result<SpanList>> {
  const condition = await reading.traceSegments.condition(tenant, traceIds, lowOnly);
  if (!condition.ok) return condition;
  if (condition.value === NEVER) return ok(listSpans([]));
  const budget = new Budget({ deadlineMs: DEADLINE_MS, ...options });
  const account = options.account ?? new ReadBudget(Number.POSITIVE_INFINITY).open();
  const room: Room = { budget, account, spanBytes: options.spanBytes ?? 0 };
  const where = `tenant = ${printText(tenant)} AND ${condition.value}`;
  let asked = reading.spanColumns.usual();
  for (;;) {
    const read = await readWithinRoom(reading, asked, where, room);
    if (!read.ok) return read;
    const { blocks, bytes, cost } = read.value;
    const filled = filledIn(blocks);
    if ((filled & ~asked) === 0n) {
      if (blocks.length > 0) reading.spanColumns.learn(filled);
      const shared = await reading.shared.load(tenant, sharedIdsOf(blocks), budget.bounds());
      if (!shared.ok) return shared;
      return ok(await readStoredSpans(blocks, bytes, shared.value, reading.decodeAnyValue));
    }
    account.drop(cost);
    // New spans may come between the two readings: the second one that falls short asks for everything.
    asked = asked === reading.spanColumns.usual() ? asked | filled : ALL_OPTIONAL;
  }
}

/** Blocks of an answer, and what the account has for them. */
type ReadBlocks = {
  blocks: NativeBlock[];
  bytes: number;
  cost: number;
  /** There was no room for more, or no more was asked for. */
  isCut: boolean;
  /** What was seen, the block that found no room included. */
  seenRows: number;
  seenCost: number;
};

function noBlocks(): ReadBlocks {
  return { blocks: [], bytes: 0, cost: 0, isCut: false, seenRows: 0, seenCost: 0 };
}

/** Where an answer is held, and what its asker keeps of each span besides. */
type Room = { readonly budget: Budget; readonly account: ReadAccount; readonly spanBytes: number };

/**
 * What blocks take: the bytes that they came as, copies of what is read aligned, ends of texts, what is made of
 * dictionaries, and the order of rows.
 */
function costOf(rows: number, bytes: number, spanBytes: number): number {
  return bytes * 2 + rows * (64 + spanBytes);
}

/**
 * Reads at once what there is room for. Of a larger answer the rows are counted, and it is read when there is room
 * for as many of the size that was seen.
 */
async function readWithinRoom(
  reading: Reading,
  optional: bigint,
  where: string,
  room: Room,
): Promise<Result<ReadBlocks>> {
  const { account, budget } = room;
  const sql = `SELECT ${printColumns(optional)} FROM ${DATABASE}.spans WHERE ${where}`;
  const look = account.isTight ? LOOK_ROWS : Number.POSITIVE_INFINITY;
  let read = await readBlocks(reading, sql, look, room);
  for (let rooms = 1; read.ok && read.value.isCut; rooms++) {
    const { cost, seenCost, seenRows } = read.value;
    account.drop(cost);
    if (rooms > ROOMS_MAX) return overloaded('The answer grew faster than room was found for it');
    const rows = await countRows(reading, where, budget);
    if (!rows.ok) return rows;
    const least = (seenCost / seenRows) * Math.max(rows.value, seenRows);
    const wanted = Math.max(least, Math.min(least * ROOM_SPARE ** rooms, account.bytesMax));
    const waited = await account.wait(Math.ceil(wanted), budget.bounds());
    if (!waited.ok) return waited;
    read = await readBlocks(reading, sql, Number.POSITIVE_INFINITY, room);
  }
  return read;
}

async function readBlocks(
  reading: Reading,
  sql: string,
  rowsMax: number,
  room: Room,
): Promise<Result<ReadBlocks>> {
  const { account, budget } = room;
  let read = noBlocks();
  let broken: Result<ReadBlocks> | undefined;
  // Nobody waits for what comes after there was no room.
  const cut = new AbortController();
  const ask = (): Promise<Result<unknown>> => {
    const { deadlineMs, signal } = budget.bounds();
    return reading.engine.query({
      sql: rowsMax === Number.POSITIVE_INFINITY ? sql : `${sql} LIMIT ${rowsMax + 1}`,
      class: 'id',
      deadlineMs,
      signal: signal === undefined ? cut.signal : AbortSignal.any([signal, cut.signal]),
      settings: READ_SETTINGS,
      onBlock: (bytes) => {
        const decoded = read.isCut ? ok([]) : decodeNative(bytes);
        if (decoded.ok) take(read, decoded.value, bytes.length, room);
        else broken ??= decoded;
        if (read.isCut) cut.abort();
      },
    });
  };
  let answer = await ask();
  if (!answer.ok && answer.failure.code === 'unavailable' && read.blocks.length > 0) {
    // The engine died with the answer half given. What was given is thrown away, and it is asked again.
    account.drop(read.cost);
    read = noBlocks();
    answer = await ask();
  }
  if (read.isCut && budget.signal?.aborted !== true) return ok(read);
  if (!answer.ok || broken !== undefined) {
    account.drop(read.cost);
    return answer.ok ? (broken as Result<ReadBlocks>) : answer;
  }
  if (read.seenRows > rowsMax) {
    read.isCut = true;
    read.blocks = [];
  }
  return ok(read);
}

/** Keeps blocks if there is room for them. */
function take(read: ReadBlocks, decoded: readonly NativeBlock[], bytes: number, room: Room): void {
  const blocks = decoded.filter(({ rows }) => rows > 0);
  if (blocks.length === 0) return;
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const cost = costOf(rows, bytes, room.spanBytes);
  read.seenRows += rows;
  read.seenCost += cost;
  if (!room.account.take(cost)) {
    read.isCut = true;
    // What was kept makes room for others while this answer waits.
    read.blocks = [];
    return;
  }
  read.blocks.push(...blocks);
  read.bytes += bytes;
  read.cost += cost;
}

async function countRows(reading: Reading, where: string, budget: Budget): Promise<Result<number>> {
  const answer = await reading.engine.query({
    sql: `SELECT count() AS rows FROM ${DATABASE}.spans WHERE ${where}`,
    class: 'id',
    ...budget.bounds(),
    settings: READ_SETTINGS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  return blocks.ok ? ok(Number(blocks.value[0]?.bigs('rows')[0] ?? 0n)) : blocks;
}

export function sharedIdsOf(blocks: readonly NativeBlock[]): {
  readonly resources: Set<bigint>;
  readonly scopes: Set<bigint>;
} {
  const resources = new Set<bigint>();
  const scopes = new Set<bigint>();
  for (const block of blocks) {
    if (block.rows === 0) continue;
    for (const id of block.bigs('resource_id')) resources.add(id);
    for (const id of block.bigs('scope_id')) scopes.add(id);
  }
  return { resources, scopes };
}
