/**
 * More than the store can take: an engine that does not move. Senders are acknowledged until the backlog is full and
 * then told to come again, in the words of their protocol; the server says what is wrong, and makes up for it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../testing/otlp-messages.ts';
import { RunningServer } from '../testing/running-server.ts';
import { GrpcSender, JSON_TYPE, postOtlp } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan, hexId, tracesJson } from '../testing/span-messages.ts';

const UNAVAILABLE = 14;
const SPANS_A_REQUEST = 200;

/** About four megabytes. */
function largeRequest(number: number): Uint8Array<ArrayBuffer> {
  const filler = Buffer.alloc(20_000, number).toString('hex').slice(0, 20_000);
  const spans = Array.from({ length: SPANS_A_REQUEST }, (_, at) =>
    goodSpan(number, at + 1, { attributes: [{ key: 'filler', value: { stringValue: `${at} ${filler}` } }] }),
  );
  return encodeTraces('flood', spans);
}

test('an engine that hangs fills the backlog, and then it is worked off', { timeout: 120_000 }, async (t) => {
  const server = await RunningServer.start(['--wal.diskMax', '64MiB', '--storage.query.timeout', '2s']);
  let engine = 0;
  try {
    engine = server.childPids()[0] ?? 0;
    process.kill(engine, 'SIGSTOP');
    let acknowledged = 0;
    let refusal: Awaited<ReturnType<typeof postOtlp>> | undefined;
    for (let number = 1; number < 40 && refusal === undefined; number++) {
      const answer = await postOtlp(server, 'traces', largeRequest(number));
      if (answer.status === 200) acknowledged += SPANS_A_REQUEST;
      else refusal = answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    t.diagnostic(`${acknowledged} spans acknowledged before the backlog was full`);
    assert.ok(refusal !== undefined, 'the backlog has an end');
    assert.ok(acknowledged >= 8 * SPANS_A_REQUEST);
    assert.equal(refusal.status, 503);
    assert.match(refusal.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(Object(refusal.body)['code'], UNAVAILABLE);
    assert.match(String(Object(refusal.body)['message']), /backlog/);
    assertRetryInfo(Object(refusal.body));
    const inJson = await postOtlp(server, 'traces', tracesJson('flood', [goodSpan(99, 1)]), {
      type: JSON_TYPE,
    });
    assert.equal(inJson.status, 503);
    assert.match(JSON.stringify(inJson.body), /google\.rpc\.RetryInfo/);
    using grpc = new GrpcSender(server);
    const called = await grpc.call('traces', encodeTraces('flood', [goodSpan(99, 2)]));
    assert.equal(called.code, UNAVAILABLE);
    assertRetryInfo(called.details ?? {});

    // What explains the trouble does not share it.
    const began = performance.now();
    const status = (await server.status()) ?? assert.fail('the status is not answered');
    t.diagnostic(`status answered in ${Math.round(performance.now() - began)} ms`);
    assert.equal(status.accounts.spans.inFlight, acknowledged);
    assert.ok(status.wal.bytesWaiting > 64 * 1024 * 1024 && status.lagMs > 0);
    assert.equal((await fetch(server.url('health', '/live'))).status, 200);
    const read = await fetch(server.api(`/traces/${hexId(16, 1)}`));
    assert.equal(read.status, 504);
    assert.equal(Object(await read.json())['error']['code'], 'deadline');

    process.kill(engine, 'SIGCONT');
    const { accounts } = await server.settled();
    assert.deepEqual([accounts.spans.accepted, accounts.spans.stored], [acknowledged, acknowledged]);
    assert.equal(accounts.spans.rejected, 0);
    assert.ok(accounts.rejectedByReason.every(({ reason }) => reason === 'request: overloaded'));
    const again = await postOtlp(server, 'traces', encodeTraces('flood', [goodSpan(99, 1)]));
    assert.equal(again.status, 200);
    assert.equal(await server.stop(), 0);
  } finally {
    try {
      process.kill(engine, 'SIGCONT');
    } catch {
      // It has ended with its server.
    }
    await server.dispose();
  }
});

test('too many bytes at a time: some wait their turn, and all arrive', { timeout: 60_000 }, async (t) => {
  const server = await RunningServer.start(['--ingest.inFlightBytesMax', '1MiB', '--ingest.workers', '1']);
  try {
    let refused = 0;
    const send = async (number: number): Promise<void> => {
      const body = largeRequest(number);
      for (;;) {
        const answer = await postOtlp(server, 'traces', body);
        if (answer.status === 200) return;
        assert.equal(answer.status, 503);
        assert.match(String(Object(answer.body)['message']), /in flight/);
        refused++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, at) => send(at + 1)));
    t.diagnostic(`${refused} requests were told to come again`);
    const { accounts } = await server.settled();
    assert.equal(accounts.spans.stored, 12 * SPANS_A_REQUEST);
    assert.equal(
      accounts.rejectedByReason.reduce((sum, { count }) => sum + count, 0),
      refused,
    );
  } finally {
    await server.dispose();
  }
});

/** google.rpc.Status with a RetryInfo among its details. */
function assertRetryInfo(status: Message): void {
  const [detail] = (status['details'] ?? []) as Message[];
  assert.match(String(detail?.['typeUrl']), /google\.rpc\.RetryInfo$/);
  assert.ok(Object(detail?.['value']).length > 0);
}
