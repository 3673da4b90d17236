/** OTLP/gRPC as the specification has it: statuses, limits, codings, token, health. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { failure } from '@tracewright/std';
import { until } from '../testing/contract.ts';
import {
  CHECK,
  EMPTY_REQUEST,
  LOGS,
  MESSAGE_BYTES_MAX,
  METRICS,
  openGrpcBench as open,
  same,
  TRACES,
  WATCH,
} from './testing/grpc-bench.ts';
import { readRetryDelayMs, readStatusMessage } from './testing/retry-info.ts';

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
