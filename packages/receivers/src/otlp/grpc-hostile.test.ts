/** Clients of OTLP/gRPC that break off, trickle, speak something else, or break the rules of gRPC. */
import assert from 'node:assert/strict';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import grpc from '@grpc/grpc-js';
import { exchange, openRawSocket } from '@tracewright/http/testing';
import { until } from '../testing/contract.ts';
import {
  answerOf,
  EMPTY_REQUEST,
  LOGS,
  MESSAGE_BYTES_MAX,
  openGrpcBench as open,
  rawCall,
  same,
  TRACES,
} from './testing/grpc-bench.ts';

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

test('stopping ends connections that say nothing, and those whose calls do not end in time', async () => {
  await using bench = await open({ drainTimeoutMs: 50 });
  bench.ingest.gate = new Promise(() => undefined);
  const mute = await openRawSocket(`http://${bench.address}`);
  const session = connect(`http://${bench.address}`);
  session.on('error', () => undefined);
  const stuck = rawCall(session, Buffer.from([0, 0, 0, 0, 1, 0]), {}).catch(() => 'cut off');
  await until(() => bench.ingest.requests.length === 1);
  await bench.component[Symbol.asyncDispose]();
  assert.equal(await mute.closed(), '');
  await stuck;
  await until(() => session.closed);
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

/** Starts calls that claim the largest message, send a part of it, and then say nothing. */
function stall(session: ClientHttp2Session, count: number, bytes: number): ClientHttp2Stream[] {
  const message = Buffer.alloc(5 + bytes);
  message.writeUInt32BE(MESSAGE_BYTES_MAX, 1);
  return Array.from({ length: count }, () => {
    const call = { ':method': 'POST', ':path': TRACES, 'content-type': 'application/grpc' };
    const stream = session.request(call);
    stream.on('error', () => undefined).write(message);
    return stream;
  });
}

test('what unfinished messages hold together is bounded, and small ones are served all the same', async () => {
  await using bench = await open({ unfinishedBytesMax: MESSAGE_BYTES_MAX * 2 });
  const session = connect(`http://${bench.address}`);
  const streams = stall(session, 8, MESSAGE_BYTES_MAX / 2 + 1);
  const answer = await Promise.any(streams.map(answerOf));
  assert.equal(answer['grpc-status'], '14');
  for (let at = 0; at < 10; at++) assert.equal((await bench.call(TRACES, EMPTY_REQUEST)).code, 0);
  session.destroy();
  await until(() => bench.ingest.refused.length === 8);
  assert.ok(bench.ingest.refused.some(({ reason }) => reason === 'overloaded'));
});

test('a large message that stalls is refused so that its sender tries again', async () => {
  await using bench = await open({ limits: { checkIntervalMs: 20, paceWindowMs: 100 } });
  const session = connect(`http://${bench.address}`);
  const [stalled] = stall(session, 1, MESSAGE_BYTES_MAX - 1);
  assert.ok(stalled !== undefined);
  assert.equal((await answerOf(stalled))['grpc-status'], '14');
  assert.deepEqual(
    bench.ingest.refused.map(({ reason }) => reason),
    ['deadline'],
  );
  assert.equal((await rawCall(session, Buffer.from([0, 0, 0, 0, 0]), {}))['grpc-status'], '0');
  session.close();
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
