// An OTLP/HTTP receiver for tests: listens on a free port, takes JSON, and keeps what arrived as flat records. It
// answers every signal as a server must, and keeps bodies in protobuf as they came.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface SinkSpan {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly isError: boolean;
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly events: readonly string[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface SinkLog {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly severity: number;
  readonly body: unknown;
}

export interface OtlpSink extends AsyncDisposable {
  readonly endpoint: string;
  readonly spans: readonly SinkSpan[];
  readonly logs: readonly SinkLog[];
  /** The bodies that were not JSON. */
  readonly binaryBodies: readonly Buffer[];
  /** Bodies that arrived, by path and content type. */
  readonly bodies: ReadonlyMap<string, number>;
}

interface KeyValue {
  readonly key: string;
  readonly value: Record<string, unknown>;
}

interface Resource {
  readonly attributes?: readonly KeyValue[];
}

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number };
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { readonly name: string }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

interface JsonLog {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly severityNumber?: number;
  readonly body?: Record<string, unknown>;
}

interface ExportBody {
  readonly resourceSpans?: readonly {
    readonly resource?: Resource;
    readonly scopeSpans?: readonly { readonly spans?: readonly JsonSpan[] }[];
  }[];
  readonly resourceLogs?: readonly {
    readonly resource?: Resource;
    readonly scopeLogs?: readonly { readonly logRecords?: readonly JsonLog[] }[];
  }[];
}

/** Starts a receiver on a free port of the loopback interface. */
export async function startOtlpSink(): Promise<OtlpSink> {
  const spans: SinkSpan[] = [];
  const logs: SinkLog[] = [];
  const binaryBodies: Buffer[] = [];
  const bodies = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const raw = Buffer.concat(chunks as Buffer[]);
    const type = request.headers['content-type'] ?? '';
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const key = `${request.url} ${type}`;
    bodies.set(key, (bodies.get(key) ?? 0) + 1);
    if (type.startsWith('application/json')) {
      const body = JSON.parse(bytes.toString('utf8')) as ExportBody;
      spans.push(...spansOf(body));
      logs.push(...logsOf(body));
      response.setHeader('content-type', 'application/json').end('{}');
    } else {
      binaryBodies.push(bytes);
      // An empty protobuf message is no bytes at all.
      response.setHeader('content-type', type).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    logs,
    binaryBodies,
    bodies,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function spansOf(body: ExportBody): SinkSpan[] {
  return (body.resourceSpans ?? []).flatMap((group) => {
    const resource = attributesOf(group.resource?.attributes);
    const spans = (group.scopeSpans ?? []).flatMap((scope) => scope.spans ?? []);
    return spans.map((span) => ({
      service: String(resource.get('service.name')),
      version: String(resource.get('service.version')),
      instance: String(resource.get('service.instance.id')),
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId ?? '',
      name: span.name,
      kind: span.kind,
      start: BigInt(span.startTimeUnixNano),
      end: BigInt(span.endTimeUnixNano),
      isError: span.status?.code === 2,
      attributes: attributesOf(span.attributes),
      events: (span.events ?? []).map((event) => event.name),
      links: span.links ?? [],
    }));
  });
}

function logsOf(body: ExportBody): SinkLog[] {
  return (body.resourceLogs ?? []).flatMap((group) => {
    const service = String(attributesOf(group.resource?.attributes).get('service.name'));
    const records = (group.scopeLogs ?? []).flatMap((scope) => scope.logRecords ?? []);
    return records.map((record) => ({
      service,
      traceId: record.traceId ?? '',
      spanId: record.spanId ?? '',
      severity: record.severityNumber ?? 0,
      body: Object.values(record.body ?? {})[0],
    }));
  });
}

function attributesOf(pairs: readonly KeyValue[] = []): ReadonlyMap<string, unknown> {
  return new Map(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
