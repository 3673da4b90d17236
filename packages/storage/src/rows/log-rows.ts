/**
 * Rows of the table of logs as LogRecords.
 */
import {
  type AttributeValue,
  LOG_BODY_TYPE,
  type LogRecord,
  type SpanId,
  type TraceId,
} from '@tracewright/model';
import type { StringColumn } from '../native/column.ts';
import type { NativeBlock } from '../native/native-block.ts';
import { AttributeRows, type DecodeAnyValue } from './attribute-rows.ts';
import type { SharedValues } from './span-rows.ts';

/** Reads row after row of one block. */
export function logRows(
  block: NativeBlock,
  shared: SharedValues,
  decodeAnyValue: DecodeAnyValue,
): (row: number) => LogRecord {
  const times = block.bigs('time_nano');
  const observed = block.bigs('observed_nano');
  const severities = block.numbers('severity_number');
  const severityTexts = block.strings('severity_text');
  const eventNames = block.strings('event_name');
  const bodyTypes = block.numbers('body_type');
  const bodies = block.strings('body');
  const dropped = block.numbers('dropped_attributes');
  const flags = block.numbers('flags');
  const traceIds = block.fixed('trace_id');
  const spanIds = block.fixed('span_id');
  const services = block.strings('service');
  const resourceIds = block.bigs('resource_id');
  const scopeIds = block.bigs('scope_id');
  const arrived = block.bigs('arrived_ms');
  const receivers = block.strings('receiver');
  const attributes = new AttributeRows(block, false, decodeAnyValue);
  return (row) => ({
    timeUnixNano: times[row] as bigint,
    observedUnixNano: observed[row] as bigint,
    severityNumber: severities[row] as number,
    severityText: severityTexts.text(row),
    body: bodyOf(bodyTypes[row] as number, bodies, row, decodeAnyValue),
    attributes: attributes.read(row),
    droppedAttributes: dropped[row] as number,
    flags: flags[row] as number,
    traceId: traceIds.isZero(row) ? '' : (traceIds.hex(row) as TraceId),
    spanId: spanIds.isZero(row) ? '' : (spanIds.hex(row) as SpanId),
    eventName: eventNames.text(row),
    resource: shared.resource(resourceIds[row] as bigint, services.text(row)),
    scope: shared.scope(scopeIds[row] as bigint),
    arrivedUnixMs: Number(arrived[row]),
    receiver: receivers.text(row),
  });
}

function bodyOf(
  type: number,
  bodies: StringColumn,
  row: number,
  decodeAnyValue: DecodeAnyValue,
): AttributeValue | undefined {
  switch (type) {
    case LOG_BODY_TYPE.none:
      return undefined;
    case LOG_BODY_TYPE.string:
      return { type: 'string', value: bodies.text(row) };
    default:
      return decodeAnyValue(bodies.bytes(row));
  }
}
