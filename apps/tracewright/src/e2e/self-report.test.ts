/** What the program says of itself: accounts that agree wherever they are shown, health, and its own traces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningServer } from '../testing/running-server.ts';
import { GrpcSender, JSON_TYPE, postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan } from '../testing/span-messages.ts';

/** Values of Prometheus text by name and labels, as written. */
async function metricsOf(server: RunningServer): Promise<Map<string, number>> {
  const answer = await fetch(server.url('metrics', '/metrics'));
  assert.equal(answer.status, 200);
  const values = new Map<string, number>();
  for (const line of (await answer.text()).split('\n')) {
    const match = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line);
    if (match?.[1] !== undefined) values.set(match[1], Number(match[2]));
  }
  return values;
}

test('the accounts of the status page, of /metrics and of the receivers are the same', async () => {
  const server = await RunningServer.start();
  try {
    const bad = { traceId: Buffer.alloc(10, 1) };
    const spans = [goodSpan(1, 1), goodSpan(1, 2, bad), goodSpan(1, 3)];
    assert.equal(rejectedIn(await postOtlp(server, 'traces', encodeTraces('accounts', spans))), 1);
    using sender = new GrpcSender(server);
    await sender.call('traces', encodeTraces('accounts', [goodSpan(1, 4), goodSpan(1, 5, bad)]));
    const logs = JSON.stringify({
      resourceLogs: [
        { scopeLogs: [{ logRecords: [{ body: { stringValue: 'one' } }, { severityNumber: 9 }] }] },
      ],
    });
    assert.equal(rejectedIn(await postOtlp(server, 'logs', logs, { type: JSON_TYPE })), 0);
    assert.equal((await postOtlp(server, 'logs', 'rubbish')).status, 400);
    assert.equal((await postOtlp(server, 'metrics', 'anything')).status, 200);
    await sender.call('metrics', new Uint8Array([1, 2, 3]));

    const { accounts, receivers } = await server.settled();
    const all = { sampledOut: 0, quarantined: 0, inFlight: 0 };
    assert.deepEqual(accounts.spans, { received: 5, accepted: 3, rejected: 2, stored: 3, ...all });
    assert.deepEqual(accounts.logs, { received: 2, accepted: 2, rejected: 0, stored: 2, ...all });
    assert.equal(accounts.discarded.metricsRequests, 2);

    const metrics = await metricsOf(server);
    const names = {
      received: 'received_total',
      accepted: 'accepted_total',
      rejected: 'rejected_total',
      stored: 'stored_total',
      sampledOut: 'sampled_out_total',
      quarantined: 'quarantined',
      inFlight: 'in_flight',
    } as const;
    for (const signal of ['spans', 'logs'] as const) {
      for (const [field, name] of Object.entries(names)) {
        const shown = metrics.get(`tracewright_${name}{signal="${signal}"}`);
        assert.equal(shown, accounts[signal][field as keyof typeof names], `${name} of ${signal}`);
      }
    }
    assert.equal(metrics.get('tracewright_discarded_metrics_requests_total'), 2);
    const refusals = [...metrics].filter(([name]) => name.startsWith('tracewright_refusals_total'));
    assert.equal(
      refusals.reduce((sum, [, value]) => sum + value, 0),
      accounts.rejectedByReason.reduce((sum, { count }) => sum + count, 0),
    );
    const [grpc, http] = ['otlp/grpc', 'otlp/http'].map((id) => receivers.find((one) => one.id === id));
    assert.deepEqual([grpc?.requests, grpc?.accepted, grpc?.rejected], [2, 1, 1]);
    assert.deepEqual([http?.requests, http?.accepted, http?.rejected], [4, 4, 1]);
    for (const [id, receiver] of [
      ['otlp/grpc', grpc],
      ['otlp/http', http],
    ] as const)
      assert.equal(
        metrics.get(`tracewright_receiver_requests_total{receiver="${id}"}`),
        receiver?.requests,
        id,
      );
    assert.equal(metrics.get('tracewright_ready'), 1);
    assert.equal(metrics.get('tracewright_table_rows{table="spans"}'), 3);
    assert.equal(metrics.get('tracewright_table_rows{table="logs"}'), 2);
  } finally {
    await server.dispose();
  }
});

test('on request the program traces itself, under the parent of its caller, and not without end', async () => {
  const server = await RunningServer.start(['--selfTracing.enabled', 'true']);
  try {
    const traceId = 'c0ffee'.padEnd(32, '0');
    const answer = await fetch(server.api('/services'), {
      headers: { traceparent: `00-${traceId}-00000000000000aa-01` },
    });
    assert.equal(answer.status, 200);
    await server.until(
      'its own span is found',
      async () => (await fetch(server.api(`/traces/${traceId}`))).ok,
    );
    const found = await fetch(server.api('/search?service=tracewright&of=spans&limit=100'));
    const { spans } = (await found.json()) as { spans: Record<string, unknown>[] };
    const own = spans.find((span) => span['traceId'] === traceId);
    assert.deepEqual(
      [own?.['parentSpanId'], own?.['service'], own?.['kind'], own?.['name']],
      ['00000000000000aa', 'tracewright', 'server', 'GET /api/tracewright/v1/services'],
    );
    assert.equal(Object(own?.['attributes'])['http.response.status_code'], 200);
    const services = (await (await fetch(server.api('/services'))).json()) as { services: string[] };
    assert.ok(services.services.includes('tracewright'));

    // Left alone, it falls silent: storing its spans makes no further ones.
    await server.settled();
    const stored = async (): Promise<number | undefined> =>
      (await metricsOf(server)).get('tracewright_stored_total{signal="spans"}');
    let before = await stored();
    await server.until('nothing more is stored', async () => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const now = await stored();
      const silent = now === before;
      before = now;
      return silent;
    });
  } finally {
    await server.dispose();
  }
});
