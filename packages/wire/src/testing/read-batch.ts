/**
 * Reads a RecordBatch back into spans and log records, for tests: by way of its Native blocks, so that what
 * is compared is what would be stored. Attributes come out sorted by key, and in a key by type and value.
 */
import {
  ATTRIBUTE_TYPE,
  type Attribute,
  type AttributeValue,
  LOG_BODY_TYPE,
  type LogRecord,
  PROMOTED_ATTRIBUTES,
  type RecordBatch,
  type Resource,
  type Scope,
  SHARED_KIND,
  type Span,
  type SpanEvent,
  type SpanId,
  type SpanLink,
  type TraceId,
} from '@tracewright/model';
import { type NativeRows, type NativeValue, readNativeBlock } from '@tracewright/model/testing';
import { printHex } from '@tracewright/std';
import { decodeAnyValue, decodeResource, decodeScope } from '../otlp/decode-value.ts';
import { sortAttributes } from './sort-attributes.ts';

type Shared = { readonly resources: Map<string, Resource>; readonly scopes: Map<string, Scope> };

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function readSpans(batch: RecordBatch): Span[] {
  const shared = readShared(batch);
  const block = readNativeBlock(batch.block('spans', 1n), batch.spans.columns(1n));
  return Array.from({ length: block.rows }, (_, row) => span(block, row, shared));
}

export function readLogs(batch: RecordBatch): LogRecord[] {
  const shared = readShared(batch);
  const block = readNativeBlock(batch.block('logs', 1n), batch.logs.columns(1n));
  return Array.from({ length: block.rows }, (_, row) => log(block, row, shared));
}

function readShared(batch: RecordBatch): Shared {
  const block = readNativeBlock(batch.block('shared', 1n), batch.shared.columns(1n));
  const resources = new Map<string, Resource>();
  const scopes = new Map<string, Scope>();
  for (let row = 0; row < block.rows; row++) {
    const raw = bytes(block, 'raw', row);
    const key = sharedKey(block, 'id', row);
    if (number(block, 'kind', row) === SHARED_KIND.resource) {
      const resource = decodeResource(raw, text(block, 'schema_url', row));
      check(resource.service === text(block, 'service', row), 'service of a resource');
      checkShared(block, row, resource);
      resources.set(key, { ...resource, attributes: sortAttributes(resource.attributes) });
    } else {
      const scope = decodeScope(raw, text(block, 'schema_url', row));
      check(scope.name === text(block, 'name', row), 'name of a scope');
      check(scope.version === text(block, 'version', row), 'version of a scope');
      checkShared(block, row, scope);
      scopes.set(key, { ...scope, attributes: sortAttributes(scope.attributes) });
    }
  }
  return { resources, scopes };
}

/** The maps of a shared row must say what its raw bytes say. */
function checkShared(block: NativeRows, row: number, value: Resource | Scope): void {
  check(value.droppedAttributes === number(block, 'dropped_attributes', row), 'dropped attributes');
  const fromMaps = JSON.stringify(sortAttributes(mapAttributes(block, row)), plain);
  const fromRaw = JSON.stringify(sortAttributes(value.attributes), plain);
  check(fromMaps === fromRaw, `attributes of a shared value: ${fromMaps} against ${fromRaw}`);
}

function span(block: NativeRows, row: number, shared: Shared): Span {
  const start = big(block, 'start_nano', row);
  const parent = printHex(bytes(block, 'parent_id', row));
  const nested = nestedAttributes(block, row);
  const promoted = PROMOTED_ATTRIBUTES.flatMap(({ key, column, type }): Attribute[] => {
    if (type === 'status') {
      const value = number(block, column, row);
      return value === 0 ? [] : [{ key, value: { type: 'int', value: BigInt(value) } }];
    }
    const value = text(block, column, row);
    return value === '' ? [] : [{ key, value: { type: 'string', value } }];
  });
  const times = list(block, 'event_time_nano', row);
  const events = times.map((time, at): SpanEvent => {
    return {
      timeUnixNano: time as bigint,
      name: textOf(list(block, 'event_name', row)[at]),
      attributes: sortAttributes(nested.get(at * 2) ?? []),
      droppedAttributes: list(block, 'event_dropped', row)[at] as number,
    };
  });
  const links = list(block, 'link_trace_id', row).map((traceId, at): SpanLink => {
    return {
      traceId: printHex(traceId as Uint8Array),
      spanId: printHex(list(block, 'link_span_id', row)[at] as Uint8Array),
      traceState: textOf(list(block, 'link_trace_state', row)[at]),
      attributes: sortAttributes(nested.get(at * 2 + 1) ?? []),
      droppedAttributes: list(block, 'link_dropped', row)[at] as number,
      flags: list(block, 'link_flags', row)[at] as number,
    };
  });
  return {
    traceId: printHex(bytes(block, 'trace_id', row)) as TraceId,
    spanId: printHex(bytes(block, 'span_id', row)) as SpanId,
    parentSpanId: /^0+$/.test(parent) ? '' : (parent as SpanId),
    traceState: text(block, 'trace_state', row),
    flags: number(block, 'flags', row),
    name: text(block, 'name', row),
    kind: number(block, 'kind', row),
    startUnixNano: start,
    endUnixNano: BigInt.asUintN(64, start + big(block, 'duration_nano', row)),
    statusCode: number(block, 'status_code', row),
    statusMessage: text(block, 'status_message', row),
    attributes: sortAttributes([...promoted, ...mapAttributes(block, row)]),
    droppedAttributes: number(block, 'dropped_attributes', row),
    events,
    droppedEvents: number(block, 'dropped_events', row),
    links,
    droppedLinks: number(block, 'dropped_links', row),
    ...sharedOf(block, row, shared),
    weight: number(block, 'weight', row),
    weightKnown: number(block, 'weight_known', row) === 1,
    arrivedUnixMs: Number(big(block, 'arrived_ms', row)),
    receiver: text(block, 'receiver', row),
  };
}

