/**
 * What all searches share: the engine, one deadline for all the statements of a search, and the walk over
 * windows of event time.
 */
import type { Cursor } from '@tracewright/query';
import { assert, err, failure, ok, type Result } from '@tracewright/std';
import { printInteger } from '../compile/literal.ts';
import type { Engine, EngineAnswer } from '../engine/engine.ts';
import { decodeNativeBlocks } from '../native/decode.ts';
import type { NativeBlock } from '../native/native-block.ts';
import { overloaded, type ReadAccount } from '../read-budget.ts';
import type { ReadOptions } from '../reader.ts';
import type { DecodeAnyValue } from '../rows/attribute-rows.ts';
import type { SpanColumns } from '../rows/span-columns.ts';
import { DATABASE, LOG_TIME } from '../schema/v0001.ts';
import type { SharedCache } from '../shared-cache.ts';
import type { TraceSegments } from '../trace-segments.ts';
import { type ArrivalRange, type TimeRange, TimeWindows } from './time-windows.ts';

export type Reading = {
  readonly engine: Engine;
  readonly shared: SharedCache;
  readonly traceSegments: TraceSegments;
  readonly spanColumns: SpanColumns;
  readonly decodeAnyValue: DecodeAnyValue;
};

const DEADLINE_MS = 30_000;
const TERRAIN_KEPT_MS = 1000;
/** How long before they arrive events happen changes slowly. */
const DELAY_KEPT_MS = 30_000;
const DELAY_MAX_NANO: bigint = 60n * 1_000_000_000n;
export const SEARCH_SETTINGS: Readonly<Record<string, number>> = {
  use_skip_indexes_on_data_read: 0,
};

/** What is made of a block's bytes for a page takes so many times as much. */
const FOUND_COST = 3;

/** The time and the room that a search has, from when it was asked. */
export class Budget {
  readonly #endsAtMs: number;
  readonly #deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly account: ReadAccount | undefined;

  constructor(options: ReadOptions = {}) {
    this.account = options.account;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#endsAtMs = performance.now() + this.#deadlineMs;
    this.signal = options.signal;
  }

