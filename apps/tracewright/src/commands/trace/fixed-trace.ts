/**
 * A fixed trace with one of each oddity, as a server answers it: an error with an exception, logs, a span whose
 * parent is missing, a clock that is behind, queries in a row that fold, and a name that tries to move the cursor.
 */
import type { OtlpAnswer, OtlpAttribute, OtlpSpan } from '../../cli/otlp-json.ts';

export const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const startMs = 1_795_541_581_123;

export interface SpanFacts {
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  readonly kind?: number;
  /** Milliseconds after the start of the trace. */
  readonly from: number;
  readonly to: number;
  readonly error?: string;
  readonly events?: OtlpSpan['events'];
}

export function nanoAt(ms: number): string {
  return `${startMs + Math.floor(ms)}${String(Math.round((ms - Math.floor(ms)) * 1e6)).padStart(6, '0')}`;
}

export function otlpSpan(facts: SpanFacts): OtlpSpan {
  return {
    traceId,
    spanId: facts.id.padStart(16, '0'),
    ...(facts.parent === undefined ? {} : { parentSpanId: facts.parent.padStart(16, '0') }),
    name: facts.name,
    kind: facts.kind ?? 1,
    startTimeUnixNano: nanoAt(facts.from),
    endTimeUnixNano: nanoAt(facts.to),
    ...(facts.error === undefined ? {} : { status: { code: 2, message: facts.error } }),
    ...(facts.events === undefined ? {} : { events: facts.events }),
    attributes: [{ key: 'http.response.status_code', value: { intValue: '200' } }],
  };
}

export function resource(service: string): { readonly attributes: readonly OtlpAttribute[] } {
  return { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
}

const exception = {
  timeUnixNano: nanoAt(290),
  name: 'exception',
  attributes: [
    { key: 'exception.type', value: { stringValue: 'TimeoutError' } },
    { key: 'exception.message', value: { stringValue: 'bank did not answer' } },
  ],
};

const log = (ms: number, severityNumber: number, text: string, span?: string) => ({
  timeUnixNano: nanoAt(ms),
  severityNumber,
  body: { stringValue: text },
  traceId,
  ...(span === undefined ? {} : { spanId: span.padStart(16, '0') }),
});

export const fixedTrace: OtlpAnswer = {
  resourceSpans: [
    {
      resource: resource('checkout'),
      scopeSpans: [
        {
          scope: { name: '@opentelemetry/instrumentation-http', version: '0.1.0' },
          spans: [
            otlpSpan({ id: '1', name: 'POST /cart', kind: 2, from: 0, to: 312.4 }),
            otlpSpan({ id: '2', parent: '1', name: 'GET', kind: 3, from: 5, to: 40 }),
            otlpSpan({
              id: '5',
              parent: '1',
              name: 'POST',
              kind: 3,
              from: 90,
              to: 300,
              error: 'bank did not answer',
            }),
          ],
        },
      ],
    },
    {
      resource: resource('cart'),
      scopeSpans: [
        {
          spans: [
            // Three milliseconds before its parent: this machine's clock is behind.
            otlpSpan({ id: '3', parent: '2', name: 'GET /items/\x1b[2J', kind: 2, from: 2, to: 35 }),
            ...Array.from({ length: 37 }, (_, i) =>
              otlpSpan({
                id: `3${String(i).padStart(2, '0')}`,
                parent: '3',
                name: 'SELECT items',
                kind: 3,
                from: 4 + i * 0.8,
                to: 4.5 + i * 0.8,
              }),
            ),
          ],
        },
      ],
    },
    {
      resource: resource('payments'),
      scopeSpans: [
        {
          spans: [
            otlpSpan({
              id: '6',
              parent: '5',
              name: 'POST /charge',
              kind: 2,
              from: 92,
              to: 298,
              error: 'bank did not answer',
              events: [exception],
            }),
            otlpSpan({ id: '9', parent: 'dead', name: 'settle later', kind: 5, from: 305, to: 330 }),
          ],
        },
      ],
    },
  ],
  resourceLogs: [
    {
      resource: resource('payments'),
      scopeLogs: [
        {
          logRecords: [
            log(150, 9, 'asking the bank', '6'),
            log(290, 17, 'no answer\nafter 3 tries', '6'),
            log(320, 13, 'left over'),
          ],
        },
      ],
    },
  ],
};
