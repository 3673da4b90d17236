/** Read-side records as the native API shows them. */
import {
  type Attribute,
  type AttributeValue,
  attributeJson,
  type LogRecord,
  SPAN_KINDS,
  SPAN_STATUSES,
  type Span,
} from '@tracewright/model';
import type { TraceHit } from '@tracewright/storage';
import type { LogJson, SpanHitJson, TraceHitJson } from './answers.ts';

export function traceHitJson(hit: TraceHit): TraceHitJson {
  return {
    traceId: hit.traceId,
    rootService: hit.rootService,
    rootName: hit.rootName,
    startUnixNano: String(hit.startUnixNano),
    durationNano: String(hit.durationNano),
    spans: hit.spans,
    errors: hit.errors,
    services: hit.services,
    matchedUnixNano: String(hit.matchedUnixNano),
  };
}

export function spanHitJson(span: Span): SpanHitJson {
  const duration = span.endUnixNano - span.startUnixNano;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    service: span.resource.service,
    name: span.name,
    kind: kindName(span.kind),
    status: SPAN_STATUSES[span.statusCode] ?? String(span.statusCode),
    startUnixNano: String(span.startUnixNano),
    durationNano: String(duration > 0n ? duration : 0n),
    attributes: attributesJson(span.attributes),
  };
}

export function logJson(log: LogRecord): LogJson {
  return {
    timeUnixNano: String(log.timeUnixNano),
    observedUnixNano: String(log.observedUnixNano),
    severityNumber: log.severityNumber,
    severityText: log.severityText,
    body: log.body === undefined ? null : valueJson(log.body),
    service: log.resource.service,
    ...(log.traceId === '' ? {} : { traceId: log.traceId }),
    ...(log.spanId === '' ? {} : { spanId: log.spanId }),
    ...(log.eventName === '' ? {} : { eventName: log.eventName }),
    attributes: attributesJson(log.attributes),
    resource: attributesJson(log.resource.attributes),
  };
}

/** The word for a kind, or the number that no kind has. */
export function kindName(kind: number): string {
  return SPAN_KINDS[kind] ?? String(kind);
}

/** Of a repeated key the first value, which is the one that searches see. */
function attributesJson(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  const entries = new Map<string, unknown>();
  for (const { key, value } of attributes) if (!entries.has(key)) entries.set(key, valueJson(value));
  return Object.fromEntries(entries);
}

/** JSON has no NaN and no infinities, and `null` would be a lie. */
function valueJson(value: AttributeValue): unknown {
  if (value.type === 'double' && !Number.isFinite(value.value)) return String(value.value);
  if (value.type === 'array') return value.value.map(valueJson);
  if (value.type === 'map') return attributesJson(value.value);
  return attributeJson(value);
}
