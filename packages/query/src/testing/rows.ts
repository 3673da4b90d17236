/** Builds read-side spans and logs for tests: everything has a plain default, and a test names what matters. */
import {
  type Attribute,
  type AttributeValue,
  type LogRecord,
  parseSpanId,
  parseTraceId,
  type Resource,
  type Scope,
  type Span,
} from '@tracewright/model';
import { assert } from '@tracewright/std';

type Plain = string | number | bigint | boolean | AttributeValue;

/** Strings, booleans, bigints (int64) and numbers (double) as attributes; a typed value stays itself. */
export function attributes(plain: Readonly<Record<string, Plain>>): readonly Attribute[] {
  return Object.entries(plain).map(([key, value]) => ({ key, value: typed(value) }));
}

function typed(value: Plain): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { type: 'string', value };
    case 'boolean':
      return { type: 'bool', value };
    case 'bigint':
      return { type: 'int', value };
    case 'number':
      return { type: 'double', value };
    default:
      return value;
  }
}

export function resource(service: string, more: Readonly<Record<string, Plain>> = {}): Resource {
  const named = service === '' ? {} : { 'service.name': service };
  return { service, attributes: attributes({ ...named, ...more }), droppedAttributes: 0, schemaUrl: '' };
}

export const NO_SCOPE: Scope = { name: '', version: '', attributes: [], droppedAttributes: 0, schemaUrl: '' };

export type SpanWish = Partial<Omit<Span, 'traceId' | 'spanId' | 'parentSpanId'>> & {
  /** Hex, padded here. */
  readonly trace?: string;
  readonly id?: string;
  readonly parent?: string;
};

export function span(wish: SpanWish = {}): Span {
  const { trace = 'a1', id = '1', parent, ...rest } = wish;
  const traceId = parseTraceId(trace);
  const spanId = parseSpanId(id);
  const parentSpanId = parent === undefined ? '' : parseSpanId(parent);
  assert(
    traceId !== undefined && spanId !== undefined && parentSpanId !== undefined,
    'A test names a bad id',
  );
  const startUnixNano = rest.startUnixNano ?? 1_700_000_000_000_000_000n;
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState: '',
    flags: 0,
    name: 'work',
    kind: 1,
    endUnixNano: startUnixNano + 1_000_000n,
    statusCode: 0,
    statusMessage: '',
    attributes: [],
    droppedAttributes: 0,
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource: resource('shop'),
    scope: NO_SCOPE,
    weight: 1,
    weightKnown: true,
    arrivedUnixMs: 1_700_000_000_000,
    receiver: 'otlp',
    ...rest,
    startUnixNano,
  };
}

export function log(wish: Partial<LogRecord> = {}): LogRecord {
  return {
    timeUnixNano: 1_700_000_000_000_000_000n,
    observedUnixNano: 1_700_000_000_000_000_000n,
    severityNumber: 9,
    severityText: 'INFO',
    body: { type: 'string', value: 'hello' },
    attributes: [],
    droppedAttributes: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    resource: resource('shop'),
    scope: NO_SCOPE,
    arrivedUnixMs: 1_700_000_000_000,
    receiver: 'otlp',
    ...wish,
  };
}
