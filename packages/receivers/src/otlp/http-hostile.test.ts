/** Broken and hostile clients of OTLP/HTTP: each gets the protocol's own answer, and the next request is served. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { exchange, openRawSocket, type RawSocket } from '@tracewright/http/testing';
import { until } from '../testing/contract.ts';
import { MemoryIngest } from '../testing/memory-ingest.ts';
import { type OtlpHttpOptions, otlpHttp } from './http.ts';
import { httpOptions } from './testing/receiver-options.ts';
import { readStatusMessage } from './testing/retry-info.ts';

const PROTOBUF = 'application/x-protobuf';
const BODY_BYTES_MAX = 256 * 1024;
const LIMITS = { headersTimeoutMs: 150, requestTimeoutMs: 300 };

type Bench = { ingest: MemoryIngest; url: string; component: ReturnType<typeof otlpHttp.create> };

/** Runs `attack`, then asserts that an honest request is served as if nothing had been. */
async function underAttack(
  change: Partial<OtlpHttpOptions>,
  attack: (bench: Bench) => Promise<void>,
): Promise<void> {
  const ingest = new MemoryIngest();
  const options = httpOptions(ingest, {
    settings: { enabled: true, port: 0, bodyBytesMax: BODY_BYTES_MAX, corsOrigins: [] },
    ...change,
  });
  await using component = otlpHttp.create(options);
  assert.ok((await component.start()).ok);
  const url = component.check().endpoint;
  await attack({ ingest, url, component });
  const authorization = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  const answer = await post(url, Uint8Array.of(10, 0), authorization);
  assert.equal(answer.status, 200, await answer.text());
}

function post(url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': PROTOBUF, ...headers },
    body,
  });
}

function head(...lines: string[]): string {
  return `${['POST /v1/traces HTTP/1.1', 'Host: localhost', `Content-Type: ${PROTOBUF}`, ...lines].join('\r\n')}\r\n\r\n`;
}

async function messageOf(answer: Response): Promise<string> {
  assert.equal(answer.headers.get('content-type'), PROTOBUF);
  return readStatusMessage(new Uint8Array(await answer.arrayBuffer()));
}

test('headers that trickle are cut off with 408', () =>
  underAttack({ limits: LIMITS }, async ({ url }) => {
    const socket = await openRawSocket(url);
    socket.write('POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n');
    assert.match(await socket.closed(), /^HTTP\/1\.1 408 /);
  }));

test('a body that trickles is cut off with 408, on a connection that has served before too', () =>
  underAttack({ limits: LIMITS }, async ({ url, ingest }) => {
    const socket = await openRawSocket(url);
    socket.write(`${head('Content-Length: 2')}\n\0`);
    await socket.until(/HTTP\/1\.1 200 /);
    socket.write(`${head('Content-Length: 1000')}half`);
    assert.match(await socket.closed(), /HTTP\/1\.1 408 /);
    await until(() => ingest.refused.some(({ reason }) => reason === 'cancelled'));
    assert.equal(ingest.requests.length, 1);
  }));

test('a connection that closes in the middle of a body is counted and forgotten', () =>
  underAttack({}, async ({ url, ingest, component }) => {
    const socket = await openRawSocket(url);
    socket.write(`${head('Content-Length: 1000')}half`);
    await until(() => component.check().requests === 1);
    socket.destroy();
    await until(() => ingest.refused.length === 1);
    assert.deepEqual(ingest.refused[0], { receiver: 'otlp/http', signal: 'traces', reason: 'cancelled' });
    assert.equal(ingest.requests.length, 0);
  }));

test('a body that is announced too large is refused before it comes', () =>
  underAttack({}, async ({ url }) => {
    const socket = await openRawSocket(url);
    socket.write(head('Content-Length: 999999999999'));
    const text = await socket.until(/more than the limit of 262144 bytes/);
    assert.match(text, /^HTTP\/1\.1 413 /);
    assert.match(text, /\r\nConnection: close\r\n/);
    socket.destroy();
  }));

test('a body that grows too large in chunks is refused while it comes, and the sender reads so', () =>
  underAttack({}, async ({ url }) => {
    const chunk = new Uint8Array(64 * 1024);
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) });
    const request = { method: 'POST', headers: { 'content-type': PROTOBUF }, body: endless, duplex: 'half' };
    const answer = await fetch(`${url}/v1/traces`, request as RequestInit);
    assert.equal(answer.status, 413);
    assert.match(await messageOf(answer), /longer than the limit of 262144 bytes/);
  }));

test('a large refused body is skipped, so that its sender can read why', () =>
  underAttack({}, async ({ url }) => {
    const answer = await post(url, new Uint8Array(BODY_BYTES_MAX + 1));
    assert.equal(answer.status, 413);
    assert.match(await messageOf(answer), /262145 bytes long/);
  }));

