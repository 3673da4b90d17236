/**
 * Canonical OTLP: spans and log records as plain values that are alike exactly when the records are equal,
 * whichever encoding they came in and however they were grouped. Equal means the same after sorting attributes by
 * key; duplicate keys, empty values, and int64 against double are told apart.
 */
import { decodeMessage, type Message } from './otlp-messages.ts';

/** Nested arrays of text, with an object's fields in a fixed order. */
export type Canonical = { readonly [field: string]: unknown };

export function canonicalSpans(sent: Uint8Array | Message): Canonical[] {
  const message = sent instanceof Uint8Array ? decodeMessage('TracesData', sent) : sent;
  const read = sent instanceof Uint8Array ? FROM_PROTOBUF : FROM_JSON;
  return recordsOf(message, 'resourceSpans', 'scopeSpans', 'spans', read).map(({ record, ...frame }) => ({
    traceId: read.id(record['traceId']),
    spanId: read.id(record['spanId']),
    // No parent may be written as eight zeros, too.
    parentSpanId: read.id(record['parentSpanId']).replace(/^0+$/, ''),
    traceState: text(record['traceState']),
    flags: number(record['flags']),
    name: text(record['name']),
    kind: number(record['kind']),
    startTimeUnixNano: long(record['startTimeUnixNano']),
    endTimeUnixNano: long(record['endTimeUnixNano']),
    statusCode: number(object(record['status'])['code']),
    statusMessage: text(object(record['status'])['message']),
    ...attributed(record, read),
    events: list(record['events']).map((event) => ({
      timeUnixNano: long(event['timeUnixNano']),
      name: text(event['name']),
      ...attributed(event, read),
    })),
    droppedEvents: number(record['droppedEventsCount']),
    links: list(record['links']).map((link) => ({
      traceId: read.id(link['traceId']),
      spanId: read.id(link['spanId']),
      traceState: text(link['traceState']),
      flags: number(link['flags']),
      ...attributed(link, read),
    })),
    droppedLinks: number(record['droppedLinksCount']),
    ...frame,
  }));
}

export function canonicalLogs(sent: Uint8Array | Message): Canonical[] {
  const message = sent instanceof Uint8Array ? decodeMessage('LogsData', sent) : sent;
  const read = sent instanceof Uint8Array ? FROM_PROTOBUF : FROM_JSON;
  return recordsOf(message, 'resourceLogs', 'scopeLogs', 'logRecords', read).map(({ record, ...frame }) => ({
    timeUnixNano: long(record['timeUnixNano']),
    observedTimeUnixNano: long(record['observedTimeUnixNano']),
    severityNumber: number(record['severityNumber']),
    severityText: text(record['severityText']),
    body: record['body'] === undefined ? 'none' : value(record['body'], read),
    ...attributed(record, read),
    flags: number(record['flags']),
    traceId: read.id(record['traceId']),
    spanId: read.id(record['spanId']),
    eventName: text(record['eventName']),
    ...frame,
  }));
}

/** Sorts records, so that two lists can be compared that are in different orders. */
export function inOrder(records: readonly Canonical[]): Canonical[] {
  return records
    .map((record) => ({ record, json: JSON.stringify(record) }))
    .sort((a, b) => compare(a.json, b.json))
    .map(({ record }) => record);
}

/** What the two encodings write differently: ids are hex in OTLP/JSON, other bytes base64. */
type Reading = { id(value: unknown): string; bytes(value: unknown): string };

const FROM_PROTOBUF: Reading = {
  id: (value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : ''),
  bytes: (value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : ''),
};
const FROM_JSON: Reading = {
  id: (value) => text(value).toLowerCase(),
  bytes: (value) => Buffer.from(text(value), 'base64').toString('hex'),
};

type Framed = { record: Message; resource: Canonical; scope: Canonical };

function recordsOf(message: Message, resources: string, scopes: string, records: string, read: Reading) {
  return list(message[resources]).flatMap((group): Framed[] => {
    const resource = {
      ...attributed(object(group['resource']), read),
      schemaUrl: text(group['schemaUrl']),
      entityRefs: list(object(group['resource'])['entityRefs']),
    };
    return list(group[scopes]).flatMap((scoped): Framed[] => {
      const inner = object(scoped['scope']);
      const scope = {
        name: text(inner['name']),
        version: text(inner['version']),
        ...attributed(inner, read),
        schemaUrl: text(scoped['schemaUrl']),
      };
      return list(scoped[records]).map((record) => ({ record, resource, scope }));
    });
  });
}

function attributed(owner: Message, read: Reading): Canonical {
  return {
    attributes: list(owner['attributes'])
      .map((entry) => keyValue(entry, read))
      .map((pair) => ({ pair, json: JSON.stringify(pair) }))
      .sort((a, b) => compare(a.json, b.json))
      .map(({ pair }) => pair),
    dropped: number(owner['droppedAttributesCount']),
  };
}

function keyValue(entry: Message, read: Reading): unknown {
  return [text(entry['key']), value(entry['value'] ?? {}, read)];
}

function value(any: unknown, read: Reading): unknown {
  const [field, inner] = Object.entries(object(any))[0] ?? [];
  switch (field) {
    case 'stringValue':
      return ['string', text(inner)];
    case 'boolValue':
      return ['bool', inner === true];
    case 'intValue':
      return ['int', long(inner)];
    case 'doubleValue':
      return ['double', Object.is(Number(inner), -0) ? '-0' : String(Number(inner))];
    case 'bytesValue':
      return ['bytes', read.bytes(inner)];
    case 'arrayValue':
      return ['array', list(object(inner)['values']).map((item) => value(item, read))];
    case 'kvlistValue':
      return ['map', list(object(inner)['values']).map((entry) => keyValue(entry, read))];
    default:
      return ['empty'];
  }
}

function object(value: unknown): Message {
  return typeof value === 'object' && value !== null ? (value as Message) : {};
}

function list(value: unknown): Message[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return Number(value ?? 0);
}

function long(value: unknown): string {
  return BigInt((value ?? 0) as string | number).toString();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
