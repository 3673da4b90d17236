/** The answers of OTLP/HTTP, status by status, as the specification has them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { failure } from '@tracewright/std';
import { MemoryIngest } from '../testing/memory-ingest.ts';
import { type OtlpHttpOptions, otlpHttp } from './http.ts';
import { httpOptions } from './testing/receiver-options.ts';
import { readStatusMessage } from './testing/retry-info.ts';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const EMPTY_REQUEST = Uint8Array.of(10, 0);

type Bench = AsyncDisposable & { ingest: MemoryIngest; url: string; status(): object };

async function open(change: Partial<OtlpHttpOptions> = {}): Promise<Bench> {
  const ingest = new MemoryIngest();
  const component = otlpHttp.create(httpOptions(ingest, change));
  const started = await component.start();
  assert.ok(started.ok);
  return {
    ingest,
    url: component.check().endpoint,
    status: () => component.check(),
    [Symbol.asyncDispose]: () => component[Symbol.asyncDispose](),
  };
}

async function send(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string>,
  method: string = 'POST',
): Promise<{ status: number; headers: Headers; bytes: Uint8Array; text: string }> {
  const answer = await fetch(url, { method, headers, ...(method === 'POST' ? { body } : {}) });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, bytes, text: new TextDecoder().decode(bytes) };
}

test('an empty request succeeds on each path, and the answer speaks as the request did', async () => {
  await using bench = await open();
  for (const path of ['/v1/traces', '/v1/logs', '/v1/metrics', '/v1/traces?tenant=x']) {
    const protobuf = await send(bench.url + path, '', { 'content-type': PROTOBUF });
    assert.equal(protobuf.status, 200);
    assert.equal(protobuf.headers.get('content-type'), PROTOBUF);
    assert.equal(protobuf.bytes.length, 0);
    for (const body of ['', '{}']) {
      const json = await send(bench.url + path, body, { 'content-type': 'Application/JSON; charset=utf-8' });
      assert.equal(json.status, 200);
      assert.equal(json.headers.get('content-type'), JSON_TYPE);
      assert.deepEqual(JSON.parse(json.text), {});
    }
  }
});

test('each coding is handed on as it came', async () => {
  await using bench = await open();
  const codings = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync };
  for (const [coding, compress] of Object.entries(codings)) {
    const headers = { 'content-type': PROTOBUF, 'content-encoding': coding };
    const answer = await send(`${bench.url}/v1/traces`, compress(EMPTY_REQUEST), headers);
    assert.equal(answer.status, 200, answer.text);
  }
  const identity = { 'content-type': PROTOBUF, 'content-encoding': 'identity' };
  assert.equal((await send(`${bench.url}/v1/traces`, EMPTY_REQUEST, identity)).status, 200);
  assert.deepEqual(
    bench.ingest.requests.map(({ coding }) => coding),
    ['gzip', 'deflate', 'zstd', 'identity'],
  );
});

test('bodies that cannot be decoded are 400 with a status in the encoding of the request', async () => {
  await using bench = await open();
  for (const path of ['/v1/traces', '/v1/logs']) {
    const protobuf = await send(bench.url + path, Uint8Array.of(255, 255), { 'content-type': PROTOBUF });
    assert.equal(protobuf.status, 400);
    assert.equal(protobuf.headers.get('content-type'), PROTOBUF);
    assert.match(readStatusMessage(protobuf.bytes), /^Cannot decode OTLP/);
    const json = await send(bench.url + path, '{"resourceSpans":[', { 'content-type': JSON_TYPE });
    assert.equal(json.status, 400);
    assert.equal(json.headers.get('content-type'), JSON_TYPE);
    assert.equal(JSON.parse(json.text).code, 3);
    assert.equal(json.headers.get('retry-after'), null);
  }
});

test('a request that is accepted in part is 200 and says what was rejected', async () => {
  await using bench = await open();
  const span = { traceId: '11'.repeat(16), name: 'x', startTimeUnixNano: '1', endTimeUnixNano: '2' };
  const spans = [
    { ...span, spanId: '22'.repeat(8) },
    { ...span, spanId: '22' },
  ];
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const answer = await send(`${bench.url}/v1/traces`, body, { 'content-type': JSON_TYPE });
  assert.equal(answer.status, 200, answer.text);
  const { partialSuccess } = JSON.parse(answer.text);
  assert.equal(partialSuccess.rejectedSpans, '1');
  assert.match(partialSuccess.errorMessage, /span id/i);
  assert.deepEqual([...bench.ingest.accepted.traces.keys()], ['22'.repeat(8)]);
});

test('only failures that pass are answered with a status that senders retry', async () => {
  await using bench = await open();
  const expected = [
    [failure('overloaded', 'x', { retryAfterMs: 2500 }), 503, '3'],
    [failure('unavailable', 'x'), 503, '1'],
    [failure('internal', 'x', { retry: 'later' }), 503, '1'],
    [failure('resource', 'x', { retry: 'later', retryAfterMs: 10 }), 503, '1'],
    [failure('unavailable', 'x', { retry: 'never' }), 500, null],
    [failure('deadline', 'x'), 500, null],
    [failure('invalid', 'x'), 400, null],
    [failure('too-large', 'x'), 413, null],
    [failure('unauthenticated', 'x'), 401, null],
    [failure('forbidden', 'x'), 403, null],
    [failure('unsupported', 'x'), 415, null],
    [failure('resource', 'x'), 500, null],
    [failure('internal', 'x'), 500, null],
  ] as const;
  for (const [cause, status, retryAfter] of expected) {
    bench.ingest.script = () => cause;
    const answer = await send(`${bench.url}/v1/logs`, EMPTY_REQUEST, { 'content-type': PROTOBUF });
    assert.equal(answer.status, status, cause.code);
    assert.equal(answer.headers.get('retry-after'), retryAfter, cause.code);
    assert.equal(readStatusMessage(answer.bytes), 'x');
  }
});

test('other methods, media types and paths are refused in the words that senders know', async () => {
  await using bench = await open();
  const get = await send(`${bench.url}/v1/traces`, '', {}, 'GET');
  assert.equal(get.status, 405);
  assert.equal(get.headers.get('allow'), 'POST, OPTIONS');
  assert.match(get.text, /^405 method not allowed, supported: \[POST\]/);
  for (const type of ['text/plain', 'application/x-protobufs', 'application/grpc']) {
    const answer = await send(`${bench.url}/v1/logs`, 'x', { 'content-type': type });
    assert.equal(answer.status, 415);
    assert.match(
      answer.text,
      /^415 unsupported media type, supported: \[application\/json, application\/x-protobuf\]/,
    );
  }
  for (const path of ['/', '/v1/traces/', '/v1/trace', '/v2/traces', '/v1/traces/../logs/x'])
    assert.equal((await send(bench.url + path, '', { 'content-type': PROTOBUF })).status, 404, path);
  assert.equal(bench.ingest.requests.length, 0);
});

test('metrics are accepted, counted and thrown away', async () => {
  await using bench = await open();
  const answer = await send(`${bench.url}/v1/metrics`, new Uint8Array(100_000), { 'content-type': PROTOBUF });
  assert.equal(answer.status, 200);
  assert.equal(answer.bytes.length, 0);
  assert.equal(bench.ingest.discarded, 1);
  assert.equal(bench.ingest.requests.length, 0);
  const json = await send(`${bench.url}/v1/metrics`, '{"resourceMetrics":[]}', { 'content-type': JSON_TYPE });
  assert.equal(json.text, '{}');
});

test('pages of localhost and of listed origins may send, and read the answer', async () => {
  const settings = { enabled: true, port: 0, bodyBytesMax: 1 << 20, corsOrigins: ['https://*.shop.example'] };
  await using bench = await open({ settings });
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1:8080', 'https://www.shop.example']) {
    const asked = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,authorization',
    };
    const preflight = await send(`${bench.url}/v1/traces`, '', asked, 'OPTIONS');
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
    assert.equal(preflight.headers.get('access-control-allow-methods'), 'POST');
    assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type,authorization');
    const sent = await send(`${bench.url}/v1/traces`, '{}', { origin, 'content-type': JSON_TYPE });
    assert.equal(sent.status, 200);
    assert.equal(sent.headers.get('access-control-allow-origin'), origin);
    assert.equal(sent.headers.get('vary'), 'Origin');
    const bad = await send(`${bench.url}/v1/traces`, '{', { origin, 'content-type': JSON_TYPE });
    assert.equal(bad.status, 400);
    assert.equal(bad.headers.get('access-control-allow-origin'), origin);
  }
  const own = await send(`${bench.url}/v1/traces`, '{}', { origin: bench.url, 'content-type': JSON_TYPE });
  assert.equal(own.status, 200);
  for (const origin of ['https://shop.example.attacker.example', 'http://www.shop.example', 'null'])
    assert.equal(
      (await send(`${bench.url}/v1/traces`, '{}', { origin, 'content-type': JSON_TYPE })).status,
      403,
    );
});

test('a preflight needs no token, the request after it does', async () => {
  await using bench = await open({ token: 'secret' });
  const origin = 'http://localhost:3000';
  const preflight = await send(`${bench.url}/v1/traces`, '', { origin }, 'OPTIONS');
  assert.equal(preflight.status, 204);
  const answer = await send(`${bench.url}/v1/traces`, '{}', { origin, 'content-type': JSON_TYPE });
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get('access-control-allow-origin'), origin);
});

test('a second receiver on the port says what holds it, in start and in check', async () => {
  await using bench = await open();
  const port = Number(new URL(bench.url).port);
  const settings = { enabled: true, port, bodyBytesMax: 1 << 20, corsOrigins: [] };
  const second = otlpHttp.create(httpOptions(bench.ingest, { settings }));
  const started = await second.start();
  assert.ok(!started.ok);
  assert.match(
    started.failure.message,
    new RegExp(`127\\.0\\.0\\.1:${port} \\(setting receivers\\.otlp\\.http\\.port\\)`),
  );
  assert.equal(second.check().listening, false);
  assert.equal(second.check().error, started.failure.message);
  await bench[Symbol.asyncDispose]();
  assert.ok((await second.start()).ok);
  assert.equal(second.check().error, undefined);
  await second[Symbol.asyncDispose]();
});
