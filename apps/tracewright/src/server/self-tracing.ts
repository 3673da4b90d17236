/**
 * SelfTracing: the program's own spans, on request.
 *
 * A span is made for each answered API request and each inserted segment, gathered for a second and
 * encoded as OTLP; by default they go into the program's own pipeline, else to an OTLP/HTTP endpoint. What the program does
 * for its own spans is not traced again, so that it never feeds itself.
 */
import { randomBytes } from 'node:crypto';
import type { Attribute, Resource, Scope, Span, SpanId, TraceId } from '@tracewright/model';
import { parseTraceReference } from '@tracewright/model';

export type FinishedWork = {
  readonly name: string;
  /** OTLP's number: 2 server, 3 client, 1 internal. */
  readonly kind: number;
  readonly startUnixMs: number;
  readonly durationMs: number;
  readonly attributes: readonly Attribute[];
  readonly error?: string;
  /** The W3C header of the caller, when there was one. */
  readonly traceparent?: string;
};

export type SelfTracing = {
  record(work: FinishedWork): void;
  /** Sends what is gathered. */
  flush(): Promise<void>;
  stop(): Promise<void>;
};

export type SelfTracingOptions = {
  readonly version: string;
  readonly instance: string;
  readonly send: (spans: readonly Span[]) => Promise<void>;
  readonly flushIntervalMs: number;
};

/** Spans that are kept when sending is slower than work; further ones are dropped. */
const GATHERED_MAX = 10_000;

export function startSelfTracing(options: SelfTracingOptions): SelfTracing {
  const resource: Resource = {
    service: 'tracewright',
    attributes: [
      text('service.name', 'tracewright'),
      text('service.version', options.version),
      text('service.instance.id', options.instance),
    ],
    droppedAttributes: 0,
    schemaUrl: '',
  };
  const scope: Scope = {
    name: 'tracewright',
    version: options.version,
    attributes: [],
    droppedAttributes: 0,
    schemaUrl: '',
  };
  let gathered: Span[] = [];

  async function flush(): Promise<void> {
    if (gathered.length === 0) return;
    const spans = gathered;
    gathered = [];
    await options.send(spans);
  }

  const timer = setInterval(() => void flush(), options.flushIntervalMs);
  timer.unref();

  return {
    record(work) {
      if (gathered.length >= GATHERED_MAX) return;
      gathered.push(toSpan(work, resource, scope));
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

function toSpan(work: FinishedWork, resource: Resource, scope: Scope): Span {
  const parent = work.traceparent === undefined ? undefined : parseTraceReference(work.traceparent);
  const startUnixNano = BigInt(Math.round(work.startUnixMs * 1000)) * 1000n;
  return {
    traceId: parent?.traceId ?? (randomBytes(16).toString('hex') as TraceId),
    spanId: randomBytes(8).toString('hex') as SpanId,
    parentSpanId: parent?.spanId ?? '',
    traceState: '',
    flags: 1,
    name: work.name,
    kind: work.kind,
    startUnixNano,
    endUnixNano: startUnixNano + BigInt(Math.round(work.durationMs * 1e6)),
    statusCode: work.error === undefined ? 0 : 2,
    statusMessage: work.error ?? '',
    attributes: work.attributes,
    droppedAttributes: 0,
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource,
    scope,
    weight: 1,
    weightKnown: true,
    arrivedUnixMs: 0,
    receiver: 'self',
  };
}

export function text(key: string, value: string): Attribute {
  return { key, value: { type: 'string', value } };
}

export function integer(key: string, value: number): Attribute {
  return { key, value: { type: 'int', value: BigInt(Math.trunc(value)) } };
}
