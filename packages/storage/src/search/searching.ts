/**
 * What all searches share: the engine, one deadline for all the statements of a search, and the walk over
 * windows of event time.
 */
import { err, failure, ok, type Result } from '@tracewright/std';
import type { Engine, EngineAnswer } from '../engine/engine.ts';
import { decodeNativeBlocks } from '../native/decode.ts';
import type { NativeBlock } from '../native/native-block.ts';
import type { ReadOptions } from '../reader.ts';
import type { DecodeAnyValue } from '../rows/attribute-rows.ts';
import { DATABASE } from '../schema/v0001.ts';
import type { SharedCache } from '../shared-cache.ts';
import type { ArrivalRange, TimeWindows } from './time-windows.ts';

export type Reading = {
  readonly engine: Engine;
  readonly shared: SharedCache;
  readonly decodeAnyValue: DecodeAnyValue;
};

const DEADLINE_MS = 30_000;
const ARRIVALS_KEPT_MS = 1000;
export const SEARCH_SETTINGS: Readonly<Record<string, number>> = {
  use_skip_indexes_on_data_read: 0,
};

/** The time that a search has, from when it was asked. */
export class Budget {
  readonly #endsAtMs: number;
  readonly #deadlineMs: number;
  readonly signal: AbortSignal | undefined;

  constructor(options: ReadOptions = {}) {
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
  const blocks = decodeNativeBlocks(answer.value.blocks);
  return blocks.ok ? ok({ blocks: blocks.value, answer: answer.value }) : blocks;
}

/** Knows when the rows of each table arrived, as of a second ago. */
export class Arrivals {
  readonly #known: Map<string, { readonly range: ArrivalRange; readonly atMs: number }> = new Map();

  async of(reading: Reading, budget: Budget, table: 'spans' | 'logs'): Promise<Result<ArrivalRange>> {
    const known = this.#known.get(table);
    if (known !== undefined && performance.now() - known.atMs < ARRIVALS_KEPT_MS) return ok(known.range);
    const asked = await ask(
      reading,
      budget,
      `SELECT min(segment) AS oldest, max(segment) AS newest FROM ${DATABASE}.${table}`,
    );
    if (!asked.ok) return asked;
    const block = asked.value.blocks[0];
    const range: ArrivalRange = {
      oldestNano: (block?.bigs('oldest')[0] ?? 0n) * 1000n,
      newestNano: (block?.bigs('newest')[0] ?? 0n) * 1000n,
    };
    this.#known.set(table, { range, atMs: performance.now() });
    return ok(range);
  }
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
    if (visited.value === 'next') windows.advance(asked.value.answer.ranMs);
  }
  return ok(undefined);
}
