/** Small OTLP messages for tests that are about one thing: good spans, and spans with something changed. */
import { encodeMessage, type Message } from './otlp-messages.ts';
import { idBytes } from './random-otlp.ts';

export function goodSpan(trace: number, span: number, change: Message = {}): Message {
  const startMs = BigInt(Date.now());
  return {
    traceId: idBytes(16, trace),
    spanId: idBytes(8, span),
    name: `operation ${span}`,
    kind: 2,
    startTimeUnixNano: String(startMs * 1_000_000n),
    endTimeUnixNano: String((startMs + 5n) * 1_000_000n),
    ...change,
  };
}

export function tracesOf(service: string, spans: readonly Message[]): Message {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'test' }, spans }] }] };
}

export function encodeTraces(service: string, spans: readonly Message[]): Uint8Array<ArrayBuffer> {
  return encodeMessage('TracesData', tracesOf(service, spans));
}

/** The same as OTLP/JSON, where ids are hex. */
export function tracesJson(service: string, spans: readonly Message[]): string {
  return JSON.stringify(tracesOf(service, spans), (_key, value: unknown) =>
    isBuffer(value) ? Buffer.from(value.data).toString('hex') : value,
  );
}

export function hexId(length: number, number: number): string {
  return idBytes(length, number).toString('hex');
}

/** JSON.stringify has called `toJSON` before the replacer sees a Buffer. */
function isBuffer(value: unknown): value is { readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}
