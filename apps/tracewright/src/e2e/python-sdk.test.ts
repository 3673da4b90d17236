/** The OpenTelemetry SDK for Python, where there is a Python: its traces and logs over HTTP and gRPC are found. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Canonical, canonicalLogs, canonicalSpans } from '../testing/canonical-otlp.ts';
import { foundTrace } from '../testing/found-trace.ts';
import { type PythonSdk, preparePythonSdk } from '../testing/python-sdk.ts';
import { RunningServer, withoutSettings } from '../testing/running-server.ts';

const SENDER = fileURLToPath(new URL('../testing/sdk_sender.py', import.meta.url));

type Report = {
  readonly traceId: string;
  readonly spans: readonly {
    readonly spanId: string;
    readonly parentSpanId: string;
    readonly name: string;
    readonly start: string;
    readonly end: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly events: readonly string[];
  }[];
  readonly complaints: readonly string[];
  readonly flushed: boolean;
  readonly acknowledgedUnixMs: number;
};

let python: PythonSdk;
let server: RunningServer | undefined;
before(async () => {
  python = await preparePythonSdk();
  if (python.ok) server = await RunningServer.start();
});
after(() => server?.dispose());

async function runSdk(protocol: string, service: string, to: RunningServer, t: TestContext): Promise<Report> {
  assert.ok(python.ok);
  const { stdout } = await promisify(execFile)(python.interpreter, [SENDER], {
    env: {
      ...withoutSettings(process.env),
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: to.url(
        protocol === 'grpc' ? 'receivers.otlp.grpc' : 'receivers.otlp.http',
      ),
      PYTHONWARNINGS: 'ignore',
    },
    timeout: 60_000,
    signal: t.signal,
  });
  return JSON.parse(stdout) as Report;
}

/** As Python prints values. */
function printed(attributes: unknown): Record<string, string> {
  const value = ([type, inner]: [string, unknown]): string => {
    if (type === 'string') return `'${inner}'`;
    if (type === 'bool') return inner === true ? 'True' : 'False';
    if (type === 'double') return Number.isInteger(Number(inner)) ? `${inner}.0` : String(inner);
    if (type === 'array') return `(${(inner as [string, unknown][]).map(value).join(', ')})`;
    return String(inner);
  };
  return Object.fromEntries(
    (attributes as [string, [string, unknown]][]).map(([key, any]) => [key, value(any)]),
  );
}

for (const protocol of ['http/protobuf', 'grpc']) {
  test(`the SDK for Python over ${protocol}`, { timeout: 200_000 }, async (t) => {
    if (!python.ok || server === undefined) {
      t.skip(python.ok ? 'no server' : python.reason);
      return;
    }
    const service = `tax ${protocol}`;
    const report = await runSdk(protocol, service, server, t);
    assert.deepEqual([report.complaints, report.flushed], [[], true]);
    const found = await foundTrace(server, report.traceId, report.spans.length);
    t.diagnostic(`found at most ${Date.now() - report.acknowledgedUnixMs} ms after the last answer`);
    for (const spans of [canonicalSpans(found.protobuf), canonicalSpans(found.json)]) {
      const byId = new Map(spans.map((span) => [span['spanId'], span]));
      assert.equal(byId.size, report.spans.length);
      for (const made of report.spans) {
        const span = byId.get(made.spanId);
        assert.ok(span !== undefined, made.spanId);
        const { parentSpanId, name, startTimeUnixNano: start, endTimeUnixNano: end, events } = span;
        assert.deepEqual(
          { parentSpanId, name, start, end, events: (events as Canonical[]).map((event) => event['name']) },
          {
            parentSpanId: made.parentSpanId,
            name: made.name,
            start: made.start,
            end: made.end,
            events: made.events,
          },
        );
        assert.deepEqual(printed(span['attributes']), made.attributes);
        const resource = printed((span['resource'] as Canonical)['attributes']);
        assert.deepEqual(
          [resource['service.name'], resource['host.cpus'], resource['host.load'], resource['zones']],
          [`'${service}'`, '8', '0.25', "('a', 'b')"],
        );
        assert.equal(resource['telemetry.sdk.language'], "'python'");
      }
      const failed = spans.filter((span) => span['statusCode'] === 2);
      assert.deepEqual(
        failed.map((span) => span['statusMessage']),
        ['no rate'],
      );
      assert.equal(spans.filter((span) => (span['links'] as unknown[]).length === 1).length, 1);
    }

    const filter = `service=${encodeURIComponent(service)}`;
    const search = await fetch(server.api(`/search?${filter}&tag=int=${2n ** 53n + 1n}`));
    const { traces } = (await search.json()) as { traces: Record<string, unknown>[] };
    assert.deepEqual(
      traces.map(({ traceId, spans }) => [traceId, spans]),
      [[report.traceId, 31]],
    );

    let logs: Canonical[] = [];
    await server.until('the logs are found', async () => {
      logs = canonicalLogs((await foundTrace(server as RunningServer, report.traceId, 31)).json);
      return logs.length === 2;
    });
    assert.deepEqual(
      logs.map(({ body, severityText, severityNumber }) => [body, severityText, severityNumber]),
      [
        [['string', 'no rate for XY'], 'ERROR', 17],
        [['string', 'done'], 'INFO', 9],
      ],
    );
    const attributes = printed(logs[0]?.['attributes']);
    assert.deepEqual([attributes['order'], attributes['attempt']], ["'o-1'", '2']);
    const byTrace = await fetch(server.api(`/logs?trace=${report.traceId}&severity=error`));
    assert.equal(((await byTrace.json()) as { logs: unknown[] }).logs.length, 1);
  });
}
