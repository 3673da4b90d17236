/**
 * NestedColumns: the events and links of spans, and the attributes of these.
 *
 * The attributes of all events and links of a row stand in one list; each names its owner: twice the number of an
 * event, or twice the number of a link and one.
 */
import { ATTRIBUTE_TYPE } from './attribute.ts';
import { Column } from './column.ts';
import { ListEnds } from './list-ends.ts';
import { arrayColumn, type NativeColumn } from './native-block.ts';

export class NestedColumns {
  readonly #events = new ListEnds();
  readonly #eventTime = new Column();
  readonly #eventName = new Column();
  readonly #eventDropped = new Column();
  readonly #links = new ListEnds();
  readonly #linkTraceId = new Column();
  readonly #linkSpanId = new Column();
  readonly #linkTraceState = new Column();
  readonly #linkDropped = new Column();
  readonly #linkFlags = new Column();
  readonly #attributes = new ListEnds();
  readonly #owners = new Column();
  readonly #keys = new Column();
  readonly #types = new Column();
  readonly #values = new Column();
  readonly #columns: readonly Column[] = [
    this.#eventTime,
    this.#eventName,
    this.#eventDropped,
    this.#linkTraceId,
    this.#linkSpanId,
    this.#linkTraceState,
    this.#linkDropped,
    this.#linkFlags,
    this.#owners,
    this.#keys,
    this.#types,
    this.#values,
  ];
  /** The lengths of all columns before the open row; of worth only once it has an event or a link. */
  readonly #marks: Float64Array = new Float64Array(this.#columns.length);
  #isMarked = false;
  #row = 0;
  #owner = 0;

  begin(row: number): void {
    this.#row = row;
    this.#isMarked = false;
  }

  /** Gives back what the open row has. */
  abandon(): void {
    if (!this.#isMarked) return;
    this.#events.abandon(this.#row);
    this.#links.abandon(this.#row);
    this.#attributes.abandon(this.#row);
    for (let at = 0; at < this.#columns.length; at++)
      (this.#columns[at] as Column).truncate(this.#marks[at] as number);
    this.#isMarked = false;
  }

  /** How many events, links and attributes of these the open row has so far. */
  openCount(): number {
    const row = this.#row;
    return this.#events.openCount(row) + this.#links.openCount(row) + this.#attributes.openCount(row);
  }

  event(
    source: DataView,
    timeLow: number,
    timeHigh: number,
    nameFrom: number,
    nameTo: number,
    dropped: number,
  ): void {
    this.#mark();
    this.#owner = this.#events.openCount(this.#row) * 2;
    this.#events.open(this.#row);
    this.#events.count++;
    this.#eventTime.u64(timeLow, timeHigh);
    this.#eventName.copyString(source, nameFrom, nameTo);
    this.#eventDropped.u32(dropped);
  }

  link(
    source: DataView,
    traceIdFrom: number,
    traceIdTo: number,
    spanIdFrom: number,
    spanIdTo: number,
    traceStateFrom: number,
    traceStateTo: number,
    dropped: number,
    flags: number,
  ): void {
    this.#mark();
    this.#owner = this.#links.openCount(this.#row) * 2 + 1;
    this.#links.open(this.#row);
    this.#links.count++;
    this.#linkTraceId.copyString(source, traceIdFrom, traceIdTo);
    this.#linkSpanId.copyString(source, spanIdFrom, spanIdTo);
    this.#linkTraceState.copyString(source, traceStateFrom, traceStateTo);
    this.#linkDropped.u32(dropped);
    this.#linkFlags.u32(flags);
  }

  string(source: DataView, keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.#head(source, keyFrom, keyTo, ATTRIBUTE_TYPE.string);
    this.#values.copyString(source, valueFrom, valueTo);
  }

  integer(source: DataView, keyFrom: number, keyTo: number, low: number, high: number): void {
    this.#head(source, keyFrom, keyTo, ATTRIBUTE_TYPE.int);
    this.#values.u8(8);
    this.#values.u64(low, high);
  }

  float(source: DataView, keyFrom: number, keyTo: number, valueFrom: number): void {
    this.#head(source, keyFrom, keyTo, ATTRIBUTE_TYPE.double);
    this.#values.copyString(source, valueFrom, valueFrom + 8);
  }

  boolean(source: DataView, keyFrom: number, keyTo: number, value: boolean): void {
    this.#head(source, keyFrom, keyTo, ATTRIBUTE_TYPE.bool);
    this.#values.u8(1);
    this.#values.u8(value ? 1 : 0);
  }

  message(source: DataView, keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.#head(source, keyFrom, keyTo, ATTRIBUTE_TYPE.other);
    this.#values.copyString(source, valueFrom, valueTo);
  }

  natives(): NativeColumn[] {
    const events = this.#events;
    const links = this.#links;
    const attributes = this.#attributes;
    return [
      arrayColumn('event_time_nano', 'UInt64', events, this.#eventTime),
      arrayColumn('event_name', 'String', events, this.#eventName),
      arrayColumn('event_dropped', 'UInt32', events, this.#eventDropped),
      arrayColumn('link_trace_id', 'String', links, this.#linkTraceId),
      arrayColumn('link_span_id', 'String', links, this.#linkSpanId),
      arrayColumn('link_trace_state', 'String', links, this.#linkTraceState),
      arrayColumn('link_dropped', 'UInt32', links, this.#linkDropped),
      arrayColumn('link_flags', 'UInt32', links, this.#linkFlags),
      arrayColumn('nested_owner', 'UInt32', attributes, this.#owners),
      arrayColumn('nested_key', 'String', attributes, this.#keys),
      arrayColumn('nested_type', 'UInt8', attributes, this.#types),
      arrayColumn('nested_value', 'String', attributes, this.#values),
    ];
  }

  #head(source: DataView, keyFrom: number, keyTo: number, type: number): void {
    this.#attributes.open(this.#row);
    this.#attributes.count++;
    this.#owners.u32(this.#owner);
    this.#keys.copyString(source, keyFrom, keyTo);
    this.#types.u8(type);
  }

  #mark(): void {
    if (this.#isMarked) return;
    this.#isMarked = true;
    for (let at = 0; at < this.#columns.length; at++) this.#marks[at] = (this.#columns[at] as Column).length;
  }
}