test('a small body that inflates without end is stopped by the limit', () =>
  underAttack({}, async ({ url, ingest }) => {
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
    assert.ok(bomb.length < BODY_BYTES_MAX);
    const answer = await post(url, bomb, { 'content-encoding': 'gzip' });
    assert.equal(answer.status, 413);
    assert.equal(ingest.requests[0]?.coding, 'gzip');
    assert.equal(ingest.requests[0]?.bodyBytesMax, BODY_BYTES_MAX);
  }));

test('a body that is not compressed as it says is refused for good', () =>
  underAttack({}, async ({ url }) => {
    for (const coding of ['gzip', 'deflate', 'zstd']) {
      const answer = await post(url, Uint8Array.of(1, 2, 3), { 'content-encoding': coding });
      assert.equal(answer.status, 400);
      assert.match(await messageOf(answer), new RegExp(`as ${coding}`));
    }
  }));

test('unknown codings are refused with the list of known ones', () =>
  underAttack({}, async ({ url, ingest }) => {
    for (const coding of ['br', 'gzip, gzip', 'snappy']) {
      const answer = await post(url, Uint8Array.of(1), { 'content-encoding': coding });
      assert.equal(answer.status, 415);
      assert.equal(answer.headers.get('accept-encoding'), 'gzip, deflate, zstd, identity');
      await answer.arrayBuffer();
    }
    assert.equal(ingest.requests.length, 0);
  }));

test('ten thousand bytes of headers are served, forty thousand refused with 431', () =>
  underAttack({}, async ({ url }) => {
    const served = await post(url, Uint8Array.of(10, 0), { 'x-long': 'x'.repeat(10_000) });
    assert.equal(served.status, 200);
    assert.match(await exchange(url, head(`X-Long: ${'x'.repeat(40_000)}`)), /^HTTP\/1\.1 431 /);
    const many = Array.from({ length: 5_000 }, (_, at) => `X-${at}: 1`);
    assert.match(await exchange(url, head(...many)), /^HTTP\/1\.1 431 /);
  }));

test('requests that two servers could read differently are refused, and nothing hidden in them is run', () =>
  underAttack({}, async ({ url, ingest }) => {
    const hidden = `${head('Content-Length: 2')}\n\0`;
    const ambiguous = [
      `${head('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`,
      `${head('Content-Length: 0', 'Content-Length: 2')}${hidden}`,
      `${head('Transfer-Encoding: xchunked')}${hidden}`,
      `${head('Transfer-Encoding: chunked, identity')}${hidden}`,
      `${head('Transfer-Encoding : chunked')}0\r\n\r\n${hidden}`,
      `${head('Content-Length: +2')}${hidden}`,
      `${head('Content-Length: -1')}${hidden}`,
      `${head('Content-Length: 0x2')}${hidden}`,
      `${head('Transfer-Encoding: chunked')}zz\r\n${hidden}`,
      `POST /v1/traces HTTP/1.1\nHost: localhost\n\n${hidden}`,
      'POST /v1/traces HTTP/1.1\r\n\r\n',
      `\0\0\0\0${hidden}`,
      'GET / HTTP/9.9\r\n\r\n',
    ];
    for (const request of ambiguous) {
      const text = await exchange(url, request);
      assert.match(text, /^HTTP\/1\.1 (400|501) /, JSON.stringify(request));
      assert.equal(text.match(/^HTTP\/1\.1 /gm)?.length, 1, JSON.stringify(request));
    }
    assert.equal(ingest.requests.length, 0);
  }));

test('requests that follow each other without waiting are answered in order', () =>
  underAttack({}, async ({ url, ingest }) => {
    const socket = await openRawSocket(url);
    socket.write(
      `${head('Content-Length: 2')}\n\0${head('Content-Length: 1')}\xff${head('Content-Length: 0')}`,
    );
    await socket.until(/200 OK[\s\S]*400 Bad[\s\S]*200 OK/);
    socket.destroy();
    assert.equal(ingest.requests.length, 2);
  }));

test('who waits for 100 Continue gets it when the body is wanted, else the final answer', () =>
  underAttack({}, async ({ url }) => {
    const socket = await openRawSocket(url);
    socket.write(head('Content-Length: 2', 'Expect: 100-continue'));
    await socket.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    socket.write('\n\0');
    await socket.until(/HTTP\/1\.1 200 OK/);
    socket.destroy();
    const refused = await openRawSocket(url);
    refused.write(head('Content-Length: 999999999', 'Expect: 100-continue'));
    await refused.until(/^HTTP\/1\.1 413 /);
    refused.destroy();
  }));

test('a foreign Host is refused before the body is read', () =>
  underAttack({}, async ({ url, ingest }) => {
    const request = head('Content-Length: 2').replace('localhost', 'rebound.attacker.example:4318');
    const socket = await openRawSocket(url);
    socket.write(`${request}\n\0`);
    assert.match(await socket.until(/listen\.allowedHosts/), /^HTTP\/1\.1 403 /);
    socket.destroy();
    assert.deepEqual(ingest.refused, [{ receiver: 'otlp/http', signal: 'traces', reason: 'forbidden' }]);
  }));

