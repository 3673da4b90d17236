/**
 * Segments for tests: spans and logs as objects on one side, segment files as the pipeline writes them on the
 * other. Values that the columns keep as messages are JSON here, since storage knows no wire format; the
 * decoders that belong to it stand beside.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Attribute,
  type AttributeValue,
  LOG_BODY_TYPE,
  type LogRecord,
  RecordBatch,
  type Resource,
  type RowContext,
  type Scope,
  SEGMENT_SCHEMA_VERSION,
  SEGMENT_TABLES,
  type Segment,
  type SegmentFile,
  SHARED_KIND,
  type Span,
  sharedId,
} from '@tracewright/model';
import { assert, parseHex } from '@tracewright/std';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const testDecoders: {
  readonly decodeAnyValue: (raw: Uint8Array) => AttributeValue;
  readonly decodeResource: (raw: Uint8Array, schemaUrl: string) => Resource;
  readonly decodeScope: (raw: Uint8Array, schemaUrl: string) => Scope;
} = {
  // As in OTLP, the value without a type is the message without bytes.
  decodeAnyValue: (raw) => (raw.length === 0 ? { type: 'empty' } : (parse(raw) as AttributeValue)),
  decodeResource: (raw, schemaUrl) => ({ ...(parse(raw) as Resource), schemaUrl }),
  decodeScope: (raw, schemaUrl) => ({ ...(parse(raw) as Scope), schemaUrl }),
};

function print(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return { $int: String(inner) };
    if (typeof inner === 'number' && (!Number.isFinite(inner) || Object.is(inner, -0))) {
      return { $double: Object.is(inner, -0) ? '-0' : String(inner) };
    }
    if (inner instanceof Uint8Array) return { $bytes: [...inner] };
    return inner;
  });
}

function parse(raw: Uint8Array): unknown {
  return JSON.parse(decoder.decode(raw), (_, inner: Record<string, unknown>) => {
    if (typeof inner !== 'object' || inner === null) return inner;
    if ('$int' in inner) return BigInt(String(inner['$int']));
    if ('$double' in inner) return Number(inner['$double']);
    if ('$bytes' in inner) return Uint8Array.from(inner['$bytes'] as number[]);
    return inner;
  });
}

/** Bytes of one row, with the places of what was put into it. */
class Source {
  bytes = new Uint8Array(256);
  length = 0;

