/**
 * The OpenTelemetry SDK for Node with nothing but the standard environment variables, over all three encodings of
 * OTLP: it has nothing to complain about, and what it sent is found by id, by search and by its logs, and is equal.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { assertEqualOtlp } from '../testing/assert-equal-otlp.ts';
import { canonicalLogs, canonicalSpans } from '../testing/canonical-otlp.ts';
import { foundTrace } from '../testing/found-trace.ts';
import { RunningServer, withoutSettings } from '../testing/running-server.ts';
import type { SdkReport } from '../testing/sdk-sender.ts';

const SENDER = fileURLToPath(new URL('../testing/sdk-sender.ts', import.meta.url));
const SPANS = 251;
/** The promise is one second; a machine that is busy with other tests gets more before it counts as broken. */
const FOUND_WITHIN_MS = 5_000;

let server: RunningServer;
before(async () => {
  server = await RunningServer.start();
});
after(() => server.dispose());

async function runSdk(protocol: string, service: string): Promise<SdkReport> {
  const endpoint = server.url(protocol === 'grpc' ? 'receivers.otlp.grpc' : 'receivers.otlp.http');
  const { stdout } = await promisify(execFile)(process.execPath, [SENDER], {
    env: {
      ...withoutSettings(process.env),
      NODE_OPTIONS: '',
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    },
    timeout: 60_000,
  });
  return JSON.parse(stdout) as SdkReport;
}

/** Polls until `find` gives something, and says how long after the acknowledgement that was. */
async function foundAfter<T>(
  t: TestContext,
  what: string,
  report: SdkReport,
  find: () => Promise<T | undefined>,
): Promise<T> {
  let found: T | undefined;
  await server.until(`it is found ${what}`, async () => {
    found = await find();
    return found !== undefined;
  });
  const afterMs = Date.now() - report.acknowledgedUnixMs;
  t.diagnostic(`found ${what} ${afterMs} ms after the last answer`);
  assert.ok(afterMs < FOUND_WITHIN_MS, `found ${what} after ${afterMs} ms`);
  return found as T;
}

async function ask(path: string): Promise<Record<string, Record<string, unknown>[]>> {
  const answer = await fetch(server.api(path));
  assert.equal(answer.status, 200, path);
  return (await answer.json()) as Record<string, Record<string, unknown>[]>;
}

for (const protocol of ['http/protobuf', 'http/json', 'grpc']) {
  test(`over ${protocol}`, async (t) => {
    const service = `checkout ${protocol}`;
    const report = await runSdk(protocol, service);
    assert.deepEqual(report.complaints, []);
    const id = report.traceId;
    const filter = `service=${encodeURIComponent(service)}`;

    await Promise.all([
      foundAfter(t, 'by id', report, async () => {
        const answer = await fetch(server.api(`/traces/${id}`));
        await answer.arrayBuffer();
        return Number(answer.headers.get('x-tracewright-spans')) === SPANS ? true : undefined;
      }),
      foundAfter(t, 'by search', report, async () => {
        const { traces } = await ask(`/search?${filter}&tag=cart.gift=true&from=-1h`);
        return traces?.some((hit) => hit['traceId'] === id && hit['spans'] === SPANS) ? true : undefined;
      }),
      foundAfter(t, 'by its logs', report, async () => {
        const { logs } = await ask(`/logs?trace=${id}`);
        return logs?.length === 2 ? true : undefined;
      }),
    ]);

    const expected = canonicalSpans(new Uint8Array(Buffer.from(report.spans, 'base64')));
    assert.equal(expected.length, SPANS);
    const found = await foundTrace(server, id, SPANS);
    assertEqualOtlp(canonicalSpans(found.protobuf), expected, 'protobuf');
    assertEqualOtlp(canonicalSpans(found.json), expected, 'JSON');

    const rootId = String(expected.find((span) => span['name'] === 'POST /checkout')?.['spanId']);
    const logs = canonicalLogs(found.json);
    assert.deepEqual(
      logs.map(({ body, severityNumber, severityText, traceId, spanId, flags, attributes }) => ({
        body,
        severityNumber,
        severityText,
        traceId,
        spanId,
        flags,
        attributes,
      })),
      [
        {
          body: ['string', 'card declined'],
          severityNumber: 17,
          severityText: 'ERROR',
          traceId: id,
          spanId: rootId,
          flags: 1,
          attributes: [
            ['attempt', ['int', '2']],
            ['order.id', ['string', 'o-1']],
            ['ratio', ['double', '0.25']],
          ],
        },
        {
          body: [
            'map',
            [
              ['order', ['string', 'o-1']],
              [
                'items',
                [
                  'array',
                  [
                    ['int', '1'],
                    ['string', 'two'],
                    ['map', [['three', ['int', '3']]]],
                  ],
                ],
              ],
            ],
          ],
          severityNumber: 9,
          severityText: '',
          traceId: id,
          spanId: rootId,
          flags: 1,
          attributes: [],
        },
      ],
    );

    const errors = await ask(`/search?of=spans&${filter}&status=error&kind=client&limit=100`);
    assert.equal(errors['spans']?.length, 5);
    const typed = await ask(`/search?of=spans&${filter}&q=${encodeURIComponent('{ span.half = 11.5 }')}`);
    assert.deepEqual(
      typed['spans']?.map((span) => (span['attributes'] as Record<string, unknown>)['at']),
      [11],
    );
    const bySpan = await ask(`/logs?span=${rootId}&grep=declined`);
    assert.equal(bySpan['logs']?.length, 1);
    const jaeger = await fetch(server.url('api', `/api/traces/${id}`));
    const { data } = (await jaeger.json()) as { data: { spans: unknown[] }[] };
    assert.equal(data[0]?.spans.length, SPANS);
  });
}

test('metrics of default settings were taken, thrown away and counted, and the accounts hold', async () => {
  const { accounts } = await server.settled();
  assert.ok(accounts.discarded.metricsRequests >= 3);
  assert.deepEqual(accounts.rejectedByReason, []);
  for (const [signal, count] of [
    [accounts.spans, 3 * SPANS],
    [accounts.logs, 6],
  ] as const) {
    assert.deepEqual(signal, {
      received: count,
      accepted: count,
      rejected: 0,
      stored: count,
      sampledOut: 0,
      quarantined: 0,
      inFlight: 0,
    });
  }
});
