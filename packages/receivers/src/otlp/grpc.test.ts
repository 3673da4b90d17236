/** OTLP/gRPC: statuses, limits, codings, health, and clients that break the rules. */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import grpc from '@grpc/grpc-js';
import { exchange, openRawSocket } from '@tracewright/http/testing';
import { failure } from '@tracewright/std';
import { until } from '../testing/contract.ts';
import { MemoryIngest } from '../testing/memory-ingest.ts';
import { type OtlpGrpcOptions, otlpGrpc } from './grpc.ts';
import { grpcOptions } from './testing/receiver-options.ts';
import { readRetryDelayMs, readStatusMessage } from './testing/retry-info.ts';

const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const CHECK = '/grpc.health.v1.Health/Check';
const WATCH = '/grpc.health.v1.Health/Watch';
const EMPTY_REQUEST = Buffer.from([10, 0]);
const MESSAGE_BYTES_MAX = 256 * 1024;

type Answer = { code: number; message: string; body: Buffer | undefined; details: Buffer | undefined };

class Bench {
  readonly ingest: MemoryIngest;
  readonly component: ReturnType<typeof otlpGrpc.create>;
  readonly address: string;
  readonly #clients: grpc.Client[] = [];

  constructor(ingest: MemoryIngest, component: ReturnType<typeof otlpGrpc.create>) {
    this.ingest = ingest;
    this.component = component;
    this.address = component.check().endpoint.slice('http://'.length);
  }

  client(options: grpc.ClientOptions = {}): grpc.Client {
    const client = new grpc.Client(this.address, grpc.credentials.createInsecure(), options);
    this.#clients.push(client);
    return client;
  }

