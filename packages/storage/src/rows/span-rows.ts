/**
 * Rows of the table of spans as Spans.
 */
import {
  ATTRIBUTE_TYPE,
  type Attribute,
  type AttributeValue,
  type Resource,
  type Scope,
  type Span,
  type SpanEvent,
  type SpanId,
  type SpanLink,
  type TraceId,
} from '@tracewright/model';
import { assert, printHex } from '@tracewright/std';
import type { ArrayColumn, FixedStrings, StringColumn } from '../native/column.ts';
import type { NativeBlock } from '../native/native-block.ts';
import { AttributeRows, type DecodeAnyValue } from './attribute-rows.ts';
import type { SpanHead } from './span-list.ts';

/** What rows refer to; a value is the same object for all rows of one answer. */
export type SharedValues = {
  readonly resource: (id: bigint, service: string) => Resource;
  readonly scope: (id: bigint) => Scope;
};

const WRAP = 64;
const NO_EVENTS: readonly SpanEvent[] = [];
const NO_LINKS: readonly SpanLink[] = [];
const NO_ATTRIBUTES: readonly Attribute[] = [];

/** Reads row after row of one block. Optional columns that it lacks hold nothing in any of its rows. */
export function spanRows(
  block: NativeBlock,
  shared: SharedValues,
  decodeAnyValue: DecodeAnyValue,
): (row: number) => Span {
  const traceIds = block.fixed('trace_id');
  const spanIds = block.fixed('span_id');
  const parentIds = block.fixed('parent_id');
  const traceStates = textsOr(block, 'trace_state');
  const flags = numbersOr(block, 'flags', 0);
  const names = block.strings('name');
  const kinds = block.numbers('kind');
  const starts = block.bigs('start_nano');
  const durations = block.bigs('duration_nano');
  const statusCodes = block.numbers('status_code');
  const statusMessages = textsOr(block, 'status_message');
  const droppedAttributes = numbersOr(block, 'dropped_attributes', 0);
  const droppedEvents = numbersOr(block, 'dropped_events', 0);
  const droppedLinks = numbersOr(block, 'dropped_links', 0);
  const services = block.strings('service');
  const resourceIds = block.bigs('resource_id');
  const scopeIds = block.bigs('scope_id');
  const weights = numbersOr(block, 'weight', 1);
  const weightsKnown = numbersOr(block, 'weight_known', 0);
  const arrived = block.bigs('arrived_ms');
  const receivers = block.strings('receiver');
  const attributes = new AttributeRows(block, true, decodeAnyValue);
  const nested = nestedRows(block, decodeAnyValue);
  const events = eventRows(block);
  const links = linkRows(block);

  return (row) => {
    const start = starts[row] as bigint;
    const owned = nested(row);
    return {
      traceId: traceIds.hex(row) as TraceId,
      spanId: spanIds.hex(row) as SpanId,
      parentSpanId: parentOf(parentIds, row),
      traceState: traceStates(row),
      flags: flags(row),
      name: names.text(row),
      kind: kinds[row] as number,
      startUnixNano: start,
      endUnixNano: endOf(start, durations[row] as bigint),
      statusCode: statusCodes[row] as number,
      statusMessage: statusMessages(row),
      attributes: attributes.read(row),
      droppedAttributes: droppedAttributes(row),
      events: events(row, owned),
      droppedEvents: droppedEvents(row),
      links: links(row, owned),
      droppedLinks: droppedLinks(row),
      resource: shared.resource(resourceIds[row] as bigint, services.text(row)),
      scope: shared.scope(scopeIds[row] as bigint),
      weight: weights(row),
      weightKnown: weightsKnown(row) !== 0,
      arrivedUnixMs: Number(arrived[row]),
      receiver: receivers.text(row),
    };
  };
}

/** Reads where the rows of one block belong: their heads, and their resources alone. */
export function headRows(
  block: NativeBlock,
  shared: SharedValues,
): { readonly head: (row: number) => SpanHead; readonly resource: (row: number) => Resource } {
  const traceIds = block.fixed('trace_id');
  const spanIds = block.fixed('span_id');
  const parentIds = block.fixed('parent_id');
  const kinds = block.numbers('kind');
  const starts = block.bigs('start_nano');
  const durations = block.bigs('duration_nano');
  const services = block.strings('service');
  const resourceIds = block.bigs('resource_id');
  const resource = (row: number): Resource => shared.resource(resourceIds[row] as bigint, services.text(row));
  return {
    resource,
    head: (row) => ({
      traceId: traceIds.hex(row) as TraceId,
      spanId: spanIds.hex(row) as SpanId,
      parentSpanId: parentOf(parentIds, row),
      kind: kinds[row] as number,
      startUnixNano: starts[row] as bigint,
      endUnixNano: endOf(starts[row] as bigint, durations[row] as bigint),
      resource: resource(row),
    }),
  };
}

function parentOf(parentIds: FixedStrings, row: number): SpanId | '' {
  return parentIds.isZero(row) ? '' : (parentIds.hex(row) as SpanId);
}

