/**
 * LogBatch: log records as columns, on the way in. The same contract as SpanBatch: `begin`, attributes and
 * registers, then `end` or `abandon`; offsets point into the one source of `begin`.
 *
 * The body is stored as its text when it is a string (`bodyType` string), as the bytes of an AnyValue
 * message when it is anything else, and is absent with type 0.
 */
import { AttributeColumns } from './attribute-columns.ts';
import { Column } from './column.ts';
import type { ColumnMarks } from './column-marks.ts';
import type { KeyTable } from './key-table.ts';
import type { NativeColumn } from './native-block.ts';
import { attributeNativeColumns, marksOf, type RowContext } from './span-batch.ts';

/** How a body is stored. */
export const LOG_BODY_TYPE = { none: 0, string: 1, other: 2 } as const;

export class LogBatch {
  rows = 0;

  timeLow = 0;
  timeHigh = 0;
  observedLow = 0;
  observedHigh = 0;
  severityNumber = 0;
  severityTextFrom = 0;
  severityTextTo = 0;
  eventNameFrom = 0;
  eventNameTo = 0;
  bodyType = 0;
  bodyFrom = 0;
  bodyTo = 0;
  droppedAttributes = 0;
  flags = 0;
  /** -1 when the record names no trace. */
  traceIdFrom = -1;
  spanIdFrom = -1;

  readonly attributes: AttributeColumns;
  #source: Uint8Array = new Uint8Array(0);

  readonly #tenant = new Column();
  readonly #arrived = new Column();
  readonly #time = new Column();
  readonly #observed = new Column();
  readonly #severityNumber = new Column();
  readonly #severityText = new Column();
  readonly #eventName = new Column();
  readonly #bodyType = new Column();
  readonly #body = new Column();
  readonly #dropped = new Column();
  readonly #flags = new Column();
  readonly #traceId = new Column();
  readonly #spanId = new Column();
  readonly #service = new Column();
  readonly #resourceId = new Column();
  readonly #scopeId = new Column();
  readonly #dialect = new Column();
  readonly #receiver = new Column();

  readonly #marks: ColumnMarks;
  #rowsAtRequest = 0;

  constructor(keyTable: KeyTable) {
    this.attributes = new AttributeColumns(keyTable);
    this.#marks = marksOf(this.columns(0n), this.attributes);
  }

  /** Marks the start of a request; no row may be open. */
  markRequest(): void {
    this.#marks.mark();
    this.#rowsAtRequest = this.rows;
  }

  /** Gives back every row since `markRequest`, the open one included. */
  rollbackRequest(): void {
    this.#marks.rollback();
    this.rows = this.#rowsAtRequest;
  }

  begin(source: Uint8Array): void {
    this.#source = source;
    this.timeLow = this.timeHigh = this.observedLow = this.observedHigh = 0;
    this.severityNumber = 0;
    this.severityTextFrom = this.severityTextTo = 0;
    this.eventNameFrom = this.eventNameTo = 0;
    this.bodyType = LOG_BODY_TYPE.none;
    this.bodyFrom = this.bodyTo = 0;
    this.droppedAttributes = 0;
    this.flags = 0;
    this.traceIdFrom = this.spanIdFrom = -1;
    this.attributes.mark();
  }

  abandon(): void {
    this.attributes.rollback();
  }

  stringAttribute(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    const entry = this.attributes.findKey(this.#source, keyFrom, keyTo);
    this.attributes.string(this.#source, keyFrom, keyTo, valueFrom, valueTo, entry);
  }

  intAttribute(keyFrom: number, keyTo: number, low: number, high: number): void {
    this.attributes.integer(this.#source, keyFrom, keyTo, low, high);
  }

  doubleAttribute(keyFrom: number, keyTo: number, valueFrom: number): void {
    this.attributes.float(this.#source, keyFrom, keyTo, valueFrom);
  }

  boolAttribute(keyFrom: number, keyTo: number, value: boolean): void {
    this.attributes.boolean(this.#source, keyFrom, keyTo, value);
  }

  otherAttribute(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.attributes.message(this.#source, keyFrom, keyTo, valueFrom, valueTo);
  }

  end(context: RowContext): void {
    const source = this.#source;
    this.#tenant.string(context.tenant, 0, context.tenant.length);
    this.#arrived.count(context.arrivedMs);
    this.#time.u64(this.timeLow, this.timeHigh);
    this.#observed.u64(this.observedLow, this.observedHigh);
    this.#severityNumber.u8(this.severityNumber);
    this.#severityText.string(source, this.severityTextFrom, this.severityTextTo);
    this.#eventName.string(source, this.eventNameFrom, this.eventNameTo);
    this.#bodyType.u8(this.bodyType);
    this.#body.string(source, this.bodyFrom, this.bodyTo);
    this.#dropped.u32(this.droppedAttributes);
    this.#flags.u32(this.flags);
    if (this.traceIdFrom >= 0) this.#traceId.raw(source, this.traceIdFrom, this.traceIdFrom + 16);
    else this.#traceId.zeros(16);
    if (this.spanIdFrom >= 0) this.#spanId.raw(source, this.spanIdFrom, this.spanIdFrom + 8);
    else this.#spanId.u64(0, 0);
    this.#service.string(context.service, 0, context.service.length);
    this.#resourceId.u64(context.resourceIdLow, context.resourceIdHigh);
    this.#scopeId.u64(context.scopeIdLow, context.scopeIdHigh);
    this.#dialect.string(context.dialect, 0, context.dialect.length);
    this.#receiver.string(context.receiver, 0, context.receiver.length);
    this.attributes.endRow();
    this.rows++;
  }

  bytes(): number {
    const { few, str } = this.attributes;
    return (
      this.rows * 120 +
      this.#body.length +
      few.keys.length +
      few.values.length +
      str.keys.length +
      str.values.length
    );
  }

  columns(segment: bigint): NativeColumn[] {
    const segments = new Column(this.rows * 8);
    const low = Number(segment & 0xffffffffn);
    const high = Number(segment >> 32n);
    for (let row = 0; row < this.rows; row++) segments.u64(low, high);
    const one = (name: string, type: string, column: Column): NativeColumn => ({
      name,
      type,
      parts: [column],
    });
    return [
      one('tenant', 'String', this.#tenant),
      one('segment', 'UInt64', segments),
      one('arrived_ms', 'UInt64', this.#arrived),
      one('time_nano', 'UInt64', this.#time),
      one('observed_nano', 'UInt64', this.#observed),
      one('severity_number', 'UInt8', this.#severityNumber),
      one('severity_text', 'String', this.#severityText),
      one('event_name', 'String', this.#eventName),
      one('body_type', 'UInt8', this.#bodyType),
      one('body', 'String', this.#body),
      one('dropped_attributes', 'UInt32', this.#dropped),
      one('flags', 'UInt32', this.#flags),
      one('trace_id', 'FixedString(16)', this.#traceId),
      one('span_id', 'FixedString(8)', this.#spanId),
      one('service', 'String', this.#service),
      one('resource_id', 'UInt64', this.#resourceId),
      one('scope_id', 'UInt64', this.#scopeId),
      one('dialect', 'String', this.#dialect),
      one('receiver', 'String', this.#receiver),
      ...attributeNativeColumns(this.attributes),
    ];
  }

  reset(): void {
    this.rows = 0;
    for (const column of this.columns(0n)) for (const part of column.parts) part.truncate(0);
    this.attributes.reset();
  }
}
