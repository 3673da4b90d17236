/** The OpenTelemetry SDK for JavaScript with its default settings, over each of its transports, has nothing to say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiagLogger, DiagLogLevel, diag, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Component } from '../receiver.ts';
import { MemoryIngest } from '../testing/memory-ingest.ts';
import { otlpGrpc } from './grpc.ts';
import { otlpHttp } from './http.ts';
import { grpcOptions, httpOptions } from './testing/receiver-options.ts';

type Exporters = { traces: SpanExporter; logs: LogRecordExporter; metrics: PushMetricExporter };

const TRANSPORTS: readonly [string, (ingest: MemoryIngest, token?: string) => Component, () => Exporters][] =
  [
    [
      'grpc',
      (ingest, token) => otlpGrpc.create(grpcOptions(ingest, { token })),
      () => ({ traces: new GrpcTraces(), logs: new GrpcLogs(), metrics: new GrpcMetrics() }),
    ],
    [
      'http/protobuf',
      (ingest, token) => otlpHttp.create(httpOptions(ingest, { token })),
      () => ({ traces: new ProtobufTraces(), logs: new ProtobufLogs(), metrics: new ProtobufMetrics() }),
    ],
    [
      'http/json',
      (ingest, token) => otlpHttp.create(httpOptions(ingest, { token })),
      () => ({ traces: new JsonTraces(), logs: new JsonLogs(), metrics: new JsonMetrics() }),
    ],
  ];

for (const [name, create, createExporters] of TRANSPORTS) {
  for (const compression of ['none', 'gzip']) {
    test(`the SDK over ${name}, compression ${compression}, sends all signals without a complaint`, async () => {
      const ingest = new MemoryIngest();
      await using component = create(ingest);
      assert.ok((await component.start()).ok);
      const said = await withSdk(component, { OTEL_EXPORTER_OTLP_COMPRESSION: compression }, createExporters);
      assert.deepEqual(said, []);
      assert.equal(ingest.accepted.traces.size, 600);
      assert.equal(
        [...ingest.accepted.logs.values()].reduce((sum, times) => sum + times),
        50,
      );
      assert.ok(ingest.discarded >= 1);
      assert.deepEqual(ingest.refused, []);
      assert.ok(ingest.requests.every((request) => (request.coding === 'gzip') === (compression === 'gzip')));
      const { accepted, rejected, refused, discarded } = component.check();
      assert.deepEqual(
        { accepted, rejected, refused, discarded },
        { accepted: 650, rejected: 0, refused: 0, discarded: ingest.discarded },
      );
    });
  }

  test(`the SDK over ${name} passes with the token and is told so without`, async () => {
    const ingest = new MemoryIngest();
    await using component = create(ingest, 'open-sesame');
    assert.ok((await component.start()).ok);
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20open-sesame' };
    assert.deepEqual(await withSdk(component, headers, createExporters), []);
    assert.equal(ingest.accepted.traces.size, 600);
    const said = await withSdk(component, {}, createExporters);
    assert.ok(
      said.some((line) => /unauth|token/i.test(line)),
      said.join('\n'),
    );
    assert.equal(ingest.accepted.traces.size, 600);
    assert.ok(ingest.refused.every(({ reason }) => reason === 'unauthenticated'));
    assert.deepEqual(
      new Set(ingest.refused.map(({ signal }) => signal)),
      new Set(['traces', 'logs', 'metrics']),
    );
  });
}

/** Sends 600 spans, 50 logs and a metric; returns what the SDK logged as warnings and errors. */
async function withSdk(
  component: Component,
  variables: Readonly<Record<string, string>>,
  createExporters: () => Exporters,
): Promise<string[]> {
  const before = { ...process.env };
  Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: component.check().endpoint, ...variables });
  const said: string[] = [];
  const listen = (...words: unknown[]): void => void said.push(words.map(String).join(' '));
  const silent = (): void => undefined;
  const logger: DiagLogger = { error: listen, warn: listen, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
  try {
    const { traces, logs, metrics } = createExporters();
    const tracing = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: traces })] });
    const logging = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: logs })] });
    const metering = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 60_000 })],
    });
    const tracer = tracing.getTracer('sdk-test', '1.0.0');
    const counter = metering.getMeter('sdk-test').createCounter('orders');
    for (let at = 0; at < 600; at++) {
      const span = tracer.startSpan('order', { kind: SpanKind.SERVER, attributes: { 'order.id': at } });
      if (at % 12 === 0)
        logging.getLogger('sdk-test').emit({
          body: { text: 'ordered', number: at },
          attributes: { at },
          context: trace.setSpan(ROOT_CONTEXT, span),
        });
      counter.add(1, { kind: 'test' });
      span.end();
    }
    await Promise.allSettled([tracing.shutdown(), logging.shutdown(), metering.shutdown()]);
  } finally {
    diag.disable();
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
  return said;
}
