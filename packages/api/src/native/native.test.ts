/** The native API over a real HTTP server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributes, log, resource, span } from '@tracewright/query/testing';
import { createClient } from '../client.ts';
import { startApi } from '../testing/start-api.ts';

const T0 = 1_700_000_000_000_000_000n;
const cart = resource('cart');
const pay = resource('payment', { 'deployment.environment': 'prod' });
const SPANS = [
  span({
    trace: 'a1',
    id: '1',
    name: 'GET /cart',
    kind: 2,
    resource: cart,
    startUnixNano: T0,
    endUnixNano: T0 + 500_000_000n,
  }),
  span({
    trace: 'a1',
    id: '2',
    parent: '1',
    name: 'charge',
    kind: 3,
    resource: pay,
    startUnixNano: T0 + 10n,
    statusCode: 2,
    attributes: attributes({ 'http.status_code': 500n, retry: true, ratio: 0.5, big: 2n ** 60n }),
  }),
  span({
    trace: 'b2',
    id: '3',
    name: 'GET /cart',
    kind: 2,
    resource: cart,
    startUnixNano: T0 + 1_000_000_000n,
  }),
];
const A1 = 'a1'.padStart(32, '0');
const B2 = 'b2'.padStart(32, '0');

test('a trace comes as OTLP JSON, as protobuf, compressed, and by any spelling of its id', async () => {
  await using api = await startApi({ spans: SPANS, logs: [log({ traceId: SPANS[0]?.traceId ?? '' })] });
  const base = `${api.url}/api/tracewright/v1/traces`;
  const response = await fetch(`${base}/${A1}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.equal(response.headers.get('x-tracewright-spans'), '2');
  const json = (await response.json()) as {
    resourceSpans: { scopeSpans: { spans: { spanId: string }[] }[] }[];
  };
  const ids = json.resourceSpans.flatMap((r) =>
    r.scopeSpans.flatMap((s) => s.spans.map((each) => each.spanId)),
  );
  assert.deepEqual(ids, ['0000000000000001', '0000000000000002']);
  for (const spelling of ['A1', '00000000-0000-0000-0000-0000000000a1', `00-${A1}-0000000000000001-01`]) {
    assert.equal((await fetch(`${base}/${spelling}`)).headers.get('x-tracewright-spans'), '2', spelling);
  }
  const protobuf = await fetch(`${base}/${A1}`, { headers: { accept: 'application/x-protobuf' } });
  assert.equal(protobuf.headers.get('content-type'), 'application/x-protobuf');
  assert.ok((await protobuf.arrayBuffer()).byteLength > 100);
  const withLogs = (await (await fetch(`${base}/${A1}?logs=true`)).json()) as { resourceLogs: unknown[] };
  assert.equal(withLogs.resourceLogs.length, 1);
  const head = await fetch(`${base}/${A1}`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
  assert.deepEqual(api.faults, []);
});

test('a trace that is not there, and an id that is none, are told apart', async () => {
  await using api = await startApi({ spans: SPANS });
  const missing = await fetch(`${api.url}/api/tracewright/v1/traces/ff`);
  assert.equal(missing.status, 404);
  assert.deepEqual(await missing.json(), { error: { code: 'not-found', message: 'There is no trace ff' } });
  const bad = await fetch(`${api.url}/api/tracewright/v1/traces/xyz`);
  assert.equal(bad.status, 400);
  assert.equal(((await bad.json()) as { error: { field: string } }).error.field, 'id');
});

test('the client searches by expression, by parameters and by predicate, and pages to the end', async () => {
  await using api = await startApi({ spans: SPANS });
  const client = createClient({ url: api.url });
  const found = await client.search({
    q: '{ resource.service.name = "payment" && span.http.status_code >= 500 }',
  });
  assert.ok(found.ok);
  assert.deepEqual(
    found.value.traces?.map((hit) => hit.traceId),
    [A1],
  );
  assert.equal(found.value.next, undefined);
  const byTag = await client.search({ tag: ['http.status_code=500', 'retry=true'], of: 'spans' });
  assert.ok(byTag.ok);
  assert.deepEqual(
    byTag.value.spans?.map((hit) => [hit.name, hit.kind, hit.status, hit.attributes]),
    [
      [
        'charge',
        'client',
        'error',
        { 'http.status_code': 500, retry: true, ratio: 0.5, big: String(2n ** 60n) },
      ],
    ],
  );
  const byPredicate = await client.searchByPredicate({
    where: {
      kind: 'and',
      of: [
        { kind: 'field', field: 'service', value: 'cart' },
        { kind: 'not', of: { kind: 'field', field: 'duration', operator: '>=', value: '100ms' } },
      ],
    },
  });
  assert.ok(byPredicate.ok);
  assert.deepEqual(
    byPredicate.value.traces?.map((hit) => hit.traceId),
    [B2],
  );
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.search({ limit: 1, ...(cursor === undefined ? {} : { cursor }) });
    assert.ok(page.ok);
    seen.push(...(page.value.traces ?? []).map((hit) => hit.traceId));
    cursor = page.value.next;
  } while (cursor !== undefined);
  assert.deepEqual(seen, [B2, A1]);
});

test('a wrong parameter is named, with the place in the expression and what would work', async () => {
  await using api = await startApi({ spans: SPANS });
  const client = createClient({ url: api.url });
  const bad = await client.search({ q: '{ statsu = error }' });
  assert.ok(!bad.ok);
  assert.equal(bad.failure.code, 'invalid');
  assert.equal(bad.failure.field, 'q');
  assert.deepEqual(bad.failure.query, {
    position: 2,
    length: 6,
    expected: 'a field, a value, or an attribute with its scope',
    suggestion: 'status',
  });
  const unknown = await fetch(`${api.url}/api/tracewright/v1/search?servce=x`);
  assert.equal(unknown.status, 400);
  assert.match(await unknown.text(), /There is no parameter \\"servce\\"; known are q, service/);
  const method = await fetch(`${api.url}/api/tracewright/v1/services`, { method: 'DELETE' });
  assert.equal(method.status, 405);
  assert.equal(method.headers.get('allow'), 'GET, HEAD');
  const nowhere = await fetch(`${api.url}/api/tracewright/v1/nothing`);
  assert.equal(nowhere.status, 404);
});

test('services, operations, status and the retry of a segment', async () => {
  await using api = await startApi({ spans: SPANS });
  const client = createClient({ url: api.url });
  const services = await client.listServices({});
  assert.deepEqual(services, { ok: true, value: { services: ['cart', 'payment'] } });
  const operations = await client.listOperations({ service: 'cart' });
  assert.deepEqual(operations, {
    ok: true,
    value: { operations: [{ service: 'cart', name: 'GET /cart', kind: 'server' }] },
  });
  const status = await client.getStatus({});
  assert.ok(status.ok);
  assert.equal(status.value.accounts.spans.received, 12);
  assert.deepEqual(await client.retryQuarantined({ segment: 's-1' }), {
    ok: true,
    value: { segment: 's-1' },
  });
  const missing = await client.retryQuarantined({ segment: 'a/b' });
  assert.ok(!missing.ok);
  assert.equal(missing.failure.message, 'There is no quarantined segment a/b');
});

test('logs by trace, by severity and by text, oldest first with a cursor', async () => {
  const logs = [1n, 2n, 3n].map((n) =>
    log({
      timeUnixNano: T0 + n,
      body: { type: 'string', value: `line ${n}` },
      severityNumber: Number(n) * 8,
      ...(n === 2n
        ? { traceId: SPANS[0]?.traceId ?? '', eventName: 'e', attributes: attributes({ user: 'u1' }) }
        : {}),
    }),
  );
  await using api = await startApi({ logs });
  const client = createClient({ url: api.url });
  const byTrace = await client.searchLogs({ trace: 'a1' });
  assert.ok(byTrace.ok);
  assert.deepEqual(byTrace.value.logs, [
    {
      timeUnixNano: String(T0 + 2n),
      observedUnixNano: String(T0),
      severityNumber: 16,
      severityText: 'INFO',
      body: 'line 2',
      service: 'shop',
      traceId: A1,
      eventName: 'e',
      attributes: { user: 'u1' },
      resource: { 'service.name': 'shop' },
    },
  ]);
  const first = await client.searchLogs({ order: 'oldest', limit: 2 });
  assert.ok(first.ok && first.value.next !== undefined);
  const second = await client.searchLogs({ order: 'oldest', limit: 2, cursor: first.value.next });
  assert.ok(second.ok);
  const bodies = [...first.value.logs, ...second.value.logs].map((each) => each.body);
  assert.deepEqual(bodies, ['line 1', 'line 2', 'line 3']);
  const wrong = await client.searchLogs({ order: 'newest', cursor: first.value.next });
  assert.ok(!wrong.ok);
  assert.equal(wrong.failure.message, 'cursor belongs to another search: start that one without a cursor');
  const severe = await client.searchLogs({ severity: 'error', grep: 'line' });
  assert.ok(severe.ok);
  assert.deepEqual(
    severe.value.logs.map((each) => each.body),
    ['line 3'],
  );
  const expression = await client.searchLogs({ q: '{ severity >= warn && log.user = "u1" }' });
  assert.ok(expression.ok);
  assert.equal(expression.value.logs.length, 1);
});

test('a large answer is compressed for who asks, and streams whole', async () => {
  const many = Array.from({ length: 3000 }, (_, at) =>
    span({
      trace: 'c3',
      id: (at + 1).toString(16),
      startUnixNano: T0 + BigInt(at),
      resource: at % 3 === 0 ? pay : cart,
    }),
  );
  await using api = await startApi({ spans: many });
  const response = await fetch(`${api.url}/api/tracewright/v1/traces/c3`, {
    headers: { 'accept-encoding': 'gzip' },
  });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  const json = (await response.json()) as {
    resourceSpans: { scopeSpans: { spans: { spanId: string }[] }[] }[];
  };
  const ids = json.resourceSpans.flatMap((r) =>
    r.scopeSpans.flatMap((s) => s.spans.map((each) => each.spanId)),
  );
  assert.equal(new Set(ids).size, 3000);
  const plain = await fetch(`${api.url}/api/tracewright/v1/traces/c3`, {
    headers: { 'accept-encoding': 'identity' },
  });
  assert.equal(plain.headers.get('content-encoding'), null);
  assert.deepEqual(await plain.json(), json);
});
