/**
 * Encodes spans and log records as the OTLP request that would bring them in. Fields with their default
 * value are left out, except within a value, where an empty string or a zero is something that was set.
 */
import type {
  Attribute,
  AttributeValue,
  LogRecord,
  Resource,
  Scope,
  Span,
  SpanEvent,
  SpanLink,
} from '@tracewright/model';
import { parseHex } from '@tracewright/std';
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';
import { groupRecords } from './group-records.ts';

/** The bytes of an ExportTraceServiceRequest, which are those of a TracesData too. */
export function encodeTracesProtobuf(spans: readonly Span[]): Uint8Array {
  return encodeRequest(spans, writeSpan);
}

/** The bytes of an ExportLogsServiceRequest, which are those of a LogsData too. */
export function encodeLogsProtobuf(logs: readonly LogRecord[]): Uint8Array {
  return encodeRequest(logs, writeLog);
}

function encodeRequest<R extends { readonly resource: Resource; readonly scope: Scope }>(
  records: readonly R[],
  write: (writer: ProtobufWriter, record: R) => void,
): Uint8Array {
  const writer = new ProtobufWriter();
  for (const { resource, scopes } of groupRecords(records)) {
    const frame = writer.open(1);
    writeResource(writer, resource);
    for (const group of scopes) {
      const inner = writer.open(2);
      writeScope(writer, group.scope);
      for (const record of group.records) {
        const mark = writer.open(2);
        write(writer, record);
        writer.close(mark);
      }
      string(writer, 3, group.scope.schemaUrl);
      writer.close(inner);
    }
    string(writer, 3, resource.schemaUrl);
    writer.close(frame);
  }
  return writer.finish();
}

function writeResource(writer: ProtobufWriter, resource: Resource): void {
  const mark = writer.open(1);
  attributes(writer, 1, resource.attributes);
  unsigned(writer, 2, resource.droppedAttributes);
  for (const entity of resource.entityRefs ?? []) {
    const ref = writer.open(3);
    string(writer, 1, entity.schemaUrl);
    string(writer, 2, entity.type);
    for (const key of entity.idKeys) writer.string(3, key);
    for (const key of entity.descriptionKeys) writer.string(4, key);
    writer.close(ref);
  }
  writer.close(mark);
}

function writeScope(writer: ProtobufWriter, scope: Scope): void {
  const mark = writer.open(1);
  string(writer, 1, scope.name);
  string(writer, 2, scope.version);
  attributes(writer, 3, scope.attributes);
  unsigned(writer, 4, scope.droppedAttributes);
  writer.close(mark);
}

function writeSpan(writer: ProtobufWriter, span: Span): void {
  hex(writer, 1, span.traceId);
  hex(writer, 2, span.spanId);
  string(writer, 3, span.traceState);
  hex(writer, 4, span.parentSpanId);
  string(writer, 5, span.name);
  unsigned(writer, 6, span.kind);
  time(writer, 7, span.startUnixNano);
  time(writer, 8, span.endUnixNano);
  attributes(writer, 9, span.attributes);
  unsigned(writer, 10, span.droppedAttributes);
  for (const event of span.events) writeEvent(writer, event);
  unsigned(writer, 12, span.droppedEvents);
  for (const link of span.links) writeLink(writer, link);
  unsigned(writer, 14, span.droppedLinks);
  if (span.statusCode !== 0 || span.statusMessage !== '') {
    const status = writer.open(15);
    string(writer, 2, span.statusMessage);
    unsigned(writer, 3, span.statusCode);
    writer.close(status);
  }
  if (span.flags !== 0) writer.fixed32(16, span.flags);
}

function writeEvent(writer: ProtobufWriter, event: SpanEvent): void {
  const mark = writer.open(11);
  time(writer, 1, event.timeUnixNano);
  string(writer, 2, event.name);
  attributes(writer, 3, event.attributes);
  unsigned(writer, 4, event.droppedAttributes);
  writer.close(mark);
}

function writeLink(writer: ProtobufWriter, link: SpanLink): void {
  const mark = writer.open(13);
  hex(writer, 1, link.traceId);
  hex(writer, 2, link.spanId);
  string(writer, 3, link.traceState);
  attributes(writer, 4, link.attributes);
  unsigned(writer, 5, link.droppedAttributes);
  if (link.flags !== 0) writer.fixed32(6, link.flags);
  writer.close(mark);
}

function writeLog(writer: ProtobufWriter, log: LogRecord): void {
  time(writer, 1, log.timeUnixNano);
  unsigned(writer, 2, log.severityNumber);
  string(writer, 3, log.severityText);
  if (log.body !== undefined) value(writer, 5, log.body);
  attributes(writer, 6, log.attributes);
  unsigned(writer, 7, log.droppedAttributes);
  if (log.flags !== 0) writer.fixed32(8, log.flags);
  hex(writer, 9, log.traceId);
  hex(writer, 10, log.spanId);
  time(writer, 11, log.observedUnixNano);
  string(writer, 12, log.eventName);
}

function attributes(writer: ProtobufWriter, field: number, list: readonly Attribute[]): void {
  for (const attribute of list) {
    const mark = writer.open(field);
    string(writer, 1, attribute.key);
    value(writer, 2, attribute.value);
    writer.close(mark);
  }
}

function value(writer: ProtobufWriter, field: number, any: AttributeValue): void {
  const mark = writer.open(field);
  switch (any.type) {
    case 'string':
      writer.string(1, any.value);
      break;
    case 'bool':
      writer.unsigned(2, any.value ? 1 : 0);
      break;
    case 'int':
      writer.int64(3, any.value);
      break;
    case 'double':
      writer.double(4, any.value);
      break;
    case 'array': {
      const list = writer.open(5);
      for (const entry of any.value) value(writer, 1, entry);
      writer.close(list);
      break;
    }
    case 'map': {
      const list = writer.open(6);
      attributes(writer, 1, any.value);
      writer.close(list);
      break;
    }
    case 'bytes':
      writer.bytes(7, any.value);
      break;
    case 'empty':
      break;
  }
  writer.close(mark);
}

function string(writer: ProtobufWriter, field: number, text: string): void {
  if (text !== '') writer.string(field, text);
}

function unsigned(writer: ProtobufWriter, field: number, number: number): void {
  if (number !== 0) writer.unsigned(field, number);
}

function time(writer: ProtobufWriter, field: number, nanos: bigint): void {
  if (nanos !== 0n) writer.fixed64(field, nanos);
}

function hex(writer: ProtobufWriter, field: number, id: string): void {
  const bytes = parseHex(id);
  if (bytes !== undefined && bytes.length > 0) writer.bytes(field, bytes);
}
