/**
 * A real producer for tests: spans and log records of the OpenTelemetry JavaScript SDK, with fixed ids and
 * times, serialised by its own exporters' serialisers.
 */
import { context, type HrTime, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import {
  JsonLogsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

/** The version of the exporters whose bytes these are. */
export const OTEL_JS = 'opentelemetry-js-0.301.0';

export type Produced<R> = {
  readonly records: readonly R[];
  readonly protobuf: Uint8Array;
  readonly json: Uint8Array;
};

const SECOND = 1_760_000_000;

function at(milliseconds: number, nanoseconds: number = 0): HrTime {
  return [SECOND + Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1_000_000 + nanoseconds];
}

const resource = resourceFromAttributes({
  'service.name': 'checkout',
  'service.version': '1.4.2',
  'process.pid': 4711,
  'host.load': 0.75,
  'cloud.zones': ['eu-1', 'eu-2'],
});

export function produceTraces(): Produced<ReadableSpan> {
  const exporter = new InMemorySpanExporter();
  let traces = 0;
  let spans = 0;
  const provider = new TracerProvider({
    resource,
    spanLimits: { attributeCountLimit: 16, eventCountLimit: 3, linkCountLimit: 2 },
    idGenerator: {
      generateTraceId: () => (0xabc0_0000 + ++traces).toString(16).padStart(32, '5'),
      generateSpanId: () => (0xdef0_0000 + ++spans).toString(16).padStart(16, '7'),
    },
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const http = provider.getTracer('@opentelemetry/instrumentation-http', '0.301.0', {
    schemaUrl: 'https://opentelemetry.io/schemas/1.38.0',
  });
  const shop = provider.getTracer('shop');
  const root = http.startSpan('POST /checkout', {
    kind: SpanKind.SERVER,
    startTime: at(0, 123_456),
    root: true,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/checkout',
      'http.response.status_code': 500,
      'server.port': 8080,
      'cart.weight': 12.5,
      'cart.gift': true,
      'cart.plain': false,
      'cart.items': ['book', 'lamp'],
      'cart.prices': [1999, 4999],
      'cart.ratios': [0.5, 1.25],
      'cart.flags': [true, false],
      'empty.text': '',
      'text.nul': 'a\u0000b',
      'text.snow': 'Schnee ☃ 雪 𝄞',
      negative: -42,
      large: Number.MAX_SAFE_INTEGER,
      'dropped.by.limit': 'gone',
    },
  });
  const inner = trace.setSpan(context.active(), root);
  const query = shop.startSpan(
    'SELECT orders',
    {
      kind: SpanKind.CLIENT,
      startTime: at(5),
      attributes: { 'db.system.name': 'postgresql', 'db.query.text': 'SELECT * FROM orders WHERE id = $1' },
      links: [
        {
          context: { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: TraceFlags.SAMPLED },
          attributes: { 'link.reason': 'retry', 'link.count': 3 },
        },
        { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.NONE } },
      ],
    },
    inner,
  );
  query.addEvent('row', { number: 1, first: true, cost: 0.125, keys: ['a'] }, at(6));
  query.addEvent('row', { number: 2 }, at(7));
  query.addEvent('done', at(8));
  query.addEvent('one more than the limit', at(9));
  query.setStatus({ code: SpanStatusCode.OK });
  query.end(at(12, 1));
  const failed = shop.startSpan('charge card', { kind: SpanKind.INTERNAL, startTime: at(13) }, inner);
  failed.recordException(
    Object.assign(new Error('card declined'), { stack: 'Error: card declined\n    at charge (shop.js:1:1)' }),
    at(14),
  );
  failed.setStatus({ code: SpanStatusCode.ERROR, message: 'card declined' });
  failed.end(at(15));
  shop.startSpan('order.created', { kind: SpanKind.PRODUCER, startTime: at(15) }, inner).end(at(16));
  shop.startSpan('order.created', { kind: SpanKind.CONSUMER, startTime: at(20), root: true }).end(at(21));
  root.setStatus({ code: SpanStatusCode.ERROR });
  root.end(at(30));
  const records = exporter.getFinishedSpans();
  return {
    records,
    protobuf: bytesOf(ProtobufTraceSerializer.serializeRequest(records)),
    json: bytesOf(JsonTraceSerializer.serializeRequest(records)),
  };
}

export function produceLogs(): Produced<ReadableLogRecord> {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    resource,
    logRecordLimits: { attributeCountLimit: 4 },
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger('pino', '9.7.0', {
    schemaUrl: 'https://opentelemetry.io/schemas/1.38.0',
  });
  const inSpan = trace.setSpanContext(context.active(), {
    traceId: 'abcdef01'.repeat(4),
    spanId: '1234abcd'.repeat(2),
    traceFlags: TraceFlags.SAMPLED,
  });
  logger.emit({
    timestamp: at(1),
    observedTimestamp: at(2, 7),
    severityNumber: 17,
    severityText: 'ERROR',
    body: 'card declined',
    attributes: { 'order.id': 'o-1', attempt: 2, slow: true, ratio: 0.5, dropped: 'by the limit' },
    context: inSpan,
  });
  logger.emit({
    timestamp: at(3),
    observedTimestamp: at(3),
    eventName: 'order.created',
    body: { order: 'o-1', items: [{ name: 'book', count: 2 }, 'gift'], paid: false, total: 19.5, note: null },
    attributes: { nested: { a: { b: [1, 2] } }, nothing: null, binary: Uint8Array.of(0, 255, 10) },
  });
  logger.emit({ observedTimestamp: at(4), timestamp: at(4) });
  const records = exporter.getFinishedLogRecords();
  return {
    records,
    protobuf: bytesOf(ProtobufLogsSerializer.serializeRequest(records)),
    json: bytesOf(JsonLogsSerializer.serializeRequest(records)),
  };
}

function bytesOf(serialised: Uint8Array | undefined): Uint8Array {
  if (serialised === undefined) throw new Error('the serialiser gave nothing');
  return serialised;
}
