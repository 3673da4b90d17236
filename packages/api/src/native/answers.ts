/**
 * What the native API answers, as types. Nanoseconds and 64-bit integers are decimal strings, because JSON's
 * numbers lose them; counts are numbers.
 */

export type TraceHitJson = {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startUnixNano: string;
  readonly durationNano: string;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly { readonly name: string; readonly spans: number; readonly errors: number }[];
  readonly matchedUnixNano: string;
};

export type SpanHitJson = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly startUnixNano: string;
  readonly durationNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** `traces` or `spans`, as `of` asked. */
export type SearchJson = {
  readonly traces?: readonly TraceHitJson[];
  readonly spans?: readonly SpanHitJson[];
  readonly next?: string;
};

export type LogJson = {
  readonly timeUnixNano: string;
  readonly observedUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly service: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
};

export type LogsJson = { readonly logs: readonly LogJson[]; readonly next?: string };
export type ServicesJson = { readonly services: readonly string[] };
export type OperationJson = { readonly service: string; readonly name: string; readonly kind: string };
export type OperationsJson = { readonly operations: readonly OperationJson[] };

/** OTLP/JSON as the OpenTelemetry specification has it. */
export type TraceJson = {
  readonly resourceSpans: readonly Readonly<Record<string, unknown>>[];
  readonly resourceLogs?: readonly Readonly<Record<string, unknown>>[];
};