  call(path: string, body: Buffer, client: grpc.Client = this.client(), token?: string): Promise<Answer> {
    const metadata = new grpc.Metadata();
    if (token !== undefined) metadata.set('authorization', token);
    return new Promise((resolve) => {
      client.makeUnaryRequest(path, same, same, body, metadata, (error, answer) => {
        const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
        resolve({
          code: error?.code ?? 0,
          message: error?.details ?? '',
          body: answer,
          details: Buffer.isBuffer(details) ? details : undefined,
        });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.component[Symbol.asyncDispose]();
  }
}

async function open(change: Partial<OtlpGrpcOptions> = {}): Promise<Bench> {
  const ingest = new MemoryIngest();
  const component = otlpGrpc.create(
    grpcOptions(ingest, {
      settings: {
        enabled: true,
        port: 0,
        messageBytesMax: MESSAGE_BYTES_MAX,
        keepaliveInterval: 120_000,
        keepaliveTimeout: 20_000,
      },
      ...change,
    }),
  );
  assert.ok((await component.start()).ok);
  return new Bench(ingest, component);
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

test('empty requests succeed for each signal', async () => {
  await using bench = await open();
  for (const path of [TRACES, LOGS, METRICS])
    for (const body of [Buffer.alloc(0), EMPTY_REQUEST]) {
      const answer = await bench.call(path, body);
      assert.equal(answer.code, 0, answer.message);
      assert.equal(answer.body?.length, 0);
    }
  assert.equal(bench.ingest.requests.length, 2);
  assert.equal(bench.ingest.discarded, 2);
});

test('failures have the status of the specification, and RetryInfo when they pass', async () => {
  await using bench = await open();
  const client = bench.client();
  const { status } = grpc;
  const expected = [
    [failure('overloaded', 'busy', { retryAfterMs: 2500 }), status.UNAVAILABLE, 2500],
    [failure('unavailable', 'away'), status.UNAVAILABLE, 1000],
    [failure('internal', 'hiccup', { retry: 'later', retryAfterMs: 20 }), status.UNAVAILABLE, 20],
    [failure('invalid', 'größer als 100%\n'), status.INVALID_ARGUMENT, undefined],
    [failure('too-large', 'long'), status.RESOURCE_EXHAUSTED, undefined],
    [failure('unauthenticated', 'who'), status.UNAUTHENTICATED, undefined],
    [failure('forbidden', 'no'), status.PERMISSION_DENIED, undefined],
    [failure('unsupported', 'what'), status.UNIMPLEMENTED, undefined],
    [failure('internal', 'oops'), status.INTERNAL, undefined],
  ] as const;
  for (const [cause, code, retryMs] of expected) {
    bench.ingest.script = () => cause;
    const answer = await bench.call(LOGS, EMPTY_REQUEST, client);
    assert.equal(answer.code, code, cause.code);
    assert.equal(answer.message, cause.message);
    assert.ok(answer.details);
    assert.equal(readStatusMessage(answer.details), cause.message);
    assert.equal(readRetryDelayMs(answer.details), retryMs);
  }
});

test('messages that cannot be decoded are INVALID_ARGUMENT', async () => {
  await using bench = await open();
  const answer = await bench.call(TRACES, Buffer.from([255, 255]));
  assert.equal(answer.code, grpc.status.INVALID_ARGUMENT);
  assert.match(answer.message, /^Cannot decode OTLP/);
});

test('messages beyond the limit are RESOURCE_EXHAUSTED without RetryInfo, however often, on one connection', async () => {
  await using bench = await open();
  const client = bench.client();
  for (let at = 0; at < 20; at++) {
    const answer = await bench.call(
      TRACES,
      Buffer.alloc(MESSAGE_BYTES_MAX * (at % 2 === 0 ? 1 : 20) + 1),
      client,
    );
    assert.equal(answer.code, grpc.status.RESOURCE_EXHAUSTED, answer.message);
    assert.ok(answer.details);
    assert.equal(readRetryDelayMs(answer.details), undefined);
    assert.equal((await bench.call(TRACES, EMPTY_REQUEST, client)).code, 0);
  }
  assert.equal(bench.ingest.requests.length, 20);
});

test('compressed messages are handed on compressed; bombs stop at the limit', async () => {
  await using bench = await open();
  for (const algorithm of [grpc.compressionAlgorithms.gzip, grpc.compressionAlgorithms.deflate]) {
    const client = bench.client({ 'grpc.default_compression_algorithm': algorithm });
    assert.equal((await bench.call(TRACES, EMPTY_REQUEST, client)).code, 0);
    assert.equal((await bench.call(CHECK, Buffer.alloc(0), client)).code, 0);
    const bomb = await bench.call(TRACES, Buffer.alloc(32 * 1024 * 1024), client);
    assert.equal(bomb.code, grpc.status.RESOURCE_EXHAUSTED, bomb.message);
  }
  assert.deepEqual(
    bench.ingest.requests.map(({ coding }) => coding),
    ['gzip', 'gzip', 'deflate', 'deflate'],
  );
});

test('a token is wanted for exports and not for health', async () => {
  await using bench = await open({ token: 'secret' });
  const client = bench.client();
  for (const token of [undefined, 'Bearer wrong', 'secret']) {
    const answer = await bench.call(TRACES, Buffer.alloc(100_000), client, token);
    assert.equal(answer.code, grpc.status.UNAUTHENTICATED);
    assert.match(answer.message, /token|Bearer/);
  }
  assert.equal((await bench.call(TRACES, EMPTY_REQUEST, client, 'Bearer secret')).code, 0);
  assert.equal((await bench.call(CHECK, Buffer.alloc(0), client)).code, 0);
  assert.equal(bench.ingest.requests.length, 1);
});

test('unknown methods are UNIMPLEMENTED', async () => {
  await using bench = await open();
  const client = bench.client();
  for (const path of ['/opentelemetry.proto.collector.trace.v1.TraceService/Import', '/x/y', '/']) {
    const answer = await bench.call(path, Buffer.alloc(100_000), client);
    assert.equal(answer.code, grpc.status.UNIMPLEMENTED);
  }
  assert.equal((await bench.call(TRACES, EMPTY_REQUEST, client)).code, 0);
});

test('health is told once and watched until the end', async () => {
  await using bench = await open();
  const client = bench.client();
  const service = 'opentelemetry.proto.collector.trace.v1.TraceService';
  const named = Buffer.concat([Buffer.from([10, service.length]), Buffer.from(service)]);
  assert.deepEqual([...((await bench.call(CHECK, Buffer.alloc(0), client)).body ?? [])], [8, 1]);
  assert.deepEqual([...((await bench.call(CHECK, named, client)).body ?? [])], [8, 1]);
  assert.equal((await bench.call(CHECK, Buffer.from('\n\x01x'), client)).code, grpc.status.NOT_FOUND);
  const long = Buffer.concat([Buffer.from([10, 200, 1]), Buffer.alloc(200, 'x')]);
  assert.equal((await bench.call(CHECK, long, client)).code, grpc.status.NOT_FOUND);
  assert.equal((await bench.call(CHECK, Buffer.from([8, 1]), client)).code, grpc.status.INVALID_ARGUMENT);
  const seen: number[] = [];
  const watch = client.makeServerStreamRequest(WATCH, same, same, Buffer.alloc(0));
  const ended = new Promise<number>((resolve) =>
    watch.on('error', (error: grpc.ServiceError) => resolve(error.code)),
  );
  watch.on('data', (state: Buffer) => void seen.push(state[1] ?? 0));
  await until(() => seen.length === 1);
  await bench.component[Symbol.asyncDispose]();
  assert.equal(await ended, grpc.status.UNAVAILABLE);
  assert.deepEqual(seen, [1, 2]);
});

test('a call that its sender cancels is dropped, before and after its message is complete', async () => {
  await using bench = await open();
  const gate = Promise.withResolvers<void>();
  bench.ingest.gate = gate.promise;
  const client = bench.client();
  const cancelled = new Promise<number | undefined>((resolve) => {
    const call = client.makeUnaryRequest(TRACES, same, same, EMPTY_REQUEST, (error) => resolve(error?.code));
    void until(() => bench.ingest.requests.length === 1).then(() => call.cancel());
  });
  assert.equal(await cancelled, grpc.status.CANCELLED);
  gate.resolve();
  const deadline = { deadline: Date.now() + 50 };
  bench.ingest.gate = new Promise(() => undefined);
  const late = new Promise<number | undefined>((resolve) => {
    client.makeUnaryRequest(TRACES, same, same, EMPTY_REQUEST, new grpc.Metadata(), deadline, (error) =>
      resolve(error?.code),
    );
  });
  assert.equal(await late, grpc.status.DEADLINE_EXCEEDED);
  bench.ingest.gate = undefined;
  assert.equal((await bench.call(TRACES, EMPTY_REQUEST, client)).code, 0);
});

test('a client over HTTP/1.1 is told that this is the wrong port; garbage is cut off', async () => {
  const said: string[] = [];
  await using bench = await open({
    report: (_, message) => void said.push(message),
    limits: { headersTimeoutMs: 100 },
  });
  const url = `http://${bench.address}`;
  const answer = await fetch(`${url}/v1/traces`, { method: 'POST', body: 'x' });
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /speaks gRPC.*4318/);
  assert.equal(await exchange(url, '\x16\x03\x01\x02\x00\x01\x00\x01'), '');
  assert.equal(await exchange(url, 'PRI\0'), '');
  assert.equal(await (await openRawSocket(url)).closed(), '');
  const halfway = await openRawSocket(url);
  halfway.write('PRI');
  assert.equal(await halfway.closed(), '');
  assert.equal(said.length, 1);
  assert.equal((await bench.call(TRACES, EMPTY_REQUEST)).code, 0);
});

test('calls that break the rules of gRPC are refused one by one', async () => {
  await using bench = await open();
  const session = connect(`http://${bench.address}`);
  const frame = (body: Uint8Array, flag: number = 0, length: number = body.length): Buffer => {
    const head = Buffer.from([flag, 0, 0, 0, 0]);
    head.writeUInt32BE(length, 1);
    return Buffer.concat([head, body]);
  };
  const zstd = frame(zstdCompressSync(EMPTY_REQUEST), 1);
  const gzip = frame(gzipSync(EMPTY_REQUEST), 1);
  const cases: readonly [string, Buffer, string, Record<string, string>][] = [
    ['no message', Buffer.alloc(0), '12', {}],
    ['half a head', Buffer.from([0, 0]), '3', {}],
    ['half a message', frame(EMPTY_REQUEST, 0, 100), '3', {}],
    ['two messages', Buffer.concat([frame(EMPTY_REQUEST), frame(EMPTY_REQUEST)]), '12', {}],
    ['compressed as nothing', gzip, '12', {}],
    ['compressed as identity', gzip, '12', { 'grpc-encoding': 'identity' }],
    ['compressed as something unknown', gzip, '12', { 'grpc-encoding': 'snappy' }],
    ['compressed otherwise than told', gzip, '3', { 'grpc-encoding': 'zstd' }],
    ['compressed as zstd', zstd, '0', { 'grpc-encoding': 'zstd' }],
    ['plain though an encoding is named', frame(EMPTY_REQUEST), '0', { 'grpc-encoding': 'snappy' }],
    ['honest', frame(EMPTY_REQUEST), '0', {}],
  ];
  for (const [name, bytes, status, headers] of cases) {
    const answer = await rawCall(session, bytes, headers);
    assert.equal(answer['grpc-status'], status, `${name}: ${JSON.stringify(answer)}`);
    assert.match(String(answer['grpc-accept-encoding']), /gzip/);
  }
  assert.equal((await rawCall(session, frame(EMPTY_REQUEST), { ':method': 'PUT' }))[':status'], 405);
  for (const type of ['application/json', 'application/grpc-web', 'application/grpc+json'])
    assert.equal((await rawCall(session, frame(EMPTY_REQUEST), { 'content-type': type }))[':status'], 415);
  session.close();
});

test('a message that trickles is refused in time, and the next one served on the same connection', async () => {
  await using bench = await open({ limits: { requestTimeoutMs: 100, checkIntervalMs: 20 } });
  const session = connect(`http://${bench.address}`);
  const stream = session.request({ ':method': 'POST', ':path': TRACES, 'content-type': 'application/grpc' });
  stream.write(Buffer.from([0, 0, 0, 0, 9, 1]));
  assert.equal((await answerOf(stream))['grpc-status'], '14');
  stream.destroy();
  assert.equal((await rawCall(session, Buffer.from([0, 0, 0, 0, 0]), {}))['grpc-status'], '0');
  assert.ok(bench.ingest.refused.some(({ reason }) => reason === 'deadline'));
  session.close();
});

test('a client that goes away in the middle of its message is counted and forgotten', async () => {
  await using bench = await open();
  const session = connect(`http://${bench.address}`);
  const stream = session.request({ ':method': 'POST', ':path': LOGS, 'content-type': 'application/grpc' });
  stream.on('error', () => undefined);
  stream.write(Buffer.from([0, 0, 0, 0, 9, 1]));
  await until(() => bench.component.check().requests === 1);
  session.destroy();
  await until(() => bench.ingest.refused.length === 1);
  assert.deepEqual(bench.ingest.refused[0], { receiver: 'otlp/grpc', signal: 'logs', reason: 'cancelled' });
  assert.equal(bench.component.check().refused, 1);
});

test('what unfinished messages hold together is bounded', async () => {
  await using bench = await open({ unfinishedBytesMax: MESSAGE_BYTES_MAX * 2 });
  const session = connect(`http://${bench.address}`);
  const head = Buffer.from([0, 0, 0, 0, 0, 1]);
  head.writeUInt32BE(MESSAGE_BYTES_MAX, 1);
  const streams = [1, 2, 3].map(() => {
    const stream = session.request({
      ':method': 'POST',
      ':path': TRACES,
      'content-type': 'application/grpc',
    });
    stream.on('error', () => undefined).write(head);
    return stream;
  });
  const answer = await Promise.any(streams.map(answerOf));
  assert.equal(answer['grpc-status'], '14');
  session.destroy();
  await until(() => bench.ingest.refused.length === 3);
  const again = await bench.call(TRACES, EMPTY_REQUEST);
  assert.equal(again.code, 0);
});

test('a silent connection is asked whether it lives, and one that answers is kept', async () => {
  await using bench = await open({
    settings: {
      enabled: true,
      port: 0,
      messageBytesMax: MESSAGE_BYTES_MAX,
      keepaliveInterval: 50,
      keepaliveTimeout: 100,
    },
    limits: { checkIntervalMs: 20 },
  });
  const session = connect(`http://${bench.address}`);
  let pings = 0;
  session.on('ping', () => pings++);
  await until(() => pings >= 3);
  assert.equal((await rawCall(session, Buffer.from([0, 0, 0, 0, 0]), {}))['grpc-status'], '0');
  session.close();
  // This one never reads, so it never answers: what it sends is a preface and empty settings.
  const mute = await openRawSocket(`http://${bench.address}`);
  mute.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
  await mute.closed();
});

test('pings of an eager client are answered, never punished', async () => {
  await using bench = await open();
  const session = connect(`http://${bench.address}`);
  let goneAway = false;
  session.on('goaway', () => {
    goneAway = true;
  });
  await new Promise((resolve) => session.once('connect', resolve));
  for (let at = 0; at < 50; at++)
    await new Promise<void>((resolve, reject) => {
      session.ping((error) => (error === null ? resolve() : reject(error)));
    });
  assert.equal((await rawCall(session, Buffer.from([0, 0, 0, 0, 0]), {}))['grpc-status'], '0');
  assert.equal(goneAway, false);
  session.close();
});

function rawCall(
  session: ClientHttp2Session,
  bytes: Buffer,
  headers: Record<string, string>,
): Promise<Record<string, unknown>> {
  const stream = session.request({
    ':method': 'POST',
    ':path': TRACES,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const answer = answerOf(stream);
  stream.end(bytes);
  return answer;
}

/** Headers and trailers together; rejects when the stream ends without any. */
function answerOf(stream: ClientHttp2Stream): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const answer: Record<string, unknown> = {};
    stream.on('response', (headers) => Object.assign(answer, headers));
    stream.on('trailers', (headers) => Object.assign(answer, headers));
    stream.on('error', reject);
    stream.on('end', () => resolve(answer));
    stream.resume();
  });
}
