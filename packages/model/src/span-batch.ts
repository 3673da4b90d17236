/**
 * SpanBatch: spans as columns, on the way in.
 *
 * A decoder opens a row with `begin`, appends attributes, events and links as it meets them in the bytes,
 * fills the registers (`batch.kind = …`, name as offsets into the same source), and closes the row with `end`,
 * or gives it back with `abandon` when the span turns out to be bad: nothing of it stays. No object is made
 * for a span. All offsets of one row point into the one `source` given to `begin`.
 */
import { ATTRIBUTE_TYPE } from './attribute.ts';
import { Column } from './column.ts';
import { ColumnList } from './column-list.ts';
import type { KeyTable } from './key-table.ts';
import { arrayColumn, attributeColumns, valueColumn } from './native-block.ts';
import { PROMOTED_ATTRIBUTES } from './promoted.ts';
import { TableBatch } from './table-batch.ts';

/** What all spans of one request, resource and scope have in common. Byte fields are not length-prefixed. */
export type RowContext = {
  tenant: Uint8Array;
  arrivedMs: number;
  dialect: Uint8Array;
  receiver: Uint8Array;
  service: Uint8Array;
  resourceIdLow: number;
  resourceIdHigh: number;
  scopeIdLow: number;
  scopeIdHigh: number;
};

const PROMOTED = PROMOTED_ATTRIBUTES.length;
/** 1 where a promoted column holds a status, 0 where it holds a string. */
const IS_STATUS: Uint8Array = Uint8Array.from(PROMOTED_ATTRIBUTES, ({ type }) => (type === 'status' ? 1 : 0));

export class SpanBatch extends TableBatch {
  // Registers of the open row. Offsets are into the source of `begin`; from = to means empty.
  traceIdFrom = 0;
  spanIdFrom = 0;
  /** -1 for a root. */
  parentIdFrom = -1;
  traceStateFrom = 0;
  traceStateTo = 0;
  flags = 0;
  nameFrom = 0;
  nameTo = 0;
  kind = 0;
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;
  statusCode = 0;
  statusMessageFrom = 0;
  statusMessageTo = 0;
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  weight = 1;
  weightKnown = false;
  shared = false;

  readonly #promotedFrom: Int32Array = new Int32Array(PROMOTED);
  readonly #promotedTo: Int32Array = new Int32Array(PROMOTED);

  readonly #tenant = new Column();
  readonly #arrived = new Column();
  readonly #traceId = new Column();
  readonly #spanId = new Column();
  readonly #parentId = new Column();
  readonly #traceState = new Column();
  readonly #flags = new Column();
  readonly #name = new Column();
  readonly #kind = new Column();
  readonly #start = new Column();
  readonly #duration = new Column();
  readonly #statusCode = new Column();
  readonly #statusMessage = new Column();
  readonly #droppedAttributes = new Column();
  readonly #droppedEvents = new Column();
  readonly #droppedLinks = new Column();
  readonly #service = new Column();
  readonly #resourceId = new Column();
  readonly #scopeId = new Column();
  readonly #weight = new Column();
  readonly #weightKnown = new Column();
  readonly #decision = new Column();
  readonly #dialect = new Column();
  readonly #receiver = new Column();
  readonly #shared = new Column();
  readonly #version = new Column();
  readonly #promoted: Column[] = PROMOTED_ATTRIBUTES.map(() => new Column());

  #events = 0;
  #eventsAtMark = 0;
  readonly #eventEnds = new Column();
  readonly #eventTime = new Column();
  readonly #eventName = new Column();
  readonly #eventDropped = new Column();
  #links = 0;
  #linksAtMark = 0;
  readonly #linkEnds = new Column();
  readonly #linkTraceId = new Column();
  readonly #linkSpanId = new Column();
  readonly #linkTraceState = new Column();
  readonly #linkDropped = new Column();
  readonly #linkFlags = new Column();
  #nested = 0;
  #nestedAtMark = 0;
  #owner = 0;
  readonly #nestedEnds = new Column();
  readonly #nestedOwner = new Column();
  readonly #nestedKey = new Column();
  readonly #nestedType = new Column();
  readonly #nestedValue = new Column();

