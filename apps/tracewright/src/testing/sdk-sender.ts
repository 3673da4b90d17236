/**
 * A program instrumented with the OpenTelemetry SDK for Node as its documentation says: everything the SDK does is
 * decided by the standard environment variables, metrics included. It makes a few spans, log records and
 * measurements, waits until all is sent, and prints one line of JSON: its spans as the SDK's own protobuf (base64),
 * what the SDK had to complain about, and when the last answer had come.
 */
import {
  context,
  type DiagLogger,
  DiagLogLevel,
  diag,
  logs,
  metrics,
  ROOT_CONTEXT,
  SeverityNumber,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

export type SdkReport = {
  readonly spans: string;
  readonly traceId: string;
  readonly complaints: readonly string[];
  readonly acknowledgedUnixMs: number;
};

const CHILDREN = 250;
const complaints: string[] = [];
const listen = (...words: unknown[]): void => void complaints.push(words.map(String).join(' '));
const silent = (): void => undefined;
const logger: DiagLogger = { error: listen, warn: listen, info: silent, debug: silent, verbose: silent };

const sdk = new NodeSDK();
sdk.start();
// The SDK sets a logger of its own when it starts.
diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });

const tracer = trace
  .getTracerProvider()
  .getTracer('checkout', '1.2.3', { schemaUrl: 'https://example.com/schemas/1.38.0' });
const root = tracer.startSpan('POST /checkout', {
  kind: SpanKind.SERVER,
  attributes: {
    'http.request.method': 'POST',
    'http.response.status_code': 500,
    'cart.gift': true,
    'cart.weight': 12.5,
    'cart.items': ['book', 'lamp'],
    'cart.prices': [1999, 4999],
    'cart.ratios': [0.5, 1.25],
    'empty.text': '',
    'text.snow': 'Schnee ☃ 雪 𝄞',
    large: Number.MAX_SAFE_INTEGER,
    negative: -42,
  },
});
const inRoot = trace.setSpan(ROOT_CONTEXT, root);
const spans: unknown[] = [root];
for (let at = 0; at < CHILDREN; at++) {
  const attributes = { 'db.system.name': 'postgresql', at, half: at + 0.5 };
  const links = at === 7 ? [{ context: root.spanContext(), attributes: { why: 'retry', times: 3 } }] : [];
  const span = tracer.startSpan('SELECT items', { kind: SpanKind.CLIENT, attributes, links }, inRoot);
  span.addEvent('row', { number: at, first: at === 0 });
  if (at === 11) span.recordException(new Error('card declined'));
  if (at % 50 === 1) span.setStatus({ code: SpanStatusCode.ERROR, message: 'no such item' });
  span.end();
  spans.push(span);
}
root.setStatus({ code: SpanStatusCode.OK });
root.end();

context.with(inRoot, () => {
  const log = logs.getLogger('pino', '9.0.0');
  log.emit({
    severityNumber: SeverityNumber.ERROR,
    severityText: 'ERROR',
    body: 'card declined',
    attributes: { 'order.id': 'o-1', attempt: 2, ratio: 0.25 },
  });
  log.emit({ severityNumber: SeverityNumber.INFO, body: { order: 'o-1', items: [1, 'two', { three: 3 }] } });
});
metrics.getMeter('checkout').createCounter('orders').add(1, { kind: 'test' });
metrics.getMeter('checkout').createHistogram('duration').record(0.5);

await sdk.shutdown();
const message = ProtobufTraceSerializer.serializeRequest(spans as ReadableSpan[]);
const report: SdkReport = {
  spans: Buffer.from(message ?? []).toString('base64'),
  traceId: root.spanContext().traceId,
  complaints,
  acknowledgedUnixMs: Date.now(),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