function log(block: NativeRows, row: number, shared: Shared): LogRecord {
  const bodyType = number(block, 'body_type', row);
  const body = bytes(block, 'body', row);
  const traceId = printHex(bytes(block, 'trace_id', row));
  const spanId = printHex(bytes(block, 'span_id', row));
  return {
    timeUnixNano: big(block, 'time_nano', row),
    observedUnixNano: big(block, 'observed_nano', row),
    severityNumber: number(block, 'severity_number', row),
    severityText: text(block, 'severity_text', row),
    body:
      bodyType === LOG_BODY_TYPE.none
        ? undefined
        : bodyType === LOG_BODY_TYPE.string
          ? { type: 'string', value: decoder.decode(body) }
          : decodeAnyValue(body),
    attributes: sortAttributes(mapAttributes(block, row)),
    droppedAttributes: number(block, 'dropped_attributes', row),
    flags: number(block, 'flags', row),
    traceId: /^0+$/.test(traceId) ? '' : (traceId as TraceId),
    spanId: /^0+$/.test(spanId) ? '' : (spanId as SpanId),
    eventName: text(block, 'event_name', row),
    ...sharedOf(block, row, shared),
    arrivedUnixMs: Number(big(block, 'arrived_ms', row)),
    receiver: text(block, 'receiver', row),
  };
}

function sharedOf(block: NativeRows, row: number, shared: Shared): { resource: Resource; scope: Scope } {
  const resource = shared.resources.get(sharedKey(block, 'resource_id', row));
  const scope = shared.scopes.get(sharedKey(block, 'scope_id', row));
  if (resource === undefined || scope === undefined)
    throw new Error('a row refers to a shared value that is not there');
  check(resource.service === text(block, 'service', row), 'service of a record');
  return { resource, scope };
}

function mapAttributes(block: NativeRows, row: number): Attribute[] {
  const found: Attribute[] = [];
  const take = (column: string, value: (raw: NativeValue) => AttributeValue): void => {
    for (const entry of list(block, column, row)) {
      const [key, raw] = entry as [Uint8Array, NativeValue];
      found.push({ key: decoder.decode(key), value: value(raw) });
    }
  };
  take('attrs_few', (raw) => ({ type: 'string', value: textOf(raw) }));
  take('attrs_str', (raw) => ({ type: 'string', value: textOf(raw) }));
  take('attrs_int', (raw) => ({ type: 'int', value: raw as bigint }));
  take('attrs_double', (raw) => ({ type: 'double', value: raw as number }));
  take('attrs_bool', (raw) => ({ type: 'bool', value: raw === 1 }));
  take('attrs_other', (raw) => decodeAnyValue(raw as Uint8Array));
  return found;
}

/** The attributes of events (owner 2n) and links (owner 2n + 1). */
function nestedAttributes(block: NativeRows, row: number): Map<number, Attribute[]> {
  const found = new Map<number, Attribute[]>();
  list(block, 'nested_owner', row).forEach((owner, at) => {
    const raw = list(block, 'nested_value', row)[at] as Uint8Array;
    const attribute = {
      key: textOf(list(block, 'nested_key', row)[at]),
      value: nestedValue(list(block, 'nested_type', row)[at] as number, raw),
    };
    const before = found.get(owner as number);
    if (before === undefined) found.set(owner as number, [attribute]);
    else before.push(attribute);
  });
  return found;
}

function nestedValue(type: number, raw: Uint8Array): AttributeValue {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  switch (type) {
    case ATTRIBUTE_TYPE.string:
      return { type: 'string', value: decoder.decode(raw) };
    case ATTRIBUTE_TYPE.bool:
      return { type: 'bool', value: raw[0] === 1 };
    case ATTRIBUTE_TYPE.int:
      return { type: 'int', value: view.getBigInt64(0, true) };
    case ATTRIBUTE_TYPE.double:
      return { type: 'double', value: view.getFloat64(0, true) };
    default:
      return decodeAnyValue(raw);
  }
}

function cell(block: NativeRows, column: string, row: number): NativeValue {
  const value = block.columns.get(column)?.[row];
  if (value === undefined) throw new Error(`no column ${column}`);
  return value;
}

const number = (block: NativeRows, column: string, row: number): number => cell(block, column, row) as number;
const big = (block: NativeRows, column: string, row: number): bigint => cell(block, column, row) as bigint;
const bytes = (block: NativeRows, column: string, row: number): Uint8Array =>
  cell(block, column, row) as Uint8Array;
const list = (block: NativeRows, column: string, row: number): NativeValue[] =>
  cell(block, column, row) as NativeValue[];
const textOf = (value: NativeValue | undefined): string => decoder.decode(value as Uint8Array);
const text = (block: NativeRows, column: string, row: number): string => textOf(cell(block, column, row));
const sharedKey = (block: NativeRows, column: string, row: number): string => String(big(block, column, row));

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`The columns disagree about the ${what}`);
}

/** JSON.stringify for values that JSON has no form for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `bytes ${printHex(value)}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}
