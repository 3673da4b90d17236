/**
 * LogBatch: log records as columns, on the way in. The same contract as SpanBatch: `begin`, attributes and
 * registers, then `end` or `abandon`; offsets point into the one source of `begin`.
 *
 * The body is stored as its text when it is a string (`bodyType` string), as the bytes of an AnyValue
 * message when it is anything else, and is absent with type 0.
 */
import { Column } from './column.ts';
import { ColumnList } from './column-list.ts';
import { ContextColumns } from './context-columns.ts';
import type { KeyTable } from './key-table.ts';
import { attributeColumns, valueColumn } from './native-block.ts';
import type { RowContext } from './row-context.ts';
import { sparseNumber, sparseString } from './sparse-column.ts';
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

  readonly #time = new Column();
  readonly #observed = new Column();
  readonly #severityNumber = new Column();
  readonly #severityText = sparseString();
  readonly #eventName = sparseString();
  readonly #bodyType = new Column();
  readonly #body = new Column();
  readonly #dropped = sparseNumber(4);
  readonly #flags = sparseNumber(4);
  readonly #traceId = new Column();
  readonly #spanId = new Column();

  protected readonly list: ColumnList;
  readonly #context: ContextColumns;

  constructor(keyTable: KeyTable) {
    const context = new ContextColumns();
    super(keyTable, context);
    this.#context = context;
    this.list = new ColumnList([
      valueColumn('tenant', 'String', context.tenant),
      valueColumn('arrived_ms', 'UInt64', context.arrived),
      valueColumn('time_nano', 'UInt64', this.#time),
      valueColumn('observed_nano', 'UInt64', this.#observed),
      valueColumn('severity_number', 'UInt8', this.#severityNumber),
      this.#severityText.native('severity_text', 'String'),
      this.#eventName.native('event_name', 'String'),
      valueColumn('body_type', 'UInt8', this.#bodyType),
      valueColumn('body', 'String', this.#body),
      this.#dropped.native('dropped_attributes', 'UInt32'),
      this.#flags.native('flags', 'UInt32'),
      valueColumn('trace_id', 'FixedString(16)', this.#traceId),
      valueColumn('span_id', 'FixedString(8)', this.#spanId),
      valueColumn('service', 'String', context.service),
      valueColumn('resource_id', 'UInt64', context.resourceId),
      valueColumn('scope_id', 'UInt64', context.scopeId),
      valueColumn('dialect', 'String', context.dialect),
      valueColumn('receiver', 'String', context.receiver),
      ...attributeColumns(this.attributes),
    ]);
  }

  begin(source: Uint8Array): void {
    this.beginRow(source);
    this.timeLow = this.timeHigh = this.observedLow = this.observedHigh = 0;
    this.severityNumber = 0;
    this.severityTextFrom = this.severityTextTo = 0;
    this.eventNameFrom = this.eventNameTo = 0;
    this.bodyType = LOG_BODY_TYPE.none;
    this.bodyFrom = this.bodyTo = 0;
    this.droppedAttributes = 0;
    this.flags = 0;
    this.traceIdFrom = this.spanIdFrom = -1;
  }

  abandon(): void {
    this.attributes.abandon();
  }

  end(context: RowContext): void {
    const { rows, source } = this;
    this.#context.row(context);
    this.#time.u64(this.timeLow, this.timeHigh);
    this.#observed.u64(this.observedLow, this.observedHigh);
    this.#severityNumber.u8(this.severityNumber);
    if (this.severityTextTo > this.severityTextFrom)
      this.#severityText.at(rows).copyString(source, this.severityTextFrom, this.severityTextTo);
    if (this.eventNameTo > this.eventNameFrom)
      this.#eventName.at(rows).copyString(source, this.eventNameFrom, this.eventNameTo);
    this.#bodyType.u8(this.bodyType);
    this.#body.copyString(source, this.bodyFrom, this.bodyTo);
    if (this.droppedAttributes !== 0) this.#dropped.at(rows).u32(this.droppedAttributes);
    if (this.flags !== 0) this.#flags.at(rows).u32(this.flags);
    if (this.traceIdFrom >= 0) {
      this.#traceId.copy8(source, this.traceIdFrom);
      this.#traceId.copy8(source, this.traceIdFrom + 8);
    } else this.#traceId.zeros(16);
    if (this.spanIdFrom >= 0) this.#spanId.copy8(source, this.spanIdFrom);
    else this.#spanId.u64(0, 0);
    this.rows++;
  }
}
