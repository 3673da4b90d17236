/**
 * Decodes an OTLP ExportLogsServiceRequest straight into the columns of a RecordBatch.
 *
 * A record is never refused alone: an id of a wrong length, or of zeros, means that the record belongs to no
 * trace, as the protocol's definition tells receivers to assume.
 */
import {
  type Acceptance,
  ATTRIBUTE_TYPE,
  LOG_BODY_TYPE,
  type RecordBatch,
  type RowContext,
  SPAN_ID_BYTES,
  TRACE_ID_BYTES,
} from '@tracewright/model';
import type { Result } from '@tracewright/std';
import type { ProtobufReader } from '../primitives/protobuf-reader.ts';
import { appendAttribute, appendPlainAttribute } from './append-attribute.ts';
import { decodeEnvelope, type Envelope } from './decode-envelope.ts';
import type { Refusal } from './id-fault.ts';
import type { IngestContext } from './ingest-context.ts';
import type { KeyValueReader } from './key-value.ts';

const LOG_FIELDS = 0b1_1111_1110_1110;

const LOGS: Envelope = { signal: 'logs', record: 'log record', table: 'logs', read: readLog };

/** On an error nothing of the request stays in the batch. */
export function decodeOtlpLogs(
  body: Uint8Array,
  batch: RecordBatch,
  context: IngestContext,
): Result<Acceptance> {
  return decodeEnvelope(LOGS, body, batch, context);
}

function readLog(
  reader: ProtobufReader,
  attributes: KeyValueReader,
  stop: number,
  batch: RecordBatch,
  row: RowContext,
): Refusal | undefined {
  const { logs } = batch;
  logs.begin(reader.bytes);
  while (reader.at < stop) {
    const tag = reader.tag(stop);
    switch (tag) {
      case 0x09:
        reader.fixed64(stop);
        logs.timeLow = reader.low;
        logs.timeHigh = reader.high;
        break;
      case 0x59:
        reader.fixed64(stop);
        logs.observedLow = reader.low;
        logs.observedHigh = reader.high;
        break;
      case 0x10:
        reader.varint(stop);
        logs.severityNumber = reader.high === 0 && reader.low < 256 ? reader.low : 0;
        break;
      case 0x1a: {
        const end = reader.stop(stop);
        if (end < 0) break;
        logs.severityTextFrom = reader.at;
        logs.severityTextTo = end;
        reader.at = end;
        break;
      }
      case 0x2a: {
        const end = reader.stop(stop);
        if (end < 0 || !attributes.readValue(end)) break;
        logs.bodyType =
          attributes.type === ATTRIBUTE_TYPE.string ? LOG_BODY_TYPE.string : LOG_BODY_TYPE.other;
        logs.bodyFrom = attributes.messageFrom;
        logs.bodyTo = end;
        if (logs.bodyType === LOG_BODY_TYPE.string) {
          logs.bodyFrom = attributes.valueFrom;
          logs.bodyTo = attributes.valueTo;
        }
        break;
      }
      case 0x32: {
        const next = appendPlainAttribute(reader.bytes, reader.at, stop, logs);
        if (next >= 0) {
          reader.at = next;
          break;
        }
        const end = reader.stop(stop);
        if (end >= 0 && attributes.read(end)) appendAttribute(attributes, logs);
        break;
      }
      case 0x38:
        reader.varint(stop);
        logs.droppedAttributes = reader.low;
        break;
      case 0x45:
        reader.fixed32(stop);
        logs.flags = reader.low;
        break;
      case 0x4a: {
        const end = reader.stop(stop);
        if (end < 0) break;
        logs.traceIdFrom = end - reader.at === TRACE_ID_BYTES ? reader.at : -1;
        reader.at = end;
        break;
      }
      case 0x52: {
        const end = reader.stop(stop);
        if (end < 0) break;
        logs.spanIdFrom = end - reader.at === SPAN_ID_BYTES ? reader.at : -1;
        reader.at = end;
        break;
      }
      case 0x62: {
        const end = reader.stop(stop);
        if (end < 0) break;
        logs.eventNameFrom = reader.at;
        logs.eventNameTo = end;
        reader.at = end;
        break;
      }
      default:
        reader.unknown(tag, stop, LOG_FIELDS);
    }
  }
  if (reader.at !== stop) {
    logs.abandon();
    return undefined;
  }
  logs.end(row);
  return undefined;
}
