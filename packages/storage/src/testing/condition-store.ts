/**
 * A store that compares: what conditions find in it with what the brute-force evaluator of plans finds among
 * the same rows as they are read back.
 */
import assert from 'node:assert/strict';
import type { LogRecord, Span } from '@tracewright/model';
import {
  type AttributeScope,
  EVERYTHING,
  type Literal,
  type LogPredicate,
  type SpanPredicate,
} from '@tracewright/query';
import { evaluateLog, evaluateSpan } from '@tracewright/query/testing';
import type { Operator } from '../compile/comparison.ts';
import { compileSpanPredicate } from '../compile/predicate.ts';
import { decodeNativeBlocks } from '../native/decode.ts';
import { conditionRows } from './condition-rows.ts';
import { NOON_NANO } from './rows.ts';
import { expectOk, openTestStore, type TestStore } from './store.ts';

export const OPERATORS: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
export const string: (value: string) => Literal = (value) => ({ type: 'string', value });
export const int: (value: bigint) => Literal = (value) => ({ type: 'int', value });
export const double: (value: number) => Literal = (value) => ({ type: 'double', value });
export const bool: (value: boolean) => Literal = (value) => ({ type: 'bool', value });

export function attribute(
  scope: AttributeScope,
  key: string,
  operator: Operator,
  value: Literal,
): SpanPredicate {
  return { kind: 'attribute', scope, key, operator, value };
}

export const EVER: {
  readonly tenant: string;
  readonly fromNano: bigint;
  readonly toNano: bigint;
  readonly limit: number;
} = { tenant: 'default', fromNano: 0n, toNano: 2n ** 64n - 1n, limit: 2000 };

/** Conditions in one statement; each has indexes of its own to be misled by. */
const TOGETHER = 40;

export class ConditionStore {
  readonly store: TestStore;
  spans: readonly Span[] = [];
  logs: readonly LogRecord[] = [];

  private constructor(store: TestStore) {
    this.store = store;
  }

  /** Over a store of its own, or over one that is given. */
  static async open(store?: TestStore): Promise<ConditionStore> {
    const made = new ConditionStore(store ?? (await openTestStore()));
    await made.store.store(NOON_NANO / 1000n, conditionRows());
    made.spans = await made.findSpans(EVERYTHING);
    made.logs = await made.findLogs(EVERYTHING);
    return made;
  }

  async findSpans(where: SpanPredicate): Promise<readonly Span[]> {
    return expectOk(await this.store.reader.searchSpans({ kind: 'spanSearch', where, ...EVER })).spans;
  }

  async findLogs(where: LogPredicate): Promise<readonly LogRecord[]> {
    const search = { kind: 'logSearch', where, order: 'oldest', ...EVER } as const;
    return expectOk(await this.store.reader.searchLogs(search)).logs;
  }

  /** Compares what each condition finds with the oracle; some of them must find something. */
  async agree(cases: readonly SpanPredicate[]): Promise<void> {
    let matched = 0;
    for (let from = 0; from < cases.length; from += TOGETHER) {
      const some = cases.slice(from, from + TOGETHER);
      const conditions = some.map((where) => expectOk(compileSpanPredicate('default', where)));
      const found = await this.#idsByCase(conditions);
      for (const [at, where] of some.entries()) {
        const expected = this.spans.filter((span) => evaluateSpan(where, span)).map((span) => span.spanId);
        assert.deepEqual(found[at]?.sort(), [...expected].sort(), conditions[at] ?? '');
        matched += expected.length;
      }
    }
    assert.ok(matched > 0, 'some of the cases find something');
  }

  async agreeLogs(where: LogPredicate): Promise<number> {
    const found = (await this.findLogs(where)).map((log) => log.timeUnixNano);
    const expected = this.logs.filter((log) => evaluateLog(where, log)).map((log) => log.timeUnixNano);
    assert.deepEqual(found, expected);
    return expected.length;
  }

  async #idsByCase(conditions: readonly string[]): Promise<string[][]> {
    const sql = conditions
      .map((where, at) => `SELECT toUInt32(${at}) AS at, span_id FROM tracewright.spans WHERE ${where}`)
      .join('\nUNION ALL\n');
    const settings = { use_skip_indexes_on_data_read: 0, max_query_size: 10_000_000 };
    const answer = expectOk(
      await this.store.engine.query({ sql, class: 'search', deadlineMs: 60_000, settings }),
    );
    const found: string[][] = conditions.map(() => []);
    for (const block of expectOk(decodeNativeBlocks(answer.blocks))) {
      const cases = block.numbers('at');
      const ids = block.fixed('span_id');
      for (let row = 0; row < block.rows; row++) found[cases[row] as number]?.push(ids.hex(row));
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }
}
