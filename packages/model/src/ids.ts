/**
 * Trace and span ids as text, and how every spelling of one is understood.
 *
 * The canonical form is lower-case hex: 32 digits for a trace, 16 for a span. Short trace ids are padded
 * with zeros on the left here and nowhere else.
 */

declare const brand: unique symbol;
export type TraceId = string & { readonly [brand]: 'TraceId' };
export type SpanId = string & { readonly [brand]: 'SpanId' };

export const TRACE_ID_BYTES = 16;
export const SPAN_ID_BYTES = 8;

/** What a person typed when they meant a trace. */
export type TraceReference = {
  readonly traceId: TraceId;
  /** True when only the low 64 bits were given: traces whose high half differs match as well. */
  readonly lowOnly: boolean;
  /** Set when the text named a span too, as a `traceparent` does. */
  readonly spanId?: SpanId;
};

/**
 * Understands 32 or up to 16 hex digits, upper case, dashes (UUID form), a whole `traceparent`, and the
 * X-Ray form `1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx`. Undefined for anything else and for the zero id.
 */
export function parseTraceReference(text: string): TraceReference | undefined {
  const trimmed = text.trim().toLowerCase().replace(/^0x/, '');
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/.exec(trimmed);
  if (parent !== null) {
    const traceId = parseTraceId(parent[1] ?? '');
    const spanId = parseSpanId(parent[2] ?? '');
    if (traceId === undefined) return undefined;
    return spanId === undefined ? { traceId, lowOnly: false } : { traceId, lowOnly: false, spanId };
  }
  const xray = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/.exec(trimmed);
  const digits = xray === null ? trimmed.replaceAll('-', '') : `${xray[1]}${xray[2]}`;
  const traceId = parseTraceId(digits);
  return traceId === undefined ? undefined : { traceId, lowOnly: digits.length <= 16 };
}

/** Up to 32 hex digits, padded on the left; undefined for the zero id and for other text. */
export function parseTraceId(text: string): TraceId | undefined {
  if (!/^[0-9a-fA-F]{1,32}$/.test(text) || /^0+$/.test(text)) return undefined;
  return text.toLowerCase().padStart(32, '0') as TraceId;
}

/** Up to 16 hex digits, padded on the left; undefined for the zero id and for other text. */
export function parseSpanId(text: string): SpanId | undefined {
  if (!/^[0-9a-fA-F]{1,16}$/.test(text) || /^0+$/.test(text)) return undefined;
  return text.toLowerCase().padStart(16, '0') as SpanId;
}
