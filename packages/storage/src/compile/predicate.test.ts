/**
 * Conditions as SQL and as the rows that they find, side by side. The oracle is the evaluator of plans over
 * the spans as they are read back; the SQL is what makes a change of it visible.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AttributeValue, LogRecord, Span } from '@tracewright/model';
import {
  type AttributeScope,
  EVERYTHING,
  type Literal,
  type LogField,
  type LogPredicate,
  type SpanField,
  type SpanPredicate,
} from '@tracewright/query';
import { evaluateLog, evaluateSpan } from '@tracewright/query/testing';
import { decodeNativeBlocks } from '../native/decode.ts';
import {
  attributesOf,
  makeLog,
  makeSpan,
  NOON_NANO,
  resourceOf,
  SCOPE,
  spanId,
  traceId,
} from '../testing/rows.ts';
import { expectOk, openTestStore, type TestStore } from '../testing/store.ts';
import type { Operator } from './comparison.ts';
import { compileSpanPredicate } from './predicate.ts';

const HOSTILE = [
  `'; DROP TABLE tracewright.spans; --`,
  `\\' OR 1=1 --`,
  'a\\',
  `"quoted" \`ticked\` {param:String} ?`,
  'nul \u0000 inside',
  'line\nbreak\r\ttab',
  'Grüße 🎉 \u202e',
  '%_*',
  ' /* comment */ ',
  "unhex('41')",
  '$$here$$',
];

const list: AttributeValue = { type: 'array', value: [{ type: 'int', value: 1n }] };
const nothing: AttributeValue = { type: 'empty' };

/** Values that one key has in turn, so that each comparison meets each type. */
const VALUES: readonly (string | bigint | number | boolean | AttributeValue)[] = [
  '',
  'a',
  'abc',
  'ABC',
  '5',
  'true',
  'x\ny',
  ...HOSTILE,
  0n,
  5n,
  200n,
  -7n,
  70_000n,
  2n ** 53n + 1n,
  -(2n ** 63n),
  2n ** 63n - 1n,
  0,
  -0,
  5,
  5.5,
  1e21,
  -1.5e-7,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  true,
  false,
  list,
  nothing,
];

const KEYS = ['k', 'http.route', 'user.id', 'http.response.status_code', `it's "a" key\\`, ''];

let store: TestStore;
let spans: Span[] = [];
let logs: LogRecord[] = [];

