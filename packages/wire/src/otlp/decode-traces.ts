/**
 * Decodes an OTLP ExportTraceServiceRequest straight into the columns of a RecordBatch.
 *
 * No object is made for a span, an event, a link or an attribute. A span whose ids cannot stand is refused
 * alone, in words; links keep whatever ids they have. Times, enum numbers and strings are kept as they are.
 */
import {
  type Acceptance,
  ATTRIBUTE_TYPE,
  type RecordBatch,
  type RowContext,
  SPAN_ID_BYTES,
  type SpanBatch,
  TRACE_ID_BYTES,
} from '@tracewright/model';
import type { Result } from '@tracewright/std';
import { ENTRIES_PER_RECORD_MAX } from '../limits.ts';
import type { ProtobufReader } from '../primitives/protobuf-reader.ts';
import { appendAttribute, appendPlainAttribute } from './append-attribute.ts';
import { decodeEnvelope, type Envelope } from './decode-envelope.ts';
import { idFault, type Refusal } from './id-fault.ts';
import type { IngestContext } from './ingest-context.ts';
import type { KeyValueReader } from './key-value.ts';

const SPAN_FIELDS = 0b1_1111_1111_1111_1110;
const EVENT_FIELDS = 0b11110;
const LINK_FIELDS = 0b1111110;
const STATUS_FIELDS = 0b1100;

const TRACES: Envelope = { signal: 'traces', record: 'span', table: 'spans', read: readSpan };

/** On an error nothing of the request stays in the batch. */
export function decodeOtlpTraces(
  body: Uint8Array,
  batch: RecordBatch,
  context: IngestContext,
): Result<Acceptance> {
  return decodeEnvelope(TRACES, body, batch, context);
}

function readSpan(
  reader: ProtobufReader,
  attributes: KeyValueReader,
  stop: number,
  batch: RecordBatch,
  row: RowContext,
): Refusal | undefined {
  const { spans } = batch;
  let traceIdBytes = 0;
  let spanIdBytes = 0;
  let parentIdBytes = 0;
  spans.begin(reader.bytes);
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    switch (tag) {
      case 0x4a: {
        const next = appendPlainAttribute(reader.bytes, reader.at, stop, spans);
        if (next >= 0) {
          reader.at = next;
          break;
        }
        const end = reader.stop(stop);
        if (end >= 0 && attributes.read(end)) appendAttribute(attributes, spans);
        break;
      }
      case 0x0a: {
        const end = reader.stop(stop);
        if (end < 0) break;
        traceIdBytes = end - reader.at;
        spans.traceIdFrom = reader.at;
        reader.at = end;
        break;
      }
      case 0x12: {
        const end = reader.stop(stop);
        if (end < 0) break;
        spanIdBytes = end - reader.at;
        spans.spanIdFrom = reader.at;
        reader.at = end;
        break;
      }
      case 0x1a: {
        const end = reader.stop(stop);
        if (end < 0) break;
        spans.traceStateFrom = reader.at;
        spans.traceStateTo = end;
        reader.at = end;
        break;
      }
      case 0x22: {
        const end = reader.stop(stop);
        if (end < 0) break;
        parentIdBytes = end - reader.at;
        spans.parentIdFrom = parentIdBytes === 0 ? -1 : reader.at;
        reader.at = end;
        break;
      }
      case 0x2a: {
        const end = reader.stop(stop);
        if (end < 0) break;
        spans.nameFrom = reader.at;
        spans.nameTo = end;
        reader.at = end;
        break;
      }
      case 0x30:
        spans.kind = enumByte(reader, stop);
        break;
      case 0x39:
        reader.fixed64(stop);
        spans.startLow = reader.low;
        spans.startHigh = reader.high;
        break;
      case 0x41:
        reader.fixed64(stop);
        spans.endLow = reader.low;
        spans.endHigh = reader.high;
        break;
      case 0x50:
        reader.varint(stop);
        spans.droppedAttributes = reader.low;
        break;
      case 0x5a: {
        const end = reader.stop(stop);
        if (end >= 0) readEvent(reader, attributes, end, spans);
        break;
      }
      case 0x60:
        reader.varint(stop);
        spans.droppedEvents = reader.low;
        break;
      case 0x6a: {
        const end = reader.stop(stop);
        if (end >= 0) readLink(reader, attributes, end, spans);
        break;
      }
      case 0x70:
        reader.varint(stop);
        spans.droppedLinks = reader.low;
        break;
      case 0x7a: {
        const end = reader.stop(stop);
        if (end >= 0) readStatus(reader, end, spans);
        break;
      }
      case 0x85:
        reader.fixed32(stop);
        spans.flags = reader.low;
        break;
      default:
        reader.unknown(tag, stop, SPAN_FIELDS);
    }
  }
  if (reader.at !== stop) {
    spans.abandon();
    return undefined;
  }
  const refusal =
    idFault('trace', reader.bytes, spans.traceIdFrom, traceIdBytes, TRACE_ID_BYTES) ??
    idFault('span', reader.bytes, spans.spanIdFrom, spanIdBytes, SPAN_ID_BYTES) ??
    parentFault(parentIdBytes);
  if (refusal !== undefined) spans.abandon();
  else spans.end(row);
  return refusal;
}