  /** What a statement or a further reading may take. */
  bounds(): { readonly deadlineMs: number; readonly signal?: AbortSignal } {
    const deadlineMs = Math.max(0, this.#endsAtMs - performance.now());
    return { deadlineMs, ...(this.signal === undefined ? {} : { signal: this.signal }) };
  }

  spent(): Result<void> {
    if (performance.now() < this.#endsAtMs) return ok(undefined);
    return err(
      failure('deadline', `The search did not end within ${this.#deadlineMs} ms`, { retry: 'later' }),
    );
  }
}

export async function ask(
  reading: Reading,
  budget: Budget,
  sql: string,
  settings: Readonly<Record<string, number | string>> = SEARCH_SETTINGS,
): Promise<Result<{ readonly blocks: NativeBlock[]; readonly answer: EngineAnswer }>> {
  const spent = budget.spent();
  if (!spent.ok) return spent;
  const answer = await reading.engine.query({ sql, class: 'search', ...budget.bounds(), settings });
  if (!answer.ok) return answer;
  const bytes = answer.value.blocks.reduce((sum, block) => sum + block.length, 0);
  // What was found stays until the page is out, as objects and as text.
  if (budget.account?.take(bytes * FOUND_COST) === false) {
    return overloaded('Other answers take the memory that this one needs');
  }
  const blocks = decodeNativeBlocks(answer.value.blocks);
  return blocks.ok ? ok({ blocks: blocks.value, answer: answer.value }) : blocks;
}

/** Rows that the first window of a search should hold: few enough to read them all within the blink of an eye. */
const FIRST_ROWS = 300_000n;
const WIDTH_MIN_NANO: bigint = 1_000_000_000n;
const WIDTH_MAX_NANO: bigint = 600n * 1_000_000_000n;

/** What searches know of a table, as of a second ago: when its rows arrived and how dense they are. */
export class Terrain {
  readonly #table: 'spans' | 'logs';
  #known: { readonly arrivals: ArrivalRange; readonly widthNano: bigint; readonly atMs: number } | undefined;

  #delayed: { readonly nano: bigint; readonly atMs: number } | undefined;

  constructor(table: 'spans' | 'logs') {
    this.#table = table;
  }

  /** The windows in which a range is best walked. */
  async windows(
    reading: Reading,
    budget: Budget,
    range: TimeRange,
    order: 'newest' | 'oldest',
  ): Promise<Result<TimeWindows>> {
    if (this.#known === undefined || performance.now() - this.#known.atMs > TERRAIN_KEPT_MS) {
      const surveyed = await this.#survey(reading, budget);
      if (!surveyed.ok) return surveyed;
    }
    const known = this.#known;
    assert(known !== undefined, 'A survey leaves its findings');
    return ok(new TimeWindows(range, known.arrivals, order, known.widthNano));
  }

  /** How long before their arrival most events of the newest segment happened. */
  async #delay(reading: Reading, budget: Budget): Promise<Result<bigint>> {
    if (this.#delayed !== undefined && performance.now() - this.#delayed.atMs < DELAY_KEPT_MS) {
      return ok(this.#delayed.nano);
    }
    const time = this.#table === 'spans' ? 'start_nano' : LOG_TIME;
    const table = `${DATABASE}.${this.#table}`;
    const asked = await ask(
      reading,
      budget,
      `SELECT toInt64(quantile(0.2)(toInt64(segment * 1000) - toInt64(${time}))) AS delay
FROM ${table} WHERE segment = (SELECT max(segment) FROM ${table})`,
    );
    if (!asked.ok) return asked;
    const found = asked.value.blocks[0]?.bigs('delay')[0] ?? 0n;
    const nano = found < 0n ? 0n : found > DELAY_MAX_NANO ? DELAY_MAX_NANO : found;
    this.#delayed = { nano, atMs: performance.now() };
    return ok(nano);
  }

  /** Costs nothing much: the engine has all three figures in its head. */
  async #survey(reading: Reading, budget: Budget): Promise<Result<void>> {
    const asked = await ask(
      reading,
      budget,
      `SELECT min(segment) AS oldest, max(segment) AS newest, count() AS rows FROM ${DATABASE}.${this.#table}`,
    );
    if (!asked.ok) return asked;
    const block = asked.value.blocks[0];
    const oldestNano = (block?.bigs('oldest')[0] ?? 0n) * 1000n;
    const arrivedNano = (block?.bigs('newest')[0] ?? 0n) * 1000n;
    const rows = block?.bigs('rows')[0] ?? 0n;
    const delay: Result<bigint> = rows === 0n ? ok(0n) : await this.#delay(reading, budget);
    if (!delay.ok) return delay;
    // A first window that begins with the arrivals would be empty where senders hold events back.
    const newestNano = arrivedNano > oldestNano + delay.value ? arrivedNano - delay.value : arrivedNano;
    const width = rows === 0n ? WIDTH_MAX_NANO : ((newestNano - oldestNano) * FIRST_ROWS) / rows;
    const widthNano =
      width < WIDTH_MIN_NANO ? WIDTH_MIN_NANO : width > WIDTH_MAX_NANO ? WIDTH_MAX_NANO : width;
    this.#known = { arrivals: { oldestNano, newestNano }, widthNano, atMs: performance.now() };
    return ok(undefined);
  }
}

/** The largest time that a span or a record can have. */
const NANO_MAX: bigint = 2n ** 64n - 1n;

/** The end of a range. Whoever asks up to the end of time means the last nanosecond too. */
export function endOf(toNano: bigint): bigint {
  return toNano >= NANO_MAX ? NANO_MAX + 1n : toNano;
}

/** The condition that a time lies in [fromNano, toNano). */
export function printRange(time: string, fromNano: bigint, toNano: bigint): string {
  const from = `${time} >= ${printInteger(fromNano)}`;
  return toNano > NANO_MAX ? from : `${from} AND ${time} < ${printInteger(toNano)}`;
}

/** A cursor comes back from outside: its ids must be ids before they stand in a statement. */
export function checkCursor(cursor: Cursor | undefined, withSpan: boolean): Result<void> {
  if (cursor === undefined) return ok(undefined);
  const isTrace = /^[0-9a-f]{32}$/.test(cursor.traceId);
  const isSpan = withSpan ? /^[0-9a-f]{16}$/.test(cursor.spanId) : cursor.spanId === '';
  if (isTrace && isSpan) return ok(undefined);
  return err(failure('invalid', 'Cannot go on behind the cursor: it is not one of such a search'));
}

/** What a visitor says of a window: it has enough; ask the same window again; go on to the next. */
export type Verdict = 'enough' | 'again' | 'next';

/**
 * Asks window after window until `visit` has enough or the range is walked. A window that holds more than a
 * statement may use is walked in smaller ones.
 */
export async function walk(
  reading: Reading,
  budget: Budget,
  windows: TimeWindows,
  statement: (fromNano: bigint, toNano: bigint) => string,
  visit: (blocks: readonly NativeBlock[]) => Promise<Result<Verdict>>,
): Promise<Result<void>> {
  for (let window = windows.current(); window !== undefined; window = windows.current()) {
    const asked = await ask(reading, budget, statement(window.fromNano, window.toNano));
    if (!asked.ok) {
      if (asked.failure.code === 'resource' && windows.narrow()) continue;
      return asked;
    }
    const visited = await visit(asked.value.blocks);
    if (!visited.ok) return visited;
    if (visited.value === 'enough') return ok(undefined);
    if (visited.value === 'next') {
      const { answer, blocks } = asked.value;
      windows.advance(
        answer.ranMs,
        blocks.every(({ rows }) => rows === 0),
      );
    }
  }
  return ok(undefined);
}
