/** Reading back: what went in comes out, by every road, once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue, LogRecord, Span, TraceId } from '@tracewright/model';
import { EVERYTHING } from '@tracewright/query';
import {
  attributesOf,
  makeLog,
  makeSpan,
  NOON_NANO,
  resourceOf,
  SCOPE,
  spanId,
  traceId,
} from './testing/rows.ts';
import { expectOk, openTestStore, type TestStore } from './testing/store.ts';

let store: TestStore;
let segment = NOON_NANO / 1000n;
before(async () => {
  store = await openTestStore();
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

function put(rows: { readonly tenant?: string; readonly spans?: Span[]; readonly logs?: LogRecord[] }) {
  return store.store(segment++, rows);
}

async function trace(
  id: TraceId,
  lowOnly: boolean = false,
  tenant: string = 'default',
): Promise<readonly Span[]> {
  return [...expectOk(await store.reader.trace({ kind: 'traceLookup', tenant, traceId: id, lowOnly }))];
}

/** Attributes in one order, since theirs is not kept. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items: unknown[] = value.map(sortKeys);
    return items.every(hasKey) ? items.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)) : items;
  }
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sortKeys(item)]));
}

function hasKey(value: unknown): value is { readonly key: string } {
  return typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string';
}

const everyType: Readonly<Record<string, string | bigint | number | boolean | AttributeValue>> = {
  text: 'Grüße 🎉 \u0000 \ud83d',
  empty: '',
  int: -(2n ** 63n),
  most: 2n ** 63n - 1n,
  double: 1.5,
  minus: -0,
  nan: Number.NaN,
  infinite: Number.NEGATIVE_INFINITY,
  yes: true,
  no: false,
  bytes: { type: 'bytes', value: Uint8Array.of(0, 255, 10, 10, 13) },
  list: {
    type: 'array',
    value: [{ type: 'int', value: 1n }, { type: 'string', value: 'a' }, { type: 'empty' }],
  },
  map: { type: 'map', value: [{ key: 'inner', value: { type: 'bool', value: true } }] },
  none: { type: 'empty' },
  'http.route': '/cart',
  'http.request.method': '',
  'http.response.status_code': 200n,
  'http.status_code': 70_000n,
  'user.id': 5n,
  'url.path': 'x'.repeat(20_000),
};

test('a span with everything comes back equal', async () => {
  const attributes = attributesOf({ ...everyType, text: 'Grüße 🎉 \u0000' });
  const repeated = [...attributes, ...attributesOf({ 'http.route': '/again', text: 'again' })];
  const span = makeSpan({
    traceId: traceId(0xabcdef),
    spanId: spanId(7),
    parentSpanId: spanId(6),
    traceState: 'a=1,b=2',
    flags: 0x301,
    name: 'everything',
    kind: 3,
    statusCode: 2,
    statusMessage: 'boom',
    attributes: repeated,
    droppedAttributes: 3,
    events: [
      { timeUnixNano: 1n, name: 'first', attributes, droppedAttributes: 1 },
      { timeUnixNano: 2n ** 64n - 1n, name: '', attributes: [], droppedAttributes: 0 },
    ],
    droppedEvents: 4,
    links: [
      {
        traceId: traceId(1),
        spanId: spanId(2),
        traceState: 'x=y',
        attributes: [],
        droppedAttributes: 9,
        flags: 1,
      },
      { traceId: 'abcd', spanId: '', traceState: '', attributes, droppedAttributes: 0, flags: 0 },
    ],
    droppedLinks: 5,
    resource: { ...resourceOf('cart', attributes), droppedAttributes: 2, schemaUrl: 'https://example.com/1' },
    scope: { ...SCOPE, attributes, droppedAttributes: 1, schemaUrl: 'https://example.com/2' },
    weight: 8,
    weightKnown: true,
    receiver: 'otlp/grpc',
  });
  await put({ spans: [span] });
  assert.deepEqual(sortKeys(await trace(span.traceId)), sortKeys([span]));
});

test('a log record with everything comes back equal, and each kind of body', async () => {
  const bodies: (AttributeValue | undefined)[] = [
    undefined,
    { type: 'string', value: '' },
    { type: 'string', value: 'line\nof text' },
    { type: 'int', value: 5n },
    { type: 'map', value: [{ key: 'a', value: { type: 'double', value: 0.5 } }] },
    { type: 'empty' },
  ];
  const logs = bodies.map((body, at) =>
    makeLog({
      timeUnixNano: NOON_NANO + BigInt(at),
      observedUnixNano: at === 3 ? 0n : NOON_NANO,
      body,
      severityNumber: 17,
      severityText: 'ERROR',
      attributes: attributesOf({ ...everyType, text: 'a' }),
      droppedAttributes: at,
      flags: 1,
      traceId: at % 2 === 0 ? traceId(77) : '',
      spanId: at % 2 === 0 ? spanId(78) : '',
      eventName: 'event',
      resource: resourceOf('logger', attributesOf({ zone: 'a' })),
    }),
  );
  await put({ tenant: 'logs', logs });
  const search = { kind: 'logSearch', tenant: 'logs', where: EVERYTHING, limit: 50, fromNano: 0n } as const;
  const page = expectOk(
    await store.reader.searchLogs({ ...search, toNano: 2n ** 64n - 1n, order: 'oldest' }),
  );
  assert.deepEqual(sortKeys(page.logs), sortKeys(logs));
});

test('odd times are kept as they are', async () => {
  const times: [bigint, bigint][] = [
    [0n, 0n],
    [0n, 2n ** 64n - 1n],
    [2n ** 64n - 1n, 0n],
    [NOON_NANO, NOON_NANO - 1n],
    [NOON_NANO, 0n],
    [4_102_444_800_000_000_000n, 4_102_444_800_000_000_001n],
  ];
  const spans = times.map(([startUnixNano, endUnixNano], at) =>
    makeSpan({ traceId: traceId(0x0dd), spanId: spanId(at + 1), startUnixNano, endUnixNano }),
  );
  await put({ spans });
  const read = await trace(traceId(0x0dd));
  assert.deepEqual(
    new Set(read.map((span) => `${span.spanId} ${span.startUnixNano} ${span.endUnixNano}`)),
    new Set(spans.map((span) => `${span.spanId} ${span.startUnixNano} ${span.endUnixNano}`)),
  );
  const starts = read.map((span) => span.startUnixNano);
  assert.deepEqual(
    starts,
    [...starts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
  );
});

test('of many spans in several blocks each is there once and by start, and may be asked for again', async () => {
  const spans = Array.from({ length: 600 }, (_, at) =>
    makeSpan({
      traceId: traceId(0x600),
      spanId: spanId(at + 1),
      startUnixNano: NOON_NANO + BigInt((at * 7) % 600),
    }),
  );
  await put({ spans: spans.slice(0, 400) });
  await put({ spans: spans.slice(300) });
  await put({ spans: spans.slice(0, 400) });
  const read = expectOk(
    await store.reader.trace({
      kind: 'traceLookup',
      tenant: 'default',
      traceId: traceId(0x600),
      lowOnly: false,
    }),
  );
  const expected = spans
    .toSorted((a, b) => Number(a.startUnixNano - b.startUnixNano))
    .map((span) => span.spanId);
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(
      Array.from(read, (span) => span.spanId),
      expected,
    );
  }
  for (const place of [0, 300, 599]) {
    const { traceId: trace, spanId: id, parentSpanId, kind, startUnixNano, endUnixNano } = read.at(place);
    const { resource, ...rest } = read.headAt(place);
    assert.deepEqual(rest, { traceId: trace, spanId: id, parentSpanId, kind, startUnixNano, endUnixNano });
    assert.equal(resource, read.resourceAt(place));
  }
});

test('a resend is collapsed to what arrived first; what differs in anything is not', async () => {
  const span = makeSpan({
    traceId: traceId(0xd0b),
    attributes: attributesOf({ b: 'x', a: 1n }),
    arrivedUnixMs: 2000,
  });
  const variants: Span[] = [
    { ...span, name: 'other' },
    { ...span, kind: 3 },
    { ...span, endUnixNano: span.endUnixNano + 1n },
    { ...span, attributes: attributesOf({ b: 'x', a: 1 }) },
    { ...span, attributes: attributesOf({ b: 'x' }) },
    { ...span, events: [{ timeUnixNano: 1n, name: 'e', attributes: [], droppedAttributes: 0 }] },
    { ...span, resource: resourceOf('other') },
  ];
  await put({ spans: [span, ...variants] });
  await put({ spans: [{ ...span, arrivedUnixMs: 1000, receiver: 'otlp/grpc' }] });
  await put({ spans: [span, { ...span, attributes: [...span.attributes].reverse() }] });
  const read = await trace(traceId(0xd0b));
  assert.equal(read.length, 1 + variants.length);
  const content = ({ arrivedUnixMs: _, receiver: __, ...rest }: Span): unknown => sortKeys(rest);
  const kept = read.filter((one) => isDeepStrictEqual(content(one), content(span)));
  assert.deepEqual(
    kept.map(({ arrivedUnixMs, receiver }) => [arrivedUnixMs, receiver]),
    [[1000, 'otlp/grpc']],
  );
});

test('a trace is found by the low half of its id, and then every trace that shares it', async () => {
  const low = 'deadbeefdeadbeef';
  const ids = [`${'0'.repeat(16)}${low}`, `${'1'.repeat(16)}${low}`] as TraceId[];
  await put({ spans: ids.map((id, at) => makeSpan({ traceId: id, spanId: spanId(at + 1) })) });
  assert.deepEqual(
    (await trace(ids[0] as TraceId)).map((span) => span.traceId),
    [ids[0]],
  );
  assert.deepEqual(
    (await trace(ids[0] as TraceId, true)).map((span) => span.traceId),
    ids,
  );
  assert.deepEqual(await trace(traceId(0xffff_ffff)), []);
});

test('tenants do not see each other', async () => {
  const shared = { traceId: traceId(0x7e4a), spanId: spanId(1) };
  await put({
    tenant: 'one',
    spans: [makeSpan({ ...shared, name: 'mine', resource: resourceOf('one-service') })],
  });
  await put({
    tenant: `two'`,
    spans: [makeSpan({ ...shared, name: 'yours', resource: resourceOf('two-service') })],
  });
  assert.deepEqual(
    (await trace(shared.traceId, false, 'one')).map(({ name }) => name),
    ['mine'],
  );
  assert.deepEqual(
    (await trace(shared.traceId, true, `two'`)).map(({ name }) => name),
    ['yours'],
  );
  assert.deepEqual(await trace(shared.traceId), []);
  assert.deepEqual(expectOk(await store.reader.services('one')), ['one-service']);
  assert.deepEqual(expectOk(await store.reader.operations(`two'`)), [
    { service: 'two-service', name: 'yours', kind: 2 },
  ]);
  const both = [...expectOk(await store.reader.traces('one', [shared.traceId, traceId(5)]))];
  assert.deepEqual(
    both.map(({ name }) => name),
    ['mine'],
  );
});

test('services and operations, sorted and each once, of spans and of logs', async () => {
  const tenant = 'lists';
  for (let round = 0; round < 3; round++) {
    await put({
      tenant,
      spans: ['b', 'a', 'B'].flatMap((service, at) => [
        makeSpan({ spanId: spanId(at + 1), resource: resourceOf(service), name: 'GET', kind: 2 }),
        makeSpan({ spanId: spanId(at + 10), resource: resourceOf(service), name: 'GET', kind: 3 }),
      ]),
      logs: [makeLog({ resource: resourceOf('only-logs') })],
    });
  }
  assert.deepEqual(expectOk(await store.reader.services(tenant)), ['B', 'a', 'b', 'only-logs']);
  assert.deepEqual(expectOk(await store.reader.operations(tenant, 'a')), [
    { service: 'a', name: 'GET', kind: 2 },
    { service: 'a', name: 'GET', kind: 3 },
  ]);
  assert.equal(expectOk(await store.reader.operations(tenant)).length, 6);
});

test('the state of the tables', async () => {
  const tables = expectOk(await store.reader.tables());
  const spans = tables.find(({ table }) => table === 'spans');
  assert.ok(spans !== undefined);
  assert.ok(spans.rows > 0 && spans.bytesOnDisk > 0 && spans.parts > 0);
  assert.equal(spans.oldestArrivalUnixMs, Date.UTC(2026, 0, 2));
  assert.ok(tables.some(({ table }) => table === 'logs'));
});

test('spans of one answer share their resource and scope objects', async () => {
  const spans = [1, 2, 3].map((at) => makeSpan({ traceId: traceId(0x5a3e), spanId: spanId(at) }));
  await put({ spans });
  const [first, ...rest] = await trace(traceId(0x5a3e));
  assert.ok(first !== undefined);
  for (const span of rest) {
    assert.equal(span.resource, first.resource);
    assert.equal(span.scope, first.scope);
  }
});

test('a trace of a hundred thousand spans comes back whole and lets others run', async () => {
  const count = 100_000;
  const resources = ['a', 'b', 'c'].map((service) => resourceOf(service));
  const spans = Array.from({ length: count }, (_, at) =>
    makeSpan({
      traceId: traceId(0xb16),
      spanId: spanId(at + 1),
      startUnixNano: NOON_NANO + BigInt(at),
      resource: resources[at % 3] as Span['resource'],
      attributes: attributesOf({
        'order.id': `order-${at}`,
        tier: `t${at % 5}`,
        size: BigInt(at),
        'http.route': '/x',
      }),
    }),
  );
  for (let from = 0; from < count; from += 25_000) await put({ spans: spans.slice(from, from + 25_000) });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const read = await trace(traceId(0xb16));
  clearInterval(timer);
  assert.equal(read.length, count);
  assert.ok(read.every((span, at) => span.spanId === spanId(at + 1)));
  assert.ok(turns > 3, 'timers ran while the trace was read');
  const hits = expectOk(
    await store.reader.searchTraces({
      kind: 'traceSearch',
      tenant: 'default',
      fromNano: NOON_NANO,
      toNano: NOON_NANO + 200_000n,
      where: { kind: 'field', field: 'service', operator: '=', value: { type: 'string', value: 'b' } },
      limit: 5,
    }),
  );
  assert.equal(hits.traces[0]?.spans, count);
});