/** A parent may be absent, and its id may be anything: it names a span that nobody may ever send. */
function parentFault(size: number): Refusal | undefined {
  if (size === 0 || size === SPAN_ID_BYTES) return undefined;
  const reason = `parent span id is ${size} bytes, expected ${SPAN_ID_BYTES} or none`;
  return { kind: 'parent-id-length', reason };
}

/** An enum that the columns keep in one byte: a number that does not fit reads as 0, unspecified. */
function enumByte(reader: ProtobufReader, stop: number): number {
  reader.varint(stop);
  return reader.high === 0 && reader.low < 256 ? reader.low : 0;
}

function appendNested(from: KeyValueReader, spans: SpanBatch): void {
  switch (from.type) {
    case ATTRIBUTE_TYPE.string:
      spans.nestedString(from.keyFrom, from.keyTo, from.valueFrom, from.valueTo);
      break;
    case ATTRIBUTE_TYPE.int:
      spans.nestedInt(from.keyFrom, from.keyTo, from.low, from.high);
      break;
    case ATTRIBUTE_TYPE.double:
      spans.nestedDouble(from.keyFrom, from.keyTo, from.valueFrom);
      break;
    case ATTRIBUTE_TYPE.bool:
      spans.nestedBool(from.keyFrom, from.keyTo, from.low !== 0);
      break;
    default:
      spans.nestedOther(from.keyFrom, from.keyTo, from.valueFrom, from.valueTo);
  }
}

/**
 * The batch wants an event before its attributes, and the bytes may hold its fields in any order:
 * attributes are passed over first and read when the event stands.
 */
function readEvent(reader: ProtobufReader, attributes: KeyValueReader, stop: number, spans: SpanBatch): void {
  const from = reader.at;
  let timeLow = 0;
  let timeHigh = 0;
  let nameFrom = 0;
  let nameTo = 0;
  let dropped = 0;
  let count = 0;
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    if (tag === 0x1a) {
      reader.skip(tag, stop);
      count++;
    } else if (tag === 0x09) {
      reader.fixed64(stop);
      timeLow = reader.low;
      timeHigh = reader.high;
    } else if (tag === 0x12) {
      const end = reader.stop(stop);
      if (end < 0) return;
      nameFrom = reader.at;
      nameTo = end;
      reader.at = end;
    } else if (tag === 0x20) {
      reader.varint(stop);
      dropped = reader.low;
    } else reader.unknown(tag, stop, EVENT_FIELDS);
  }
  if (reader.at !== stop) return;
  spans.event(timeLow, timeHigh, nameFrom, nameTo, dropped);
  checkNested(reader, spans);
  if (count > 0 && reader.at === stop) readNested(reader, attributes, from, stop, 0x1a, spans);
}

function readLink(reader: ProtobufReader, attributes: KeyValueReader, stop: number, spans: SpanBatch): void {
  const from = reader.at;
  let traceIdFrom = 0;
  let traceIdTo = 0;
  let spanIdFrom = 0;
  let spanIdTo = 0;
  let stateFrom = 0;
  let stateTo = 0;
  let dropped = 0;
  let flags = 0;
  let count = 0;
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    if (tag === 0x0a || tag === 0x12 || tag === 0x1a) {
      const end = reader.stop(stop);
      if (end < 0) return;
      if (tag === 0x0a) {
        traceIdFrom = reader.at;
        traceIdTo = end;
      } else if (tag === 0x12) {
        spanIdFrom = reader.at;
        spanIdTo = end;
      } else {
        stateFrom = reader.at;
        stateTo = end;
      }
      reader.at = end;
    } else if (tag === 0x22) {
      reader.skip(tag, stop);
      count++;
    } else if (tag === 0x28) {
      reader.varint(stop);
      dropped = reader.low;
    } else if (tag === 0x35) {
      reader.fixed32(stop);
      flags = reader.low;
    } else reader.unknown(tag, stop, LINK_FIELDS);
  }
  if (reader.at !== stop) return;
  spans.link(traceIdFrom, traceIdTo, spanIdFrom, spanIdTo, stateFrom, stateTo, dropped, flags);
  checkNested(reader, spans);
  if (count > 0 && reader.at === stop) readNested(reader, attributes, from, stop, 0x22, spans);
}

function checkNested(reader: ProtobufReader, spans: SpanBatch): void {
  if (spans.openNested() > ENTRIES_PER_RECORD_MAX) {
    reader.exceed(`it has more than ${ENTRIES_PER_RECORD_MAX} events, links and attributes of these`);
  }
}

/** Goes over an event or a link, whose frame has been walked, a second time for its attributes. */
function readNested(
  reader: ProtobufReader,
  attributes: KeyValueReader,
  from: number,
  stop: number,
  attributesTag: number,
  spans: SpanBatch,
): void {
  reader.at = from;
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    if (tag === attributesTag) {
      const end = reader.stop(stop);
      if (end >= 0 && attributes.read(end)) {
        appendNested(attributes, spans);
        checkNested(reader, spans);
      }
    } else reader.skip(tag, stop);
  }
}

function readStatus(reader: ProtobufReader, stop: number, spans: SpanBatch): void {
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    if (tag === 0x12) {
      const end = reader.stop(stop);
      if (end < 0) return;
      spans.statusMessageFrom = reader.at;
      spans.statusMessageTo = end;
      reader.at = end;
    } else if (tag === 0x18) spans.statusCode = enumByte(reader, stop);
    else reader.unknown(tag, stop, STATUS_FIELDS);
  }
}
