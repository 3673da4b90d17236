/**
 * Spans that are well formed and odd: enormous, cyclic, of 1970 or 2100, with text that is no text. All are kept and
 * come back by id, by search and in Jaeger's JSON, and the server answers others all the while.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertEqualOtlp } from '../testing/assert-equal-otlp.ts';
import { canonicalSpans } from '../testing/canonical-otlp.ts';
import { foundTrace } from '../testing/found-trace.ts';
import { watchLive } from '../testing/live-watch.ts';
import type { Message } from '../testing/otlp-messages.ts';
import { idBytes } from '../testing/random-otlp.ts';
import { RunningServer } from '../testing/running-server.ts';
import { JSON_TYPE, postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan, hexId, tracesJson } from '../testing/span-messages.ts';

const YEAR_NANO: bigint = 31_556_952n * 1_000_000_000n;
const LAST_NANO = '18446744073709551615';

let server: RunningServer;
before(async () => {
  server = await RunningServer.start();
});
after(() => server.dispose());

type JaegerSpan = { spanID: string; references: { spanID: string }[]; startTime: number; duration: number };
type JaegerTrace = { spans: JaegerSpan[]; warnings?: string[] | null };

async function send(body: Uint8Array | string, type?: string): Promise<void> {
  const options = type === undefined ? {} : { type };
  assert.equal(rejectedIn(await postOtlp(server, 'traces', body, options)), 0);
}

async function jaegerTrace(trace: number): Promise<JaegerTrace> {
  const answer = await fetch(server.url('api', `/api/traces/${hexId(16, trace)}`));
  const { data } = (await answer.json()) as { data: JaegerTrace[] };
  assert.equal(answer.status, 200);
  assert.ok(data[0] !== undefined);
  return data[0];
}

async function search(parameters: Record<string, string>): Promise<Message[]> {
  const answer = await fetch(server.api(`/search?${new URLSearchParams(parameters)}`));
  const found = (await answer.json()) as { traces?: Message[]; spans?: Message[] };
  assert.equal(answer.status, 200, JSON.stringify(found));
  return found.traces ?? found.spans ?? [];
}

async function assertKept(body: Uint8Array, trace: number, count: number): Promise<void> {
  const found = await foundTrace(server, hexId(16, trace), count);
  assert.equal(found.spans, count);
  const expected = canonicalSpans(body);
  assertEqualOtlp(canonicalSpans(found.protobuf), expected, 'protobuf');
  assertEqualOtlp(canonicalSpans(found.json), expected, 'JSON');
}

test('parents that form a cycle, a span that is its own parent, and a parent that never came', async () => {
  const parent = (span: number): Message => ({ parentSpanId: idBytes(8, span) });
  const cyclic = encodeTraces('odd', [
    goodSpan(1, 1, parent(3)),
    goodSpan(1, 2, parent(1)),
    goodSpan(1, 3, parent(2)),
  ]);
  const own = encodeTraces('odd', [goodSpan(2, 1, parent(1)), goodSpan(2, 2, parent(1))]);
  const orphan = encodeTraces('odd', [goodSpan(3, 2, parent(1))]);
  for (const body of [cyclic, own, orphan]) await send(body);
  await assertKept(cyclic, 1, 3);
  await assertKept(own, 2, 2);
  await assertKept(orphan, 3, 1);
  assert.equal((await jaegerTrace(1)).spans.length, 3);
  assert.equal((await jaegerTrace(2)).spans.length, 2);
  assert.equal((await jaegerTrace(3)).spans.length, 1);
  const hits = await search({ service: 'odd' });
  assert.deepEqual(hits.map(({ traceId, spans }) => [traceId, spans]).sort(), [
    [hexId(16, 1), 3],
    [hexId(16, 2), 2],
    [hexId(16, 3), 1],
  ]);
});

test('spans of any time are kept, found by search over that time, and end where they said', async () => {
  const times: [name: string, start: string, end: string][] = [
    ['1970', '0', '1'],
    ['a second after 1970', '1000000000', '1000000005'],
    ['2100', String(130n * YEAR_NANO), String(130n * YEAR_NANO + 7n)],
    ['2554', String(BigInt(LAST_NANO) - 1n), LAST_NANO],
    ['ends before it starts', '1760000000000000000', '1750000000000000000'],
    ['never ends', '1760000000000000000', '0'],
    ['as long as can be', '0', LAST_NANO],
  ];
  const spans = times.map(([name, startTimeUnixNano, endTimeUnixNano], at) =>
    goodSpan(4, at + 1, { name, startTimeUnixNano, endTimeUnixNano }),
  );
  const body = encodeTraces('times', spans);
  await send(body);
  await assertKept(body, 4, times.length);
  const jaeger = await jaegerTrace(4);
  assert.equal(jaeger.spans.length, times.length);
  assert.ok(jaeger.spans.every(({ startTime, duration }) => startTime >= 0 && duration >= 0));
  const names = async (parameters: Record<string, string>): Promise<unknown[]> =>
    (await search({ service: 'times', of: 'spans', limit: '100', ...parameters }))
      .map(({ name }) => name)
      .sort();
  assert.deepEqual(await names({}), times.map(([name]) => name).sort());
  assert.deepEqual(await names({ from: '1970-01-01T00:00:00Z', to: '1970-01-02T00:00:00Z' }), [
    '1970',
    'a second after 1970',
    'as long as can be',
  ]);
  assert.deepEqual(await names({ from: '2099-01-01T00:00:00Z', to: '2101-01-01T00:00:00Z' }), ['2100']);
});

test('a span of the very last nanosecond is found by search', async () => {
  const body = encodeTraces('end of time', [
    goodSpan(10, 1, { startTimeUnixNano: LAST_NANO, endTimeUnixNano: LAST_NANO }),
  ]);
  await send(body);
  await assertKept(body, 10, 1);
  assert.equal((await search({ service: 'end of time' })).length, 1);
  assert.equal((await search({ service: 'end of time', of: 'spans' })).length, 1);
});

test('text that is no UTF-8 is kept and shown with replacement characters; NUL is a character', async () => {
  // protobufjs writes text well, so the bytes are changed in what it wrote.
  const marker = Buffer.from('badtext');
  const body = encodeTraces('text', [
    goodSpan(5, 1, { name: 'badtext', attributes: [{ key: 'badtext', value: { stringValue: 'badtext' } }] }),
    goodSpan(5, 2, { name: 'nul\0name', attributes: [{ key: 'n\0', value: { stringValue: 'v\0\0' } }] }),
  ]);
  for (let at = Buffer.from(body).indexOf(marker); at >= 0; at = Buffer.from(body).indexOf(marker))
    body.set([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80], at);
  await send(body);
  const found = await foundTrace(server, hexId(16, 5), 2);
  assert.equal(found.spans, 2);
  const byName = new Map(canonicalSpans(found.json).map((span) => [String(span['name']), span]));
  const bad = [...byName.keys()].find((name) => name.includes('\ufffd'));
  assert.match(bad ?? '', /^\ufffd+$/);
  assert.deepEqual(byName.get('nul\0name')?.['attributes'], [['n\0', ['string', 'v\0\0']]]);
  assert.equal((await search({ service: 'text', name: 'nul\0name', of: 'spans' })).length, 1);
  assert.equal((await search({ service: 'text', tag: 'n\0=v\0\0', of: 'spans' })).length, 1);
  assert.equal((await jaegerTrace(5)).spans.length, 2);
});

test('what is sent again is stored again and shown once', async () => {
  const body = encodeTraces('again', [...[1, 2, 3].map((span) => goodSpan(6, span))]);
  for (let times = 0; times < 3; times++) await send(body);
  await server.settled();
  await send(body);
  // The same span id with another content is another span.
  const other = encodeTraces('again', [goodSpan(6, 1, { name: 'another', startTimeUnixNano: '1' })]);
  await send(other);
  const { accounts } = await server.settled();
  assert.equal(accounts.spans.stored, accounts.spans.accepted);
  const found = await foundTrace(server, hexId(16, 6), 4);
  assert.equal(found.spans, 4);
  assertEqualOtlp(
    canonicalSpans(found.protobuf),
    [...canonicalSpans(body), ...canonicalSpans(other)],
    'again',
  );
  const [hit] = await search({ service: 'again' });
  assert.equal(hit?.['spans'], 4);
  assert.equal((await search({ service: 'again', of: 'spans' })).length, 4);
  assert.equal((await jaegerTrace(6)).spans.length, 4);
});

test('a span with 100,000 attributes is kept whole and found by any of them', async (t) => {
  const attributes = Array.from({ length: 100_000 }, (_, at) => ({
    key: `attribute.${at}`,
    value: at % 2 === 0 ? { stringValue: `value ${at}` } : { intValue: String(at) },
  }));
  const body = encodeTraces('wide', [goodSpan(7, 1, { attributes })]);
  await using live = watchLive(server);
  const began = performance.now();
  await send(body);
  t.diagnostic(`acknowledged after ${Math.round(performance.now() - began)} ms`);
  await server.settled();
  t.diagnostic(`stored after ${Math.round(performance.now() - began)} ms`);
  const asked = performance.now();
  await (await fetch(server.api(`/traces/${hexId(16, 7)}`))).arrayBuffer();
  t.diagnostic(`answered in ${Math.round(performance.now() - asked)} ms`);
  await assertKept(body, 7, 1);
  assert.equal((await search({ service: 'wide', tag: 'attribute.77777=77777' })).length, 1);
  assert.equal((await search({ service: 'wide', tag: 'attribute.77776=value 77776' })).length, 1);
  assert.equal((await search({ service: 'wide', tag: 'attribute.77776=value 77777' })).length, 0);
  await send(tracesJson('wide', [goodSpan(8, 1, { attributes })]), JSON_TYPE);
  await foundTrace(server, hexId(16, 8), 1);
  const watched = await live.stop();
  t.diagnostic(`slowest answer of /live meanwhile: ${watched.slowestMs} ms`);
  assert.equal(watched.failed, 0);
});

test('a trace of 100,000 spans comes back whole, as OTLP and as Jaeger’s JSON', async (t) => {
  const count = 100_000;
  const spans = Array.from({ length: count }, (_, at) =>
    goodSpan(9, at + 1, {
      ...(at === 0 ? {} : { parentSpanId: idBytes(8, Math.floor(at / 3) + 1) }),
      attributes: [
        { key: 'http.request.method', value: { stringValue: 'GET' } },
        { key: 'at', value: { intValue: String(at) } },
      ],
    }),
  );
  const body = encodeTraces('large', spans);
  await using live = watchLive(server);
  let began = performance.now();
  await send(body);
  t.diagnostic(`${body.length} bytes acknowledged after ${Math.round(performance.now() - began)} ms`);
  await server.settled();
  t.diagnostic(`stored after ${Math.round(performance.now() - began)} ms`);

  began = performance.now();
  const answer = await fetch(server.api(`/traces/${hexId(16, 9)}`), {
    headers: { accept: 'application/x-protobuf' },
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  t.diagnostic(`protobuf: ${bytes.length} bytes in ${Math.round(performance.now() - began)} ms`);
  assert.equal(answer.headers.get('x-tracewright-spans'), String(count));
  assertEqualOtlp(canonicalSpans(bytes), canonicalSpans(body), 'protobuf');

  began = performance.now();
  const json = (await (await fetch(server.api(`/traces/${hexId(16, 9)}`))).json()) as Message;
  t.diagnostic(`JSON in ${Math.round(performance.now() - began)} ms`);
  assert.equal(canonicalSpans(json).length, count);

  began = performance.now();
  const jaeger = await jaegerTrace(9);
  t.diagnostic(`Jaeger's JSON in ${Math.round(performance.now() - began)} ms`);
  assert.equal(new Set(jaeger.spans.map(({ spanID }) => spanID)).size, count);

  began = performance.now();
  const [hit] = await search({ service: 'large' });
  t.diagnostic(`search in ${Math.round(performance.now() - began)} ms`);
  assert.equal(hit?.['spans'], count);
  const watched = await live.stop();
  t.diagnostic(`slowest answer of /live meanwhile: ${watched.slowestMs} ms`);
  assert.equal(watched.failed, 0);
  assert.ok(watched.slowestMs < 10_000, `the event loop was held up for ${watched.slowestMs} ms`);
});
