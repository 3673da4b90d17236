/**
 * LogBatch: log records as columns, on the way in. The same contract as SpanBatch: `begin`, attributes and
 * registers, then `end` or `abandon`; offsets point into the one source of `begin`.
 *
 * The body is stored as its text when it is a string (`bodyType` string), as the bytes of an AnyValue
 * message when it is anything else, and is absent with type 0.
 */
import { Column } from './column.ts';
import { ColumnList } from './column-list.ts';
import type { KeyTable } from './key-table.ts';
import { attributeColumns, valueColumn } from './native-block.ts';
import type { RowContext } from './span-batch.ts';
import { TableBatch } from './table-batch.ts';

/** How a body is stored. */
export const LOG_BODY_TYPE = { none: 0, string: 1, other: 2 } as const;

export class LogBatch extends TableBatch {
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

  protected readonly list: ColumnList;

  constructor(keyTable: KeyTable) {
    super(keyTable);
    this.list = new ColumnList(
      [
        valueColumn('tenant', 'String', this.#tenant),
        valueColumn('arrived_ms', 'UInt64', this.#arrived),
        valueColumn('time_nano', 'UInt64', this.#time),
        valueColumn('observed_nano', 'UInt64', this.#observed),
        valueColumn('severity_number', 'UInt8', this.#severityNumber),
        valueColumn('severity_text', 'String', this.#severityText),
        valueColumn('event_name', 'String', this.#eventName),
        valueColumn('body_type', 'UInt8', this.#bodyType),
        valueColumn('body', 'String', this.#body),
        valueColumn('dropped_attributes', 'UInt32', this.#dropped),
        valueColumn('flags', 'UInt32', this.#flags),
        valueColumn('trace_id', 'FixedString(16)', this.#traceId),
        valueColumn('span_id', 'FixedString(8)', this.#spanId),
        valueColumn('service', 'String', this.#service),
        valueColumn('resource_id', 'UInt64', this.#resourceId),
        valueColumn('scope_id', 'UInt64', this.#scopeId),
        valueColumn('dialect', 'String', this.#dialect),
        valueColumn('receiver', 'String', this.#receiver),
        ...attributeColumns(this.attributes),
      ],
      this.attributes.maps,
    );
  }

  begin(source: Uint8Array): void {
    this.source = source;
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

  end(context: RowContext): void {
    const source = this.source;
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
}
