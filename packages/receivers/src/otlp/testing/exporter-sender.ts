/**
 * Senders for the receivers' contract, made of the OpenTelemetry SDK's own exporters. The spans are what the SDK
 * would hand to an exporter; everything from there to the socket is the SDK's code.
 */
import { type HrTime, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { GeneratedSpan, Sender, SendOutcome } from '../../testing/contract.ts';
import { readRetryDelayMs } from './retry-info.ts';

const RESOURCE = resourceFromAttributes({ 'service.name': 'contract', 'process.pid': 4711 });
const SCOPE = { name: 'contract', version: '1.0.0' };
const START: HrTime = [1_760_000_000, 123_456_789];
const END: HrTime = [1_760_000_000, 223_456_789];

export function readableSpan({ traceId, spanId }: GeneratedSpan): ReadableSpan {
  return {
    name: 'GET /orders/{id}',
    kind: SpanKind.SERVER,
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
    startTime: START,
    endTime: END,
    duration: [0, 100_000_000],
    ended: true,
    status: { code: SpanStatusCode.UNSET },
    attributes: { 'http.request.method': 'GET', 'http.response.status_code': 200, sampled: true, ratio: 0.5 },
    events: [{ name: 'cache miss', time: START, attributes: { key: 'order' } }],
    links: [],
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** A sender whose exporter tries again by itself, as those over HTTP do. */
export function exporterSender(exporter: SpanExporter): Sender {
  return {
    send: async (spans) => ((await exportOnce(exporter, spans)) === undefined ? 'accepted' : 'refused'),
    close: () => exporter.shutdown(),
  };
}

/**
 * A sender over gRPC. The exporter of the JavaScript SDK leaves trying again to others, so that is done here by
 * the specification's table.
 */
export function retryingGrpcSender(exporter: SpanExporter): Sender {
  const send = async (spans: readonly GeneratedSpan[]): Promise<SendOutcome> => {
    for (let tries = 0; tries < 5; tries++) {
      const error = await exportOnce(exporter, spans);
      if (error === undefined) return 'accepted';
      const delayMs = retryDelayMs(error);
      if (delayMs === undefined) return 'refused';
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
    return 'refused';
  };
  return { send, close: () => exporter.shutdown() };
}

function exportOnce(exporter: SpanExporter, spans: readonly GeneratedSpan[]): Promise<Error | undefined> {
  return new Promise((resolve) => {
    exporter.export(spans.map(readableSpan), ({ code, error }) =>
      resolve(code === 0 ? undefined : (error ?? new Error('The export failed'))),
    );
  });
}

type GrpcError = Error & { readonly code: number; readonly metadata: { get(key: string): unknown[] } };

/** CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS; RESOURCE_EXHAUSTED with RetryInfo. */
function retryDelayMs(error: Error): number | undefined {
  if (!isGrpcError(error)) return undefined;
  const details = error.metadata.get('grpc-status-details-bin')[0];
  const told = details instanceof Uint8Array ? readRetryDelayMs(details) : undefined;
  if ([1, 4, 10, 11, 14, 15].includes(error.code)) return told ?? 100;
  return error.code === 8 ? told : undefined;
}

function isGrpcError(error: Error): error is GrpcError {
  return 'code' in error && typeof error.code === 'number' && 'metadata' in error;
}
