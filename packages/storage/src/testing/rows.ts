/** Spans and logs for tests: everything has a plain value unless the test says otherwise. */
import type {
  Attribute,
  AttributeValue,
  LogRecord,
  Resource,
  Scope,
  Span,
  SpanId,
  TraceId,
} from '@tracewright/model';

export const CHECKOUT: Resource = {
  service: 'checkout',
  attributes: [{ key: 'service.name', value: { type: 'string', value: 'checkout' } }],
  droppedAttributes: 0,
  schemaUrl: '',
};

export const SCOPE: Scope = {
  name: 'test',
  version: '1.0.0',
  attributes: [],
  droppedAttributes: 0,
  schemaUrl: '',
};

export function traceId(number: number | bigint): TraceId {
  return BigInt(number).toString(16).padStart(32, '0') as TraceId;
}

export function spanId(number: number | bigint): SpanId {
  return BigInt(number).toString(16).padStart(16, '0') as SpanId;
}

/** 2026-01-02T03:04:05Z, in the middle of nowhere special. */
export const NOON_NANO: bigint = 1_767_323_045_000_000_000n;

export function makeSpan(span: Partial<Span>): Span {
  return {
    traceId: traceId(1),
    spanId: spanId(1),
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: 'GET /cart',
    kind: 2,
    startUnixNano: NOON_NANO,
    endUnixNano: (span.startUnixNano ?? NOON_NANO) + 1_000_000n,
    statusCode: 0,
    statusMessage: '',
    attributes: [],
    droppedAttributes: 0,
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource: CHECKOUT,
    scope: SCOPE,
    weight: 1,
    weightKnown: false,
    arrivedUnixMs: Number(NOON_NANO / 1_000_000n),
    receiver: 'otlp/http',
    ...span,
  };
}

export function makeLog(log: Partial<LogRecord>): LogRecord {
  return {
    timeUnixNano: NOON_NANO,
    observedUnixNano: NOON_NANO,
    severityNumber: 9,
    severityText: 'INFO',
    body: { type: 'string', value: 'hello' },
    attributes: [],
    droppedAttributes: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    resource: CHECKOUT,
    scope: SCOPE,
    arrivedUnixMs: Number(NOON_NANO / 1_000_000n),
    receiver: 'otlp/http',
    ...log,
  };
}

/** `attributesOf({ a: 'x', b: 3n, c: 1.5, d: true })`. */
export function attributesOf(
  values: Readonly<Record<string, string | bigint | number | boolean | AttributeValue>>,
): Attribute[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: attributeValue(value) }));
}

function attributeValue(value: string | bigint | number | boolean | AttributeValue): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { type: 'string', value };
    case 'bigint':
      return { type: 'int', value };
    case 'number':
      return { type: 'double', value };
    case 'boolean':
      return { type: 'bool', value };
    default:
      return value;
  }
}

export function resourceOf(service: string, attributes: Attribute[] = []): Resource {
  return {
    ...CHECKOUT,
    service,
    attributes: [{ key: 'service.name', value: { type: 'string', value: service } }, ...attributes],
  };
}