  put(value: string | Uint8Array): [number, number] {
    const bytes = typeof value === 'string' ? encoder.encode(value) : value;
    const from = this.length;
    while (this.bytes.length < from + bytes.length) {
      const grown = new Uint8Array(this.bytes.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(bytes, from);
    this.length = from + bytes.length;
    return [from, this.length];
  }
}

function low(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}
function high(value: bigint): number {
  return Number(BigInt.asUintN(32, value >> 32n));
}

function hexBytes(hex: string): Uint8Array {
  const bytes = parseHex(hex);
  assert(bytes !== undefined, `${hex} is hex`);
  return bytes;
}

type Target = {
  stringAttribute(keyFrom: number, keyTo: number, from: number, to: number): void;
  intAttribute(keyFrom: number, keyTo: number, low: number, high: number): void;
  doubleAttribute(keyFrom: number, keyTo: number, from: number): void;
  boolAttribute(keyFrom: number, keyTo: number, value: boolean): void;
  otherAttribute(keyFrom: number, keyTo: number, from: number, to: number): void;
};

function putAttributes(source: Source, attributes: readonly Attribute[]): (target: Target) => void {
  const calls = attributes.map(({ key, value }) => {
    const at = source.put(key);
    switch (value.type) {
      case 'string': {
        const [from, to] = source.put(value.value);
        return (target: Target) => target.stringAttribute(...at, from, to);
      }
      case 'int':
        return (target: Target) => target.intAttribute(...at, low(value.value), high(value.value));
      case 'double': {
        const [from] = source.put(new Uint8Array(Float64Array.of(value.value).buffer));
        return (target: Target) => target.doubleAttribute(...at, from);
      }
      case 'bool':
        return (target: Target) => target.boolAttribute(...at, value.value);
      default: {
        const [from, to] = source.put(value.type === 'empty' ? '' : print(value));
        return (target: Target) => target.otherAttribute(...at, from, to);
      }
    }
  });
  return (target) => {
    for (const call of calls) call(target);
  };
}

function nestedTarget(batch: RecordBatch): Target {
  const { spans } = batch;
  return {
    stringAttribute: (...at) => spans.nestedString(...at),
    intAttribute: (...at) => spans.nestedInt(...at),
    doubleAttribute: (...at) => spans.nestedDouble(...at),
    boolAttribute: (...at) => spans.nestedBool(...at),
    otherAttribute: (...at) => spans.nestedOther(...at),
  };
}

function putShared(
  batch: RecordBatch,
  tenant: string,
  kind: number,
  value: Resource | Scope,
): { readonly low: number; readonly high: number } {
  const source = new Source();
  const raw = source.put(print({ ...value, schemaUrl: '' }));
  const url = source.put(value.schemaUrl);
  const id = sharedId(kind, source.bytes, ...raw, ...url);
  const key = `${tenant}:${id.key}`;
  if (batch.known.has(key)) return id;
  batch.known.add(key);
  const name = source.put('name' in value ? value.name : '');
  const version = source.put('version' in value ? value.version : '');
  const attributes = putAttributes(source, value.attributes);
  batch.shared.begin(source.bytes, kind);
  [batch.shared.rawFrom, batch.shared.rawTo] = raw;
  [batch.shared.schemaUrlFrom, batch.shared.schemaUrlTo] = url;
  [batch.shared.nameFrom, batch.shared.nameTo] = name;
  [batch.shared.versionFrom, batch.shared.versionTo] = version;
  batch.shared.droppedAttributes = value.droppedAttributes;
  attributes(batch.shared);
  batch.shared.end(encoder.encode(tenant), encoder.encode('service' in value ? value.service : ''), id);
  return id;
}

function contextOf(
  batch: RecordBatch,
  tenant: string,
  row: { resource: Resource; scope: Scope; arrivedUnixMs: number; receiver: string },
): RowContext {
  const resource = putShared(batch, tenant, SHARED_KIND.resource, row.resource);
  const scope = putShared(batch, tenant, SHARED_KIND.scope, row.scope);
  return {
    tenant: encoder.encode(tenant),
    arrivedMs: row.arrivedUnixMs,
    dialect: encoder.encode('otlp'),
    receiver: encoder.encode(row.receiver),
    service: encoder.encode(row.resource.service),
    resourceIdLow: resource.low,
    resourceIdHigh: resource.high,
    scopeIdLow: scope.low,
    scopeIdHigh: scope.high,
  };
}

export function putSpan(batch: RecordBatch, tenant: string, span: Span): void {
  const { spans } = batch;
  const context = contextOf(batch, tenant, span);
  const source = new Source();
  const [traceId] = source.put(hexBytes(span.traceId));
  const [spanId] = source.put(hexBytes(span.spanId));
  const parentId = span.parentSpanId === '' ? -1 : source.put(hexBytes(span.parentSpanId))[0];
  const traceState = source.put(span.traceState);
  const name = source.put(span.name);
  const message = source.put(span.statusMessage);
  const attributes = putAttributes(source, span.attributes);
  const events = span.events.map((event) => ({
    event,
    name: source.put(event.name),
    attributes: putAttributes(source, event.attributes),
  }));
  const links = span.links.map((link) => ({
    link,
    traceId: source.put(hexBytes(link.traceId)),
    spanId: source.put(hexBytes(link.spanId)),
    traceState: source.put(link.traceState),
    attributes: putAttributes(source, link.attributes),
  }));
  spans.begin(source.bytes);
  spans.traceIdFrom = traceId;
  spans.spanIdFrom = spanId;
  spans.parentIdFrom = parentId;
  [spans.traceStateFrom, spans.traceStateTo] = traceState;
  spans.flags = span.flags;
  [spans.nameFrom, spans.nameTo] = name;
  spans.kind = span.kind;
  spans.startLow = low(span.startUnixNano);
  spans.startHigh = high(span.startUnixNano);
  spans.endLow = low(span.endUnixNano);
  spans.endHigh = high(span.endUnixNano);
  spans.statusCode = span.statusCode;
  [spans.statusMessageFrom, spans.statusMessageTo] = message;
  spans.droppedAttributes = span.droppedAttributes;
  spans.droppedEvents = span.droppedEvents;
  spans.droppedLinks = span.droppedLinks;
  spans.weight = span.weight;
  spans.weightKnown = span.weightKnown;
  attributes(spans);
  const nested = nestedTarget(batch);
  for (const { event, name: eventName, attributes: put } of events) {
    spans.event(low(event.timeUnixNano), high(event.timeUnixNano), ...eventName, event.droppedAttributes);
    put(nested);
  }
  for (const { link, traceId: trace, spanId: id, traceState: state, attributes: put } of links) {
    spans.link(...trace, ...id, ...state, link.droppedAttributes, link.flags);
    put(nested);
  }
  spans.end(context);
}

export function putLog(batch: RecordBatch, tenant: string, log: LogRecord): void {
  const { logs } = batch;
  const context = contextOf(batch, tenant, log);
  const source = new Source();
  const traceId = log.traceId === '' ? -1 : source.put(hexBytes(log.traceId))[0];
  const spanId = log.spanId === '' ? -1 : source.put(hexBytes(log.spanId))[0];
  const severity = source.put(log.severityText);
  const event = source.put(log.eventName);
  const body = source.put(
    log.body === undefined ? '' : log.body.type === 'string' ? log.body.value : print(log.body),
  );
  const attributes = putAttributes(source, log.attributes);
  logs.begin(source.bytes);
  logs.timeLow = low(log.timeUnixNano);
  logs.timeHigh = high(log.timeUnixNano);
  logs.observedLow = low(log.observedUnixNano);
  logs.observedHigh = high(log.observedUnixNano);
  logs.severityNumber = log.severityNumber;
  [logs.severityTextFrom, logs.severityTextTo] = severity;
  [logs.eventNameFrom, logs.eventNameTo] = event;
  logs.bodyType =
    log.body === undefined
      ? LOG_BODY_TYPE.none
      : log.body.type === 'string'
        ? LOG_BODY_TYPE.string
        : LOG_BODY_TYPE.other;
  [logs.bodyFrom, logs.bodyTo] = body;
  logs.droppedAttributes = log.droppedAttributes;
  logs.flags = log.flags;
  logs.traceIdFrom = traceId;
  logs.spanIdFrom = spanId;
  attributes(logs);
  logs.end(context);
}

export type TestRows = {
  readonly tenant?: string;
  readonly spans?: readonly Span[];
  readonly logs?: readonly LogRecord[];
};

/** Writes the files of a segment, in blocks of `blockRows` rows, and describes it as the pipeline would. */
export function writeSegment(
  folder: string,
  id: bigint,
  { tenant = 'default', spans = [], logs = [] }: TestRows,
  blockRows: number = Number.POSITIVE_INFINITY,
): Segment {
  const batch = new RecordBatch();
  const chunks: Record<string, Uint8Array[]> = { shared: [], spans: [], logs: [] };
  const rows: Record<string, number> = { shared: 0, spans: 0, logs: 0 };
  const flush = (): void => {
    for (const table of SEGMENT_TABLES) {
      rows[table] = (rows[table] ?? 0) + batch.rows(table);
      for (const chunk of batch.block(table, id)) chunks[table]?.push(chunk.slice());
    }
    batch.reset();
  };
  for (const span of spans) {
    putSpan(batch, tenant, span);
    if (batch.spans.rows >= blockRows) flush();
  }
  for (const log of logs) {
    putLog(batch, tenant, log);
    if (batch.logs.rows >= blockRows) flush();
  }
  flush();
  const files: SegmentFile[] = [];
  for (const table of SEGMENT_TABLES) {
    const bytes = Buffer.concat(chunks[table] ?? []);
    if (bytes.length === 0) continue;
    const path = join(folder, `${id}.${table}.native`);
    writeFileSync(path, bytes);
    files.push({ table, path, bytes: bytes.length, rows: rows[table] ?? 0 });
  }
  return { id, schemaVersion: SEGMENT_SCHEMA_VERSION, files, replayed: false };
}