test('a foreign page is refused, and its preflight too', () =>
  underAttack({}, async ({ url, ingest }) => {
    const answer = await post(url, Uint8Array.of(10, 0), { origin: 'https://attacker.example' });
    assert.equal(answer.status, 403);
    assert.match(await messageOf(answer), /attacker\.example.*listen\.allowedOrigins/);
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
    const headers = { origin: 'https://attacker.example', 'access-control-request-method': 'POST' };
    const preflight = await fetch(`${url}/v1/traces`, { method: 'OPTIONS', headers });
    assert.equal(preflight.status, 403);
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
    await preflight.arrayBuffer();
    assert.equal(ingest.requests.length, 0);
  }));

test('without the token nothing is read; with a wrong one neither', () =>
  underAttack({ token: 'secret' }, async ({ url, ingest }) => {
    const wrong: readonly (string | undefined)[] = [
      undefined,
      'Basic c2VjcmV0',
      'Bearer',
      'Bearer secre',
      'Bearer secret2',
      'secret',
    ];
    for (const authorization of wrong) {
      const answer = await post(
        url,
        Uint8Array.of(10, 0),
        authorization === undefined ? {} : { authorization },
      );
      assert.equal(answer.status, 401, String(authorization));
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /);
      assert.match(await messageOf(answer), /Bearer|bearer token/);
    }
    assert.equal(ingest.requests.length, 0);
    assert.ok(ingest.refused.every(({ reason }) => reason === 'unauthenticated'));
  }));

test('a gRPC client is told which version is spoken, and the operator where it should go', async () => {
  const said: string[] = [];
  await underAttack({ report: (_, message) => void said.push(message) }, async ({ url }) => {
    for (let at = 0; at < 2; at++)
      assert.match(await exchange(url, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /^HTTP\/1\.1 505 .*gRPC/s);
  });
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /4317/);
});

test('connections beyond the limit are closed, and their place is free again afterwards', () =>
  underAttack({ limits: { connectionsMax: 2 } }, async ({ url }) => {
    const first = await openRawSocket(url);
    const second = await openRawSocket(url);
    second.write(`${head('Content-Length: 2')}\n\0`);
    await second.until(/200 OK/);
    const third = await openRawSocket(url);
    assert.equal(await third.closed(), '');
    first.destroy();
    second.destroy();
    for (let isFree = false; !isFree; ) {
      const next = await openRawSocket(url);
      next.write(`${head('Content-Length: 2')}\n\0`);
      isFree = await next.until(/200 OK/).then(
        () => true,
        () => false,
      );
      next.destroy();
    }
  }));

/** Opens so many connections, each of which claims the largest body, sends a part of it, and then says nothing. */
async function stall(url: string, count: number, bytes: number): Promise<RawSocket[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => openRawSocket(url)));
  for (const socket of sockets) {
    socket.write(head(`Content-Length: ${BODY_BYTES_MAX}`));
    socket.write(new Uint8Array(bytes));
  }
  return sockets;
}

test('what unfinished bodies hold together is bounded, and small ones are served all the same', () =>
  underAttack({ unfinishedBytesMax: BODY_BYTES_MAX * 2 }, async ({ url, ingest }) => {
    const sockets = await stall(url, 16, BODY_BYTES_MAX / 2 + 1);
    const answer = await Promise.any(sockets.map((socket) => socket.until(/Retry-After: 1\r\n/)));
    assert.match(answer, /^HTTP\/1\.1 503 /);
    for (let at = 0; at < 10; at++) {
      const honest = await post(url, new Uint8Array(1000));
      assert.equal(honest.status, 400, 'read whole, and no OTLP');
      await honest.arrayBuffer();
    }
    for (const socket of sockets) socket.destroy();
    await until(() => ingest.refused.length >= 16);
    const reasons = new Set(ingest.refused.map(({ reason }) => reason));
    assert.ok(reasons.has('overloaded') && reasons.has('cancelled'));
  }));

test('large bodies that stall are cut off with an answer that lets their senders try again', () =>
  underAttack({ pace: { windowMs: 100, checkIntervalMs: 20 } }, async ({ url, ingest }) => {
    const [stalled] = await stall(url, 1, BODY_BYTES_MAX / 2);
    const slowly = await openRawSocket(url);
    slowly.write(`${head('Content-Length: 2')}\n`);
    const answer = await stalled?.until(/Retry-After: 1\r\n/);
    assert.match(answer ?? '', /^HTTP\/1\.1 503 /);
    assert.deepEqual(
      ingest.refused.map(({ reason }) => reason),
      ['deadline'],
    );
    slowly.write('\0');
    assert.match(await slowly.until(/\r\n\r\n/), /^HTTP\/1\.1 200 /);
    stalled?.destroy();
    slowly.destroy();
  }));
