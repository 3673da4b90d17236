/**
 * Requests that are wrong or hostile around the message: method, path, type, coding, size. Each gets the answer of its
 * protocol and is counted, nothing of it is held, and the server answers others all the while.
 */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import {
  INVALID_ARGUMENT,
  RESOURCE_EXHAUSTED,
  RefusalBench,
  UNIMPLEMENTED,
} from '../testing/refusal-bench.ts';
import { residentBytes } from '../testing/running-server.ts';
import { GrpcSender, JSON_TYPE, postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan } from '../testing/span-messages.ts';

/** The default of receivers.otlp.http.bodyBytesMax. */
const BODY_BYTES_MAX: number = 64 * 1024 * 1024;

let bench: RefusalBench;
before(async () => {
  bench = await RefusalBench.open();
});
after(() => bench[Symbol.asyncDispose]());

test('the wrong method, path, type and coding are answered as HTTP says', async () => {
  const body = encodeTraces('http', [goodSpan(25, 1)]);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await bench.post(body, { method });
    assert.equal(answer.status, 405, method);
    assert.match(answer.headers.get('allow') ?? '', /POST/);
    bench.refusedRequests++;
  }
  for (const type of ['', 'text/plain', 'application/grpc', 'application/x-protobuffer', 'application/xml']) {
    const answer = await bench.post(body, { type });
    assert.equal(answer.status, 415, type);
    bench.refusedRequests++;
  }
  const withParameter = await bench.post(body, { type: 'application/x-protobuf; charset=utf-8' });
  assert.equal(withParameter.status, 200);
  bench.accepted++;
  for (const coding of ['br', 'compress', 'gzip, gzip', 'nonsense'])
    bench.assertRefused(await bench.post(body, { coding }), 415, UNIMPLEMENTED, /supported/, coding);
  for (const coding of ['gzip', 'deflate', 'zstd'])
    bench.assertRefused(
      await bench.post(body, { coding }),
      400,
      INVALID_ARGUMENT,
      /decompress/,
      `no ${coding} at all`,
    );
  for (const packed of [gzipSync(body), zstdCompressSync(body)]) {
    const coding = packed[0] === 0x1f ? 'gzip' : 'zstd';
    const cut = packed.subarray(0, packed.length - 6);
    bench.assertRefused(
      await bench.post(cut, { coding }),
      400,
      INVALID_ARGUMENT,
      /decompress/,
      `${coding} cut off`,
    );
  }
  const elsewhere = await fetch(bench.server.url('receivers.otlp.http', '/v1/profiles'), {
    method: 'POST',
    body: 'x',
  });
  assert.equal(elsewhere.status, 404);
  for (const coding of ['gzip', 'deflate', 'zstd']) {
    const pack = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync }[coding] ?? gzipSync;
    assert.equal(rejectedIn(await bench.post(pack(body), { coding })), 0, coding);
    bench.accepted++;
  }
  assert.equal((await bench.post(new Uint8Array(0))).status, 200);
  assert.equal((await postOtlp(bench.server, 'metrics', 'rubbish')).status, 200);
});

test('bodies that are too large, or grow so when unpacked, are refused without being held', async () => {
  const zeros = Buffer.alloc(BODY_BYTES_MAX + 1024 * 1024);
  const packed: [string, Uint8Array][] = [
    ['gzip', gzipSync(zeros, { level: 1 })],
    ['deflate', deflateSync(zeros, { level: 1 })],
    ['zstd', zstdCompressSync(zeros)],
  ];
  const before = residentBytes(bench.server.pid);
  for (const [coding, body] of packed) {
    for (const type of [undefined, JSON_TYPE]) {
      const answer = await bench.post(body, { coding, ...(type === undefined ? {} : { type }) });
      bench.assertRefused(
        answer,
        413,
        RESOURCE_EXHAUSTED,
        /more than 67108864 bytes when decompressed/,
        coding,
      );
    }
  }
  // A message that never ends, and one that claims a terabyte.
  assert.equal(await statusOfStream({}, 80), 413);
  assert.equal(await statusOfStream({ 'content-length': String(1024 ** 4) }, 0), 413);
  bench.refusedRequests += 2;
  const grown = residentBytes(bench.server.pid) - before;
  assert.ok(grown < 1024 ** 3, `the bench.server has grown by ${grown} bytes`);
  using grpc = new GrpcSender(bench.server);
  const answer = await grpc.call('traces', zeros);
  assert.equal(answer.code, RESOURCE_EXHAUSTED);
  assert.match(answer.message, /more than the limit of 67108864/);
  using packing = new GrpcSender(bench.server, 'gzip');
  const bomb = await packing.call('traces', zeros);
  assert.equal(bomb.code, RESOURCE_EXHAUSTED);
  assert.match(bomb.message, /more than 67108864 bytes when decompressed/);
  assert.equal(bomb.details?.['code'], RESOURCE_EXHAUSTED);
  bench.refusedRequests += 2;
  const good = await packing.call('traces', encodeTraces('packed', [goodSpan(25, 2)]));
  assert.equal(good.code, 0);
  bench.accepted++;
});

test('gRPC calls that are wrong are answered with the status that says so', async () => {
  using grpc = new GrpcSender(bench.server);
  const rubbish = await grpc.call('traces', Buffer.from('rubbish'));
  assert.equal(rubbish.code, INVALID_ARGUMENT);
  assert.equal(rubbish.details?.['code'], INVALID_ARGUMENT);
  assert.equal(rubbish.details?.['message'], rubbish.message);
  bench.refusedRequests++;
  const unknown = await grpc.call(
    '/opentelemetry.proto.collector.profiles.v1.ProfilesService/Export',
    new Uint8Array(0),
  );
  assert.equal(unknown.code, UNIMPLEMENTED);
  assert.equal((await grpc.call('metrics', Buffer.from('rubbish'))).code, 0);
  assert.equal((await grpc.call('logs', new Uint8Array(0))).code, 0);
});

test('after all of it the accounts add up, and the server was alive and is quick', (t) =>
  bench.assertSound((words) => t.diagnostic(words)));

/** The status of a request whose body is sent in megabytes until the bench.server has answered. */
function statusOfStream(headers: Record<string, string>, megabytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(bench.server.url('receivers.otlp.http', '/v1/traces'), {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...headers },
    });
    let status: number | undefined;
    request.on('response', (response) => {
      status = response.statusCode;
      response.resume();
      resolve(status ?? 0);
      request.destroy();
    });
    request.on('error', (error) => {
      if (status === undefined) reject(error);
    });
    request.flushHeaders();
    const chunk = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const write = (): void => {
      while (sent < megabytes && status === undefined) {
        sent++;
        if (!request.write(chunk)) {
          request.once('drain', write);
          return;
        }
      }
    };
    write();
  });
}