before(async () => {
  store = await openTestStore();
  let id = 0;
  const next = (span: Partial<Span>): Span => {
    id++;
    return makeSpan({
      traceId: traceId(0xabc00 + (id >> 1)),
      spanId: spanId(id),
      startUnixNano: NOON_NANO + BigInt(id),
      ...span,
    });
  };
  for (const value of VALUES) {
    for (const key of KEYS) spans.push(next({ attributes: attributesOf({ [key]: value }) }));
    const attributes = attributesOf({ k: value });
    spans.push(
      next({ resource: resourceOf('checkout', attributes) }),
      next({ scope: { ...SCOPE, attributes } }),
      next({ events: [event('first'), { ...event('second'), attributes }] }),
      next({
        links: [
          { ...link(), attributes: attributesOf({ other: 'z' }) },
          { ...link(), attributes },
        ],
      }),
    );
    logs.push(
      makeLog({ attributes, timeUnixNano: NOON_NANO + BigInt(logs.length) }),
      makeLog({ resource: resourceOf('pay', attributes), timeUnixNano: NOON_NANO + BigInt(logs.length) }),
    );
  }
  for (const text of ['', 'abc', 'ABC', ...HOSTILE]) {
    spans.push(
      next({ name: text }),
      next({ statusMessage: text, traceState: text, receiver: text }),
      next({ resource: resourceOf(text), scope: { ...SCOPE, name: text, version: text } }),
      next({ events: [event('other'), event(text)] }),
    );
    logs.push(
      makeLog({
        body: { type: 'string', value: text },
        severityText: text,
        timeUnixNano: NOON_NANO + BigInt(logs.length),
      }),
      makeLog({
        eventName: text,
        receiver: text,
        resource: resourceOf(text),
        timeUnixNano: NOON_NANO + BigInt(logs.length),
      }),
      makeLog({
        scope: { ...SCOPE, name: text },
        traceId: traceId(0xabc00 + 1),
        spanId: spanId(3),
        timeUnixNano: NOON_NANO + BigInt(logs.length),
      }),
    );
  }
  spans.push(
    next({ kind: 0, statusCode: 2, parentSpanId: spanId(3) }),
    next({ kind: 5, statusCode: 1, endUnixNano: 0n }),
    next({ endUnixNano: NOON_NANO - 5n }),
    next({ endUnixNano: NOON_NANO + 5_000_000_000n }),
    next({ startUnixNano: 0n, endUnixNano: 2n ** 64n - 1n }),
  );
  await store.store(NOON_NANO / 1000n, { spans, logs });
  spans = [...(await allSpans(EVERYTHING))];
  logs = [...(await allLogs(EVERYTHING))];
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

function event(name: string): Span['events'][number] {
  return { timeUnixNano: NOON_NANO, name, attributes: [], droppedAttributes: 0 };
}
function link(): Span['links'][number] {
  return {
    traceId: traceId(9),
    spanId: spanId(9),
    traceState: '',
    attributes: [],
    droppedAttributes: 0,
    flags: 0,
  };
}

const EVER = { tenant: 'default', fromNano: 0n, toNano: 2n ** 64n - 1n, limit: 2000 };

async function allSpans(where: SpanPredicate): Promise<readonly Span[]> {
  return expectOk(await store.reader.searchSpans({ kind: 'spanSearch', where, ...EVER })).spans;
}
async function allLogs(where: LogPredicate): Promise<readonly LogRecord[]> {
  return expectOk(await store.reader.searchLogs({ kind: 'logSearch', where, order: 'oldest', ...EVER })).logs;
}

/** Conditions in one statement; each has indexes of its own to be misled by. */
const TOGETHER = 40;

/** Compares what each condition finds with the oracle; returns how many rows were found in all. */
async function agreeAll(cases: readonly SpanPredicate[]): Promise<number> {
  let matched = 0;
  for (let from = 0; from < cases.length; from += TOGETHER) {
    const some = cases.slice(from, from + TOGETHER);
    const found = await idsByCase(some.map((where) => expectOk(compileSpanPredicate('default', where))));
    some.forEach((where, at) => {
      const expected = spans.filter((span) => evaluateSpan(where, span)).map((span) => span.spanId);
      const sql = compileSpanPredicate('default', where);
      assert.deepEqual(found[at]?.sort(), [...expected].sort(), sql.ok ? sql.value : '');
      matched += expected.length;
    });
  }
  assert.ok(matched > 0, 'some of the cases find something');
  return matched;
}

async function idsByCase(conditions: readonly string[]): Promise<string[][]> {
  const sql = conditions
    .map((where, at) => `SELECT toUInt32(${at}) AS at, span_id FROM tracewright.spans WHERE ${where}`)
    .join('\nUNION ALL\n');
  const settings = { use_skip_indexes_on_data_read: 0, max_query_size: 10_000_000 };
  const answer = expectOk(await store.engine.query({ sql, class: 'search', deadlineMs: 60_000, settings }));
  const found: string[][] = conditions.map(() => []);
  for (const block of expectOk(decodeNativeBlocks(answer.blocks))) {
    const cases = block.numbers('at');
    const ids = block.fixed('span_id');
    for (let row = 0; row < block.rows; row++) found[cases[row] as number]?.push(ids.hex(row));
  }
  return found;
}

async function agreeLogs(where: LogPredicate): Promise<number> {
  const found = (await allLogs(where)).map((log) => log.timeUnixNano);
  const expected = logs.filter((log) => evaluateLog(where, log)).map((log) => log.timeUnixNano);
  assert.deepEqual(found, expected);
  return expected.length;
}

const OPERATORS: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
const string = (value: string): Literal => ({ type: 'string', value });
const int = (value: bigint): Literal => ({ type: 'int', value });
const double = (value: number): Literal => ({ type: 'double', value });
const bool = (value: boolean): Literal => ({ type: 'bool', value });

function attribute(scope: AttributeScope, key: string, operator: Operator, value: Literal): SpanPredicate {
  return { kind: 'attribute', scope, key, operator, value };
}

describe('attributes of every type compare as plans say', () => {
  const literals: readonly Literal[] = [
    string(''),
    string('abc'),
    string('5'),
    int(0n),
    int(5n),
    int(-7n),
    int(2n ** 53n + 1n),
    int(2n ** 64n - 1n),
    double(0),
    double(5),
    double(5.5),
    double(2 ** 53),
    double(Number.NaN),
    double(Number.POSITIVE_INFINITY),
    bool(true),
    bool(false),
  ];
  for (const key of KEYS) {
    test(`of a span, under the key ${JSON.stringify(key)}`, async () => {
      await agreeAll(
        literals.flatMap((value) => OPERATORS.map((operator) => attribute('span', key, operator, value))),
      );
    });
  }
  for (const scope of ['resource', 'scope', 'event', 'link', 'any'] as const) {
    test(`of ${scope}`, async () => {
      const some = literals.filter((_, at) => at % 2 === 0 || scope === 'event');
      await agreeAll(
        some.flatMap((value) => OPERATORS.map((operator) => attribute(scope, 'k', operator, value))),
      );
    });
  }

  test('as patterns and substrings', async () => {
    const cases: SpanPredicate[] = [];
    for (const scope of ['span', 'event', 'any'] as const) {
      for (const key of ['k', 'http.route']) {
        for (const pattern of [
          'b',
          '^a',
          'c$',
          '^abc$',
          '(?i)^abc$',
          '.',
          'x.y',
          '(?s)x.y',
          '',
          '\\d+',
          "'",
        ]) {
          cases.push(
            attribute(scope, key, '=~', string(pattern)),
            attribute(scope, key, '!~', string(pattern)),
          );
        }
        for (const part of ['', 'b', 'B', "'", '\\', '%', '\u0000', '🎉']) {
          cases.push(attribute(scope, key, 'contains', string(part)));
        }
        cases.push(attribute(scope, key, '=~', int(5n)), attribute(scope, key, 'contains', bool(true)));
      }
    }
    await agreeAll(cases);
  });

  test('as text, by their presence, and negated', async () => {
    const cases: SpanPredicate[] = [];
    for (const scope of ['span', 'resource', 'event', 'link', 'any'] as const) {
      for (const key of ['k', 'http.response.status_code', 'absent']) {
        cases.push({ kind: 'attributeExists', scope, key });
        for (const text of [
          '',
          'abc',
          '5',
          '5.5',
          '0',
          '-0',
          'true',
          'false',
          'NaN',
          'Infinity',
          '1e+21',
          '200',
          '05',
        ]) {
          cases.push({ kind: 'attributeText', scope, key, text });
        }
      }
    }
    await agreeAll(cases);
    await agreeAll(cases.filter((_, at) => at % 7 === 0).map((of) => ({ kind: 'not', of })));
  });
});

test('hostile text is only text, as value, as key and as pattern', async () => {
  for (const text of HOSTILE) {
    const scopes = ['span', 'resource', 'event', 'any'] as const;
    const fields = ['name', 'service', 'scopeName', 'eventName'] as const;
    for (const scope of scopes) await agreeAll([attribute(scope, 'k', '=', string(text))]);
    for (const field of fields)
      await agreeAll([{ kind: 'field', field, operator: '=', value: string(text) }]);
    await agreeAll([
      EVERYTHING,
      ...scopes.flatMap((scope): SpanPredicate[] => [
        attribute(scope, text, '=', string('x')),
        { kind: 'attributeExists', scope, key: text },
        attribute(scope, 'k', 'contains', string(text)),
      ]),
    ]);
    for (const where of [attribute('any', 'k', '=', string(text)), EVERYTHING]) {
      const search = { kind: 'spanSearch', where, ...EVER, tenant: text } as const;
      assert.deepEqual(expectOk(await store.reader.searchSpans(search)).spans, []);
      assert.deepEqual(expectOk(await store.reader.services(text)), []);
    }
  }
  assert.equal((await allSpans(EVERYTHING)).length, spans.length);
});

test('fields of spans', async () => {
  const texts: readonly SpanField[] = [
    'service',
    'name',
    'statusMessage',
    'traceState',
    'scopeName',
    'scopeVersion',
    'eventName',
    'receiver',
  ];
  const cases: SpanPredicate[] = [];
  const add = (field: SpanField, operator: Operator, value: Literal): void => {
    cases.push({ kind: 'field', field, operator, value });
  };
  for (const field of texts) {
    for (const operator of [...OPERATORS, '=~', '!~', 'contains'] as const) {
      for (const text of ['', 'abc', 'checkout']) add(field, operator, string(text));
      add(field, operator, int(5n));
    }
  }
  for (const operator of OPERATORS) {
    for (const value of [0n, 1n, 2n, 5n, -1n]) {
      add('kind', operator, int(value));
      add('status', operator, int(value));
      add('duration', operator, int(value * 1_000_000n));
    }
    add('duration', operator, double(999_999.5));
    add('start', operator, int(NOON_NANO + 3n));
    add('kind', operator, string('2'));
    for (const id of [spanId(3), '', 'zz', spanId(0)]) {
      add('spanId', operator, string(id));
      add('parentId', operator, string(id));
    }
    for (const id of [traceId(0xabc01), '', 'abc01']) add('traceId', operator, string(id));
  }
  add('spanId', '=~', string('3$'));
  add('traceId', 'contains', string('abc'));
  await agreeAll(cases);
});

test('fields and attributes of logs', async () => {
  let matched = 0;
  const texts: readonly LogField[] = [
    'service',
    'severityText',
    'eventName',
    'scopeName',
    'receiver',
    'body',
  ];
  for (const operator of [...OPERATORS, '=~', '!~', 'contains'] as const) {
    for (const field of texts) {
      for (const text of ['', 'abc', 'hello']) {
        matched += await agreeLogs({ kind: 'field', field, operator, value: string(text) });
      }
    }
    matched += await agreeLogs({ kind: 'field', field: 'severity', operator, value: int(9n) });
    matched += await agreeLogs({
      kind: 'field',
      field: 'traceId',
      operator,
      value: string(traceId(0xabc01)),
    });
    matched += await agreeLogs({ kind: 'field', field: 'traceId', operator, value: string('') });
    matched += await agreeLogs({ kind: 'field', field: 'spanId', operator, value: string(spanId(3)) });
    for (const scope of ['span', 'resource', 'event', 'any'] as const) {
      for (const value of [string('abc'), int(5n), double(5.5), bool(false)]) {
        matched += await agreeLogs({ kind: 'attribute', scope, key: 'k', operator, value });
      }
    }
  }
  assert.ok(matched > 0);
});

test('and, or, not', async () => {
  const a = attribute('span', 'k', '>', int(1n));
  const b = attribute('any', 'k', '!=', string('abc'));
  const c: SpanPredicate = { kind: 'field', field: 'name', operator: '=', value: string('abc') };
  await agreeAll([
    { kind: 'and', of: [a, b] },
    { kind: 'or', of: [a, c] },
    { kind: 'not', of: { kind: 'or', of: [a, { kind: 'not', of: b }] } },
    { kind: 'or', of: [{ kind: 'and', of: [b, { kind: 'not', of: a }] }, c] },
    { kind: 'not', of: { kind: 'and', of: [] } },
    { kind: 'not', of: { kind: 'or', of: [] } },
  ]);
});

test('the SQL of a condition', () => {
  const sql = (where: SpanPredicate): string => expectOk(compileSpanPredicate("o'hara", where));
  assert.equal(sql(attribute('span', 'http.route', '=', string('/cart'))), `a_http_route = '/cart'`);
  assert.equal(
    sql(attribute('span', 'http.route', '!=', string('/cart'))),
    `((a_http_route != '' AND a_http_route != '/cart') OR (a_http_route = '' AND (mapContains(attrs_few, 'http.route') OR mapContains(attrs_str, 'http.route')) AND '' != '/cart'))`,
  );
  assert.equal(
    sql(attribute('span', 'order', '=', string('7'))),
    `((has(mapValues(attrs_few), '7') AND attrs_few['order'] = '7') OR attrs_str['order'] = '7')`,
  );
  assert.equal(
    sql(attribute('span', 'http.response.status_code', '>=', int(500n))),
    `(a_http_response_status_code >= 500 OR (mapContains(attrs_int, 'http.response.status_code') AND attrs_int['http.response.status_code'] >= 500) OR (mapContains(attrs_double, 'http.response.status_code') AND attrs_double['http.response.status_code'] >= 500))`,
  );
  assert.equal(
    sql(attribute('resource', 'zone', '=', string(`it's`))),
    `resource_id IN (SELECT id FROM tracewright.shared WHERE tenant = 'o\\x27hara' AND kind = 1 AND ((has(mapValues(attrs_few), 'it\\x27s') AND attrs_few['zone'] = 'it\\x27s') OR attrs_str['zone'] = 'it\\x27s'))`,
  );
  assert.equal(
    sql({ kind: 'field', field: 'duration', operator: '>', value: int(5n) }),
    'if(start_nano + toUInt64(duration_nano) >= start_nano, toUInt64(duration_nano), 0) > 5',
  );
  assert.equal(sql({ kind: 'not', of: attribute('event', 'k', '=', bool(true)) }).startsWith('NOT ('), true);
});

test('conditions beyond all measure are refused before they cost anything', async () => {
  let deep: SpanPredicate = EVERYTHING;
  for (let depth = 0; depth < 100_000; depth++) deep = { kind: 'not', of: deep };
  const wide: SpanPredicate = { kind: 'or', of: Array.from({ length: 5000 }, () => EVERYTHING) };
  const long = attribute('span', 'k', '=', string('x'.repeat(1_000_000)));
  for (const where of [deep, wide, long]) {
    const result = await store.reader.searchSpans({ kind: 'spanSearch', where, ...EVER });
    assert.ok(!result.ok);
    assert.equal(result.failure.code, 'too-large');
  }
  const pattern = await store.reader.searchSpans({
    kind: 'spanSearch',
    where: attribute('span', 'k', '=~', string('(')),
    ...EVER,
  });
  assert.ok(!pattern.ok);
  assert.deepEqual([pattern.failure.code, pattern.failure.retry], ['invalid', 'never']);
});
