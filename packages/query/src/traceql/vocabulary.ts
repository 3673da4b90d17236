/** The words of TraceQL for spans, as far as this version understands them, and of the same filters over logs. */
import type { LogField, SpanField } from '../plan.ts';
import type { Vocabulary } from './syntax.ts';

/** `id` compares as hex; `status`, `kind` and `severity` have their own words. */
export type FieldType = 'text' | 'duration' | 'status' | 'kind' | 'severity' | 'traceId' | 'spanId';
export type Intrinsic<Field> = { readonly field: Field; readonly type: FieldType };

export const SPAN_INTRINSICS: Readonly<Record<string, Intrinsic<SpanField>>> = {
  name: { field: 'name', type: 'text' },
  'span:name': { field: 'name', type: 'text' },
  kind: { field: 'kind', type: 'kind' },
  'span:kind': { field: 'kind', type: 'kind' },
  status: { field: 'status', type: 'status' },
  'span:status': { field: 'status', type: 'status' },
  statusMessage: { field: 'statusMessage', type: 'text' },
  'span:statusMessage': { field: 'statusMessage', type: 'text' },
  duration: { field: 'duration', type: 'duration' },
  'span:duration': { field: 'duration', type: 'duration' },
  'span:id': { field: 'spanId', type: 'spanId' },
  'span:parentID': { field: 'parentId', type: 'spanId' },
  'trace:id': { field: 'traceId', type: 'traceId' },
  'event:name': { field: 'eventName', type: 'text' },
  'instrumentation:name': { field: 'scopeName', type: 'text' },
  'instrumentation:version': { field: 'scopeVersion', type: 'text' },
};

export const LOG_INTRINSICS: Readonly<Record<string, Intrinsic<LogField>>> = {
  body: { field: 'body', type: 'text' },
  severity: { field: 'severity', type: 'severity' },
  severityText: { field: 'severityText', type: 'text' },
  'event:name': { field: 'eventName', type: 'text' },
  'trace:id': { field: 'traceId', type: 'traceId' },
  'span:id': { field: 'spanId', type: 'spanId' },
  'instrumentation:name': { field: 'scopeName', type: 'text' },
};

/** Words of values by the type of the field beside them; the numbers are OTLP's. */
export const STATUS_WORDS: Readonly<Record<string, bigint>> = { unset: 0n, ok: 1n, error: 2n };
export const KIND_WORDS: Readonly<Record<string, bigint>> = {
  unspecified: 0n,
  internal: 1n,
  server: 2n,
  client: 3n,
  producer: 4n,
  consumer: 5n,
};
/** The first of the four numbers of each severity. */
export const SEVERITY_WORDS: Readonly<Record<string, bigint>> = {
  trace: 1n,
  debug: 5n,
  info: 9n,
  warn: 13n,
  error: 17n,
  fatal: 21n,
};

export const SPAN_VOCABULARY: Vocabulary = {
  scopes: {
    span: 'span',
    resource: 'resource',
    event: 'event',
    link: 'link',
    instrumentation: 'scope',
  },
  intrinsics: new Set(Object.keys(SPAN_INTRINSICS)),
  keywords: new Set([...Object.keys(STATUS_WORDS), ...Object.keys(KIND_WORDS)]),
  later: new Set([
    'parent',
    'parent.span',
    'parent.resource',
    'rootName',
    'rootServiceName',
    'traceDuration',
    'trace:duration',
    'trace:rootName',
    'trace:rootService',
    'span:childCount',
    'event:timeSinceStart',
    'link:traceID',
    'link:spanID',
    'nestedSetLeft',
    'nestedSetRight',
    'nestedSetParent',
    'childCount',
  ]),
};

export const LOG_VOCABULARY: Vocabulary = {
  scopes: { log: 'span', resource: 'resource', instrumentation: 'scope' },
  intrinsics: new Set(Object.keys(LOG_INTRINSICS)),
  keywords: new Set(Object.keys(SEVERITY_WORDS)),
  later: new Set(),
};
