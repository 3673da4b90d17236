/** Searching: complete, in order, page by page, against a brute-force reading of the same rows. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LogRecord, Span } from '@tracewright/model';
import {
  type Cursor,
  EVERYTHING,
  type LogPredicate,
  type LogSearch,
  type SpanPredicate,
  type SpanSearch,
  type TraceSearch,
} from '@tracewright/query';
import { evaluateLog, evaluateSpan } from '@tracewright/query/testing';
import { Random } from '../testing/random.ts';
import { attributesOf, makeLog, makeSpan, NOON_NANO, resourceOf, spanId, traceId } from '../testing/rows.ts';
import { expectOk, openTestStore, type TestStore } from '../testing/store.ts';

const EVER = { fromNano: 0n, toNano: 2n ** 64n - 1n };
const HOUR = 3_600_000_000_000n;
const random = new Random(20_260_102);

let store: TestStore;
const spans: Span[] = [];
const logs: LogRecord[] = [];

before(async () => {
  store = await openTestStore();
  makeRows();
  // Arrival is by and large the order of the events, and some rows come hours later than they happened.
  const segments = 12;
  for (let at = 0; at < segments; at++) {
    const mine = <T>(rows: readonly T[]): T[] => rows.filter((_, index) => index % segments === at);
    await store.store(
      NOON_NANO / 1000n + BigInt(at) * 300_000n,
      { spans: mine(spans), logs: mine(logs) },
      40,
    );
  }
  // A resend of some of it, as another request.
  await store.store(NOON_NANO / 1000n + 90_000_000n, {
    spans: spans.slice(0, 60).map((span) => ({ ...span, arrivedUnixMs: span.arrivedUnixMs + 90_000 })),
    logs: logs.slice(0, 40),
  });
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

function makeRows(): void {
  for (let at = 0; at < 600; at++) {
    const trace = random.below(120);
    const kind = random.below(20);
    const start =
      kind === 0
        ? BigInt(random.below(5)) // 1970
        : kind === 1
          ? 2n ** 64n - 1n - BigInt(random.below(2)) // the end of time
          : kind === 2
            ? 4_102_444_800_000_000_000n + BigInt(random.below(5)) // 2100
            : NOON_NANO -
              (kind < 6 ? BigInt(random.below(40)) * HOUR : BigInt(random.below(60)) * 500_000_000n);
    spans.push(
      makeSpan({
        traceId: traceId(1000 + trace),
        spanId: spanId(1 + at),
        parentSpanId: random.below(4) === 0 ? '' : spanId(1 + random.below(at + 1)),
        name: random.pick(['GET /cart', 'POST /pay', 'SELECT', 'publish']),
        kind: random.below(6),
        statusCode: random.below(3),
        startUnixNano: start,
        endUnixNano:
          random.below(10) === 0 ? 0n : BigInt.asUintN(64, start + BigInt(random.below(2_000_000))),
        resource: resourceOf(random.pick(['cart', 'pay', 'stock'])),
        attributes: attributesOf({ region: random.pick(['eu', 'us']), shard: BigInt(random.below(4)) }),
        arrivedUnixMs: Number(NOON_NANO / 1_000_000n) + at,
      }),
    );
  }
  for (let at = 0; at < 300; at++) {
    const untimed = random.below(10) === 0;
    const time = at % 50 === 0 ? 2n ** 64n - 1n : NOON_NANO - BigInt(random.below(20)) * 1_000_000_000n;
    logs.push(
      makeLog({
        timeUnixNano: untimed ? 0n : time,
        observedUnixNano: time,
        severityNumber: 1 + random.below(24),
        body: { type: 'string', value: `line ${random.below(30)}` },
        traceId: random.below(3) === 0 ? traceId(1000 + random.below(120)) : '',
        attributes: attributesOf({ region: random.pick(['eu', 'us']) }),
        resource: resourceOf(random.pick(['cart', 'pay'])),
      }),
    );
  }
}

const conditions: Readonly<Record<string, SpanPredicate>> = {
  everything: EVERYTHING,
  'one service': field('service', 'pay'),
  'service and name': { kind: 'and', of: [field('service', 'cart'), field('name', 'SELECT')] },
  'an attribute': attribute('region', 'eu'),
  nothing: field('service', 'nobody'),
};

function field(name: 'service' | 'name', value: string): SpanPredicate {
  return { kind: 'field', field: name, operator: '=', value: { type: 'string', value } };
}
function attribute(key: string, value: string): SpanPredicate {
  return { kind: 'attribute', scope: 'any', key, operator: '=', value: { type: 'string', value } };
}

const ranges: Readonly<Record<string, { fromNano: bigint; toNano: bigint }>> = {
  ever: EVER,
  'the last ten seconds': { fromNano: NOON_NANO - 10_000_000_000n, toNano: NOON_NANO + 1n },
  'the day before': { fromNano: NOON_NANO - 30n * HOUR, toNano: NOON_NANO - 5n * HOUR },
  '1970': { fromNano: 0n, toNano: 1000n },
  '2100': { fromNano: 4_000_000_000_000_000_000n, toNano: 5_000_000_000_000_000_000n },
};

describe('traces', () => {
  for (const [rangeName, range] of Object.entries(ranges)) {
    for (const [name, where] of Object.entries(conditions)) {
      test(`${name}, ${rangeName}: all of them, newest first, in pages as in one`, async () => {
        const expected = expectedTraces(where, range);
        const whole = await page({ where, ...range, limit: 1000 });
        assert.equal(whole.next, undefined);
        assert.deepEqual(
          whole.traces.map((hit) => [hit.traceId, hit.matchedUnixNano]),
          expected,
        );
        const paged: string[] = [];
        let after: Cursor | undefined;
        do {
          const part = await page({ where, ...range, limit: 16, ...(after === undefined ? {} : { after }) });
          assert.ok(part.traces.length === 16 || part.next === undefined);
          paged.push(...part.traces.map((hit) => hit.traceId));
          after = part.next;
        } while (after !== undefined);
        assert.deepEqual(
          paged,
          expected.map(([id]) => id),
        );
      });
    }
  }

  test('a hit counts the whole trace, its copies once', async () => {
    const { traces } = await page({ where: field('service', 'pay'), ...EVER, limit: 1000 });
    for (const hit of traces) {
      const own = spans.filter((span) => span.traceId === hit.traceId);
      const start = sorted(own.map((span) => span.startUnixNano))[0] ?? 0n;
      const end = sorted(own.flatMap((span) => [span.startUnixNano, span.endUnixNano])).at(-1) ?? 0n;
      assert.equal(hit.spans, own.length);
      assert.equal(hit.errors, own.filter((span) => span.statusCode === 2).length);
      assert.equal(hit.startUnixNano, start);
      assert.equal(hit.durationNano, end - start);
      const roots = own.filter((span) => span.parentSpanId === '');
      const root = (roots.length > 0 ? roots : own).reduce((a, b) =>
        a.startUnixNano < b.startUnixNano || (a.startUnixNano === b.startUnixNano && a.spanId < b.spanId)
          ? a
          : b,
      );
      // Services are summarized apart: two of them starting alike is the one case without a rule.
      if (roots.filter((span) => span.startUnixNano === root.startUnixNano).length < 2) {
        assert.deepEqual([hit.rootService, hit.rootName], [root.resource.service, root.name]);
      }
      for (const service of hit.services) {
        const mine = own.filter((span) => span.resource.service === service.name);
        assert.deepEqual(
          [service.spans, service.errors],
          [mine.length, mine.filter((span) => span.statusCode === 2).length],
        );
      }
    }
  });
});

function sorted(values: readonly bigint[]): bigint[] {
  return [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

test('a cursor that is none is refused', async () => {
  const range = { ...EVER, where: EVERYTHING, limit: 5, tenant: 'default' };
  const wrong: Cursor[] = [
    { timeNano: 5n, traceId: `'; --`, spanId: '' },
    { timeNano: 5n, traceId: traceId(1), spanId: 'x' },
    { timeNano: 5n, traceId: '', spanId: spanId(1) },
  ];
  for (const after of wrong) {
    for (const result of [
      await store.reader.searchTraces({ kind: 'traceSearch', ...range, after }),
      await store.reader.searchSpans({ kind: 'spanSearch', ...range, after }),
      await store.reader.searchLogs({ kind: 'logSearch', ...range, order: 'newest', after }),
    ]) {
      assert.ok(!result.ok);
      assert.equal(result.failure.code, 'invalid');
    }
  }
});

type Range = { readonly fromNano: bigint; readonly toNano: bigint };

async function page(search: Omit<TraceSearch, 'kind' | 'tenant'>) {
  return expectOk(await store.reader.searchTraces({ kind: 'traceSearch', tenant: 'default', ...search }));
}

function inRange(nano: bigint, range: Range): boolean {
  return nano >= range.fromNano && (nano < range.toNano || range.toNano === EVER.toNano);
}

function expectedTraces(where: SpanPredicate, range: Range): [string, bigint][] {
  const newest = new Map<string, bigint>();
  for (const span of spans) {
    if (!inRange(span.startUnixNano, range) || !evaluateSpan(where, span)) continue;
    const before = newest.get(span.traceId);
    if (before === undefined || before < span.startUnixNano) newest.set(span.traceId, span.startUnixNano);
  }
  return [...newest.entries()].sort(([idA, a], [idB, b]) =>
    a === b ? (idA < idB ? 1 : -1) : a < b ? 1 : -1,
  );
}

describe('spans', () => {
  for (const [rangeName, range] of Object.entries(ranges)) {
    for (const [name, where] of Object.entries(conditions)) {
      test(`${name}, ${rangeName}: all of them, newest first, in pages as in one`, async () => {
        const expected = spans
          .filter((span) => inRange(span.startUnixNano, range) && evaluateSpan(where, span))
          .sort((a, b) => compare(b, a))
          .map((span) => span.spanId);
        const search: SpanSearch = { kind: 'spanSearch', tenant: 'default', where, ...range, limit: 1000 };
        const whole = expectOk(await store.reader.searchSpans(search));
        assert.deepEqual(
          whole.spans.map((span) => span.spanId),
          expected,
        );
        assert.equal(whole.next, undefined);
        const paged: string[] = [];
        let after: Cursor | undefined;
        do {
          const part = expectOk(
            await store.reader.searchSpans({
              ...search,
              limit: 31,
              ...(after === undefined ? {} : { after }),
            }),
          );
          paged.push(...part.spans.map((span) => span.spanId));
          after = part.next;
        } while (after !== undefined);
        assert.deepEqual(paged, expected);
      });
    }
  }
});

function compare(a: Span, b: Span): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1;
  const left = a.traceId + a.spanId;
  const right = b.traceId + b.spanId;
  return left < right ? -1 : left > right ? 1 : 0;
}

const logConditions: Readonly<Record<string, LogPredicate>> = {
  everything: EVERYTHING,
  'one service': { kind: 'field', field: 'service', operator: '=', value: { type: 'string', value: 'pay' } },
  'bad ones': { kind: 'field', field: 'severity', operator: '>=', value: { type: 'int', value: 17n } },
  'some lines': {
    kind: 'field',
    field: 'body',
    operator: '=~',
    value: { type: 'string', value: 'line 1\\d' },
  },
};

describe('logs', () => {
  for (const order of ['newest', 'oldest'] as const) {
    for (const [name, where] of Object.entries(logConditions)) {
      test(`${name}, ${order} first: all of them, in pages as in one`, async () => {
        const timeOf = (log: LogRecord): bigint => log.timeUnixNano || log.observedUnixNano;
        const key = (log: LogRecord): string =>
          [timeOf(log), log.traceId, JSON.stringify(log.body), log.severityNumber, log.resource.service].join(
            '|',
          );
        const expected = logs
          .filter((log) => evaluateLog(where, log))
          .map((log) => [timeOf(log), key(log)] as const);
        const search: LogSearch = {
          kind: 'logSearch',
          tenant: 'default',
          where,
          ...EVER,
          order,
          limit: 1000,
        };
        const whole = expectOk(await store.reader.searchLogs(search));
        assert.equal(whole.next, undefined);
        assert.deepEqual(whole.logs.map(key).sort(), expected.map(([, text]) => text).sort());
        const times = whole.logs.map(timeOf);
        assert.deepEqual(times, order === 'newest' ? sorted(times).reverse() : sorted(times));
        const paged: LogRecord[] = [];
        let after: Cursor | undefined;
        do {
          const part = expectOk(
            await store.reader.searchLogs({ ...search, limit: 9, ...(after === undefined ? {} : { after }) }),
          );
          assert.ok(part.logs.length === 9 || part.next === undefined);
          paged.push(...part.logs);
          after = part.next;
        } while (after !== undefined);
        assert.deepEqual(paged.map(key), whole.logs.map(key));
      });
    }
  }
});