  readonly #nestedColumns: readonly Column[] = [
    this.#eventTime,
    this.#eventName,
    this.#eventDropped,
    this.#linkTraceId,
    this.#linkSpanId,
    this.#linkTraceState,
    this.#linkDropped,
    this.#linkFlags,
    this.#nestedOwner,
    this.#nestedKey,
    this.#nestedType,
    this.#nestedValue,
  ];
  readonly #nestedMarks: Float64Array = new Float64Array(12);

  protected readonly list: ColumnList;
  #eventsAtRequest = 0;
  #linksAtRequest = 0;
  #nestedAtRequest = 0;

  constructor(keyTable: KeyTable) {
    super(keyTable);
    this.list = new ColumnList(
      [
        valueColumn('tenant', 'String', this.#tenant),
        valueColumn('arrived_ms', 'UInt64', this.#arrived),
        valueColumn('trace_id', 'FixedString(16)', this.#traceId),
        valueColumn('span_id', 'FixedString(8)', this.#spanId),
        valueColumn('parent_id', 'FixedString(8)', this.#parentId),
        valueColumn('trace_state', 'String', this.#traceState),
        valueColumn('flags', 'UInt32', this.#flags),
        valueColumn('name', 'String', this.#name),
        valueColumn('kind', 'UInt8', this.#kind),
        valueColumn('start_nano', 'UInt64', this.#start),
        valueColumn('duration_nano', 'Int64', this.#duration),
        valueColumn('status_code', 'UInt8', this.#statusCode),
        valueColumn('status_message', 'String', this.#statusMessage),
        valueColumn('dropped_attributes', 'UInt32', this.#droppedAttributes),
        valueColumn('dropped_events', 'UInt32', this.#droppedEvents),
        valueColumn('dropped_links', 'UInt32', this.#droppedLinks),
        valueColumn('service', 'String', this.#service),
        valueColumn('resource_id', 'UInt64', this.#resourceId),
        valueColumn('scope_id', 'UInt64', this.#scopeId),
        valueColumn('weight', 'Float32', this.#weight),
        valueColumn('weight_known', 'UInt8', this.#weightKnown),
        valueColumn('decision', 'String', this.#decision),
        valueColumn('dialect', 'String', this.#dialect),
        valueColumn('receiver', 'String', this.#receiver),
        valueColumn('shared', 'UInt8', this.#shared),
        valueColumn('version', 'UInt32', this.#version),
        ...PROMOTED_ATTRIBUTES.map((attribute, index) =>
          valueColumn(
            attribute.column,
            attribute.type === 'status' ? 'UInt16' : 'String',
            this.#promoted[index] as Column,
          ),
        ),
        ...attributeColumns(this.attributes),
        arrayColumn('event_time_nano', 'UInt64', this.#eventEnds, this.#eventTime),
        arrayColumn('event_name', 'String', this.#eventEnds, this.#eventName),
        arrayColumn('event_dropped', 'UInt32', this.#eventEnds, this.#eventDropped),
        arrayColumn('link_trace_id', 'String', this.#linkEnds, this.#linkTraceId),
        arrayColumn('link_span_id', 'String', this.#linkEnds, this.#linkSpanId),
        arrayColumn('link_trace_state', 'String', this.#linkEnds, this.#linkTraceState),
        arrayColumn('link_dropped', 'UInt32', this.#linkEnds, this.#linkDropped),
        arrayColumn('link_flags', 'UInt32', this.#linkEnds, this.#linkFlags),
        arrayColumn('nested_owner', 'UInt32', this.#nestedEnds, this.#nestedOwner),
        arrayColumn('nested_key', 'String', this.#nestedEnds, this.#nestedKey),
        arrayColumn('nested_type', 'UInt8', this.#nestedEnds, this.#nestedType),
        arrayColumn('nested_value', 'String', this.#nestedEnds, this.#nestedValue),
      ],
      this.attributes.maps,
    );
  }

  override markRequest(): void {
    super.markRequest();
    this.#eventsAtRequest = this.#events;
    this.#linksAtRequest = this.#links;
    this.#nestedAtRequest = this.#nested;
  }

  override rollbackRequest(): void {
    super.rollbackRequest();
    this.#events = this.#eventsAtRequest;
    this.#links = this.#linksAtRequest;
    this.#nested = this.#nestedAtRequest;
  }

  /** Opens a row whose offsets will point into `source`. */
  begin(source: Uint8Array): void {
    this.source = source;
    this.traceIdFrom = -1;
    this.spanIdFrom = -1;
    this.parentIdFrom = -1;
    this.traceStateFrom = this.traceStateTo = 0;
    this.flags = 0;
    this.nameFrom = this.nameTo = 0;
    this.kind = 0;
    this.startLow = this.startHigh = this.endLow = this.endHigh = 0;
    this.statusCode = 0;
    this.statusMessageFrom = this.statusMessageTo = 0;
    this.droppedAttributes = this.droppedEvents = this.droppedLinks = 0;
    this.weight = 1;
    this.weightKnown = false;
    this.shared = false;
    this.#promotedTo.fill(0);
    this.attributes.mark();
    this.#eventsAtMark = this.#events;
    this.#linksAtMark = this.#links;
    this.#nestedAtMark = this.#nested;
    for (let at = 0; at < 12; at++) this.#nestedMarks[at] = (this.#nestedColumns[at] as Column).length;
  }

  /** Gives the open row back. */
  abandon(): void {
    this.attributes.rollback();
    this.#events = this.#eventsAtMark;
    this.#links = this.#linksAtMark;
    this.#nested = this.#nestedAtMark;
    for (let at = 0; at < 12; at++)
      (this.#nestedColumns[at] as Column).truncate(this.#nestedMarks[at] as number);
  }

  /** A string whose key has a column of its own goes there, the first time. */
  override stringAttribute(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    const entry = this.attributes.findKey(this.source, keyFrom, keyTo);
    if (entry !== undefined && entry.promoted >= 0 && valueTo > valueFrom) {
      const index = entry.promoted;
      if (this.#promotedTo[index] === 0 && IS_STATUS[index] === 0) {
        this.#promotedFrom[index] = valueFrom;
        this.#promotedTo[index] = valueTo;
        return;
      }
    }
    this.attributes.string(this.source, keyFrom, keyTo, valueFrom, valueTo, entry);
  }

  override intAttribute(keyFrom: number, keyTo: number, low: number, high: number): void {
    if (high === 0 && low > 0 && low <= 65535) {
      const entry = this.attributes.findKey(this.source, keyFrom, keyTo);
      if (entry !== undefined && entry.promoted >= 0) {
        const index = entry.promoted;
        if (this.#promotedTo[index] === 0 && IS_STATUS[index] === 1) {
          this.#promotedTo[index] = low;
          return;
        }
      }
    }
    this.attributes.integer(this.source, keyFrom, keyTo, low, high);
  }

  /** How many events, links and attributes of these the open row has so far. */
  openNested(): number {
    return (
      this.#events -
      this.#eventsAtMark +
      (this.#links - this.#linksAtMark) +
      (this.#nested - this.#nestedAtMark)
    );
  }

  /** Appends an event; the nested attributes that follow belong to it. */
  event(timeLow: number, timeHigh: number, nameFrom: number, nameTo: number, dropped: number): void {
    this.#owner = (this.#events - this.#eventsAtMark) * 2;
    this.#events++;
    this.#eventTime.u64(timeLow, timeHigh);
    this.#eventName.string(this.source, nameFrom, nameTo);
    this.#eventDropped.u32(dropped);
  }

  /** Appends a link; the nested attributes that follow belong to it. Ids are kept whatever their length. */
  link(
    traceIdFrom: number,
    traceIdTo: number,
    spanIdFrom: number,
    spanIdTo: number,
    traceStateFrom: number,
    traceStateTo: number,
    dropped: number,
    flags: number,
  ): void {
    this.#owner = (this.#links - this.#linksAtMark) * 2 + 1;
    this.#links++;
    this.#linkTraceId.string(this.source, traceIdFrom, traceIdTo);
    this.#linkSpanId.string(this.source, spanIdFrom, spanIdTo);
    this.#linkTraceState.string(this.source, traceStateFrom, traceStateTo);
    this.#linkDropped.u32(dropped);
    this.#linkFlags.u32(flags);
  }

  nestedString(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.#nestedHead(keyFrom, keyTo, ATTRIBUTE_TYPE.string);
    this.#nestedValue.string(this.source, valueFrom, valueTo);
  }

  nestedInt(keyFrom: number, keyTo: number, low: number, high: number): void {
    this.#nestedHead(keyFrom, keyTo, ATTRIBUTE_TYPE.int);
    this.#nestedValue.u8(8);
    this.#nestedValue.u64(low, high);
  }

  nestedDouble(keyFrom: number, keyTo: number, valueFrom: number): void {
    this.#nestedHead(keyFrom, keyTo, ATTRIBUTE_TYPE.double);
    this.#nestedValue.string(this.source, valueFrom, valueFrom + 8);
  }

  nestedBool(keyFrom: number, keyTo: number, value: boolean): void {
    this.#nestedHead(keyFrom, keyTo, ATTRIBUTE_TYPE.bool);
    this.#nestedValue.u8(1);
    this.#nestedValue.u8(value ? 1 : 0);
  }

  nestedOther(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.#nestedHead(keyFrom, keyTo, ATTRIBUTE_TYPE.other);
    this.#nestedValue.string(this.source, valueFrom, valueTo);
  }

  /**
   * Closes the row. The trace and span ids must have been set.
   *
   * It is in pieces because the compiler inlines only so much into one function.
   */
  end(context: RowContext): void {
    this.#endIdentity();
    this.#endTimes();
    this.#endCounts();
    this.#endContext(context);
    this.#endPromoted();
    this.attributes.endRow();
    this.#eventEnds.count(this.#events);
    this.#linkEnds.count(this.#links);
    this.#nestedEnds.count(this.#nested);
    this.rows++;
  }

  #endIdentity(): void {
    const source = this.source;
    this.#traceId.raw(source, this.traceIdFrom, this.traceIdFrom + 16);
    this.#spanId.raw(source, this.spanIdFrom, this.spanIdFrom + 8);
    if (this.parentIdFrom >= 0) this.#parentId.raw(source, this.parentIdFrom, this.parentIdFrom + 8);
    else this.#parentId.u64(0, 0);
    this.#traceState.string(source, this.traceStateFrom, this.traceStateTo);
    this.#name.string(source, this.nameFrom, this.nameTo);
    this.#statusMessage.string(source, this.statusMessageFrom, this.statusMessageTo);
  }

  #endTimes(): void {
    this.#start.u64(this.startLow, this.startHigh);
    // The difference modulo 2^64: an end before its start, or none at all, comes out again as it went in.
    const low = this.endLow - this.startLow;
    this.#duration.u64(low >>> 0, (this.endHigh - this.startHigh - (low < 0 ? 1 : 0)) >>> 0);
  }

  #endCounts(): void {
    this.#flags.u32(this.flags);
    this.#kind.u8(this.kind);
    this.#statusCode.u8(this.statusCode);
    this.#droppedAttributes.u32(this.droppedAttributes);
    this.#droppedEvents.u32(this.droppedEvents);
    this.#droppedLinks.u32(this.droppedLinks);
    this.#weight.f32(this.weight);
    this.#weightKnown.u8(this.weightKnown ? 1 : 0);
    this.#decision.u8(0);
    this.#shared.u8(this.shared ? 1 : 0);
    this.#version.u32(0);
  }

  #endContext(context: RowContext): void {
    this.#tenant.string(context.tenant, 0, context.tenant.length);
    this.#arrived.count(context.arrivedMs);
    this.#service.string(context.service, 0, context.service.length);
    this.#resourceId.u64(context.resourceIdLow, context.resourceIdHigh);
    this.#scopeId.u64(context.scopeIdLow, context.scopeIdHigh);
    this.#dialect.string(context.dialect, 0, context.dialect.length);
    this.#receiver.string(context.receiver, 0, context.receiver.length);
  }

  #endPromoted(): void {
    for (let at = 0; at < PROMOTED; at++) {
      const column = this.#promoted[at] as Column;
      const to = this.#promotedTo[at] as number;
      if (IS_STATUS[at] === 1) column.u16(to);
      else if (to === 0) column.u8(0);
      else column.string(this.source, this.#promotedFrom[at] as number, to);
    }
  }

  override reset(): void {
    super.reset();
    this.#events = this.#links = this.#nested = 0;
  }

  #nestedHead(keyFrom: number, keyTo: number, type: number): void {
    this.#nestedOwner.u32(this.#owner);
    this.#nestedKey.string(this.source, keyFrom, keyTo);
    this.#nestedType.u8(type);
    this.#nested++;
  }
}
