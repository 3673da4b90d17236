/**
 * Span, LogRecord and what they share, on the read side only: flat readonly records of a fixed shape.
 * On the way in there is no such object; there a span is a row of a SpanBatch.
 *
 * Ids are lower-case hex (32 digits for a trace, 16 for a span). Times are nanoseconds since the Unix
 * epoch as unsigned 64-bit bigints, exactly as sent: an end before its start stays so.
 */
import type { Attribute, AttributeValue } from './attribute.ts';
import type { SpanId, TraceId } from './ids.ts';

/** Which attributes of a resource make up one entity, such as the host or the process. */
export type EntityRef = {
  readonly schemaUrl: string;
  readonly type: string;
  readonly idKeys: readonly string[];
  readonly descriptionKeys: readonly string[];
};

export type Resource = {
  readonly service: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
  readonly schemaUrl: string;
  /** Absent when the sender named no entities, as nearly all do. */
  readonly entityRefs?: readonly EntityRef[];
};

export type Scope = {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
  readonly schemaUrl: string;
};

export type SpanEvent = {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
};

export type SpanLink = {
  /** Hex of whatever bytes the link held; normally 32 digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
  readonly flags: number;
};

/** Kinds by OTLP's numbers: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** Status codes by OTLP's numbers: 0 unset, 1 ok, 2 error. */
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const;
export type SpanStatus = (typeof SPAN_STATUSES)[number];

export type Span = {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  /** Empty for a root. */
  readonly parentSpanId: SpanId | '';
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  /** OTLP's number; see SPAN_KINDS. */
  readonly kind: number;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** OTLP's number; see SPAN_STATUSES. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEvents: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinks: number;
  /** The same object for all spans of one answer that share it. */
  readonly resource: Resource;
  readonly scope: Scope;
  /** How many spans this one stands for, and whether that is known or assumed. */
  readonly weight: number;
  readonly weightKnown: boolean;
  readonly arrivedUnixMs: number;
  readonly receiver: string;
};

export type LogRecord = {
  readonly timeUnixNano: bigint;
  readonly observedUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  /** undefined when the record had no body at all. */
  readonly body: AttributeValue | undefined;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributes: number;
  readonly flags: number;
  /** Empty when the record names no trace. */
  readonly traceId: TraceId | '';
  readonly spanId: SpanId | '';
  readonly eventName: string;
  readonly resource: Resource;
  readonly scope: Scope;
  readonly arrivedUnixMs: number;
  readonly receiver: string;
};