function endOf(startNano: bigint, durationNano: bigint): bigint {
  return BigInt.asUintN(WRAP, startNano + durationNano);
}

function numbersOr(block: NativeBlock, name: string, absent: number): (row: number) => number {
  if (!block.has(name)) return () => absent;
  const values = block.numbers(name);
  return (row) => values[row] as number;
}

function textsOr(block: NativeBlock, name: string): (row: number) => string {
  if (!block.has(name)) return () => '';
  const values = block.strings(name);
  return (row) => values.text(row);
}

/** Attributes by owner: twice an event's index, or twice a link's index and one. */
type Owned = ReadonlyMap<number, readonly Attribute[]> | undefined;

function nestedRows(block: NativeBlock, decodeAnyValue: DecodeAnyValue): (row: number) => Owned {
  if (!block.has('nested_owner')) return () => undefined;
  const { ends } = block.arrays('nested_owner');
  const owners = numbersOf(block.arrays('nested_owner'));
  const keys = stringsOf(block.arrays('nested_key'));
  const types = numbersOf(block.arrays('nested_type'));
  const values = stringsOf(block.arrays('nested_value'));
  return (row) => {
    const to = ends[row] as number;
    const from = row === 0 ? 0 : (ends[row - 1] as number);
    if (from === to) return undefined;
    const owned = new Map<number, Attribute[]>();
    for (let at = from; at < to; at++) {
      const owner = owners[at] as number;
      let list = owned.get(owner);
      if (list === undefined) {
        list = [];
        owned.set(owner, list);
      }
      const value = nestedValue(types[at] as number, values.bytes(at), decodeAnyValue);
      list.push({ key: keys.text(at), value });
    }
    return owned;
  };
}

function nestedValue(type: number, bytes: Uint8Array, decodeAnyValue: DecodeAnyValue): AttributeValue {
  switch (type) {
    case ATTRIBUTE_TYPE.string:
      return { type: 'string', value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString() };
    case ATTRIBUTE_TYPE.bool:
      return { type: 'bool', value: bytes[0] === 1 };
    case ATTRIBUTE_TYPE.int:
      return { type: 'int', value: viewOf(bytes).getBigInt64(0, true) };
    case ATTRIBUTE_TYPE.double:
      return { type: 'double', value: viewOf(bytes).getFloat64(0, true) };
    default:
      return decodeAnyValue(bytes);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function eventRows(block: NativeBlock): (row: number, owned: Owned) => readonly SpanEvent[] {
  if (!block.has('event_name')) return () => NO_EVENTS;
  const { ends } = block.arrays('event_name');
  const names = stringsOf(block.arrays('event_name'));
  const times = bigsOf(block.arrays('event_time_nano'));
  const dropped = numbersOf(block.arrays('event_dropped'));
  return (row, owned) => {
    const to = ends[row] as number;
    const from = row === 0 ? 0 : (ends[row - 1] as number);
    if (from === to) return NO_EVENTS;
    const events: SpanEvent[] = [];
    for (let at = from; at < to; at++) {
      events.push({
        timeUnixNano: times[at] as bigint,
        name: names.text(at),
        attributes: owned?.get((at - from) * 2) ?? NO_ATTRIBUTES,
        droppedAttributes: dropped[at] as number,
      });
    }
    return events;
  };
}

function linkRows(block: NativeBlock): (row: number, owned: Owned) => readonly SpanLink[] {
  if (!block.has('link_trace_id')) return () => NO_LINKS;
  const { ends } = block.arrays('link_trace_id');
  const traceIds = stringsOf(block.arrays('link_trace_id'));
  const spanIds = stringsOf(block.arrays('link_span_id'));
  const traceStates = stringsOf(block.arrays('link_trace_state'));
  const dropped = numbersOf(block.arrays('link_dropped'));
  const flags = numbersOf(block.arrays('link_flags'));
  return (row, owned) => {
    const to = ends[row] as number;
    const from = row === 0 ? 0 : (ends[row - 1] as number);
    if (from === to) return NO_LINKS;
    const links: SpanLink[] = [];
    for (let at = from; at < to; at++) {
      links.push({
        traceId: printHex(traceIds.bytes(at)),
        spanId: printHex(spanIds.bytes(at)),
        traceState: traceStates.text(at),
        attributes: owned?.get((at - from) * 2 + 1) ?? NO_ATTRIBUTES,
        droppedAttributes: dropped[at] as number,
        flags: flags[at] as number,
      });
    }
    return links;
  };
}

function stringsOf(column: ArrayColumn): StringColumn {
  assert(column.values.kind === 'string', 'The elements of the array are strings');
  return column.values;
}

function numbersOf(column: ArrayColumn): ArrayLike<number> {
  assert(column.values.kind === 'number', 'The elements of the array are small numbers');
  return column.values.values;
}

function bigsOf(column: ArrayColumn): ArrayLike<bigint> {
  assert(column.values.kind === 'big', 'The elements of the array are 64-bit numbers');
  return column.values.values;
}
