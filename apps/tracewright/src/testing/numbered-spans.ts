/**
 * Numbered spans: what a test sends when it wants to know, span by span, what became of it. The number of
 * a span can be read from its ids.
 */
import { randomBytes } from 'node:crypto';
import type { Resource, Scope, Span, SpanId, TraceId } from '@tracewright/model';

const RESOURCE: Resource = {
  service: 'numbers',
  attributes: [{ key: 'service.name', value: { type: 'string', value: 'numbers' } }],
  droppedAttributes: 0,
  schemaUrl: '',
};
const SCOPE: Scope = { name: 'test', version: '1', attributes: [], droppedAttributes: 0, schemaUrl: '' };

/** Spans `first` to `first + count - 1`, ten to a trace, each with so much that cannot be compressed. */
export function numberedSpans(first: number, count: number, ballastBytes: number = 0): Span[] {
  return Array.from({ length: count }, (_, at) => numberedSpan(first + at, ballastBytes));
}

export function numberedSpan(number: number, ballastBytes: number = 0): Span {
  const root = number - (number % 10);
  const startUnixNano = BigInt(Date.now()) * 1_000_000n;
  return {
    traceId: (root + 1).toString(16).padStart(32, '1') as TraceId,
    spanId: (number + 1).toString(16).padStart(16, '0') as SpanId,
    parentSpanId: number === root ? '' : ((root + 1).toString(16).padStart(16, '0') as SpanId),
    traceState: '',
    flags: 1,
    name: `operation ${number % 7}`,
    kind: 2,
    startUnixNano,
    endUnixNano: startUnixNano + BigInt(number % 1000) * 1_000_000n,
    statusCode: number % 13 === 0 ? 2 : 0,
    statusMessage: '',
    attributes: [
      { key: 'number', value: { type: 'int', value: BigInt(number) } },
      { key: 'http.route', value: { type: 'string', value: `/route/${number % 5}` } },
      ...(ballastBytes === 0
        ? []
        : [
            {
              key: 'ballast',
              value: { type: 'bytes', value: new Uint8Array(randomBytes(ballastBytes)) },
            } as const,
          ]),
    ],
    droppedAttributes: 0,
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource: RESOURCE,
    scope: SCOPE,
    weight: 1,
    weightKnown: false,
    arrivedUnixMs: 0,
    receiver: '',
  };
}
