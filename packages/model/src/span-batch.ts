/**
 * SpanBatch: spans as columns, on the way in.
 *
 * A decoder opens a row with `begin`, appends attributes, events and links as it meets them in the bytes,
 * fills the registers (`batch.kind = …`, name as offsets into the same source), and closes the row with `end`,
 * or gives it back with `abandon` when the span turns out to be bad: nothing of it stays. No object is made
 * for a span. All offsets of one row point into the one `source` given to `begin`.
 */
import { Column } from './column.ts';
import { ColumnList } from './column-list.ts';
import { ContextColumns } from './context-columns.ts';
import type { KeyTable } from './key-table.ts';
import { attributeColumns, valueColumn } from './native-block.ts';
import { NestedColumns } from './nested-columns.ts';
import { PromotedColumns } from './promoted-columns.ts';
import type { RowContext } from './row-context.ts';
import { SparseColumn, sparseNumber, sparseString } from './sparse-column.ts';
import { TableBatch } from './table-batch.ts';

/** A span that stands for itself alone. */
const WEIGHT_ONE: Uint8Array = new Uint8Array(Float32Array.of(1).buffer);

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

  readonly #traceId = new Column();
  readonly #spanId = new Column();
  readonly #parentId = new Column();
  readonly #traceState = sparseString();
  readonly #flags = sparseNumber(4);
  readonly #name = new Column();
  readonly #kind = new Column();
  readonly #start = new Column();
  readonly #duration = new Column();
  readonly #statusCode = sparseNumber(1);
  readonly #statusMessage = sparseString();
  readonly #droppedAttributes = sparseNumber(4);
  readonly #droppedEvents = sparseNumber(4);
  readonly #droppedLinks = sparseNumber(4);
  readonly #weight = new SparseColumn(WEIGHT_ONE, false);
  readonly #weightKnown = sparseNumber(1);
  readonly #decision = sparseString();
  readonly #shared = sparseNumber(1);
  readonly #version = sparseNumber(4);
  readonly #promoted = new PromotedColumns();
  readonly #nested = new NestedColumns();

  protected readonly list: ColumnList;
  readonly #context: ContextColumns;

  constructor(keyTable: KeyTable) {
    const context = new ContextColumns();
    super(keyTable, context);
    this.#context = context;
    this.list = new ColumnList([
      valueColumn('tenant', 'String', context.tenant),
      valueColumn('arrived_ms', 'UInt64', context.arrived),
      valueColumn('trace_id', 'FixedString(16)', this.#traceId),
      valueColumn('span_id', 'FixedString(8)', this.#spanId),
      valueColumn('parent_id', 'FixedString(8)', this.#parentId),
      this.#traceState.native('trace_state', 'String'),
      this.#flags.native('flags', 'UInt32'),
      valueColumn('name', 'String', this.#name),
      valueColumn('kind', 'UInt8', this.#kind),
      valueColumn('start_nano', 'UInt64', this.#start),
      valueColumn('duration_nano', 'Int64', this.#duration),
      this.#statusCode.native('status_code', 'UInt8'),
      this.#statusMessage.native('status_message', 'String'),
      this.#droppedAttributes.native('dropped_attributes', 'UInt32'),
      this.#droppedEvents.native('dropped_events', 'UInt32'),
      this.#droppedLinks.native('dropped_links', 'UInt32'),
      valueColumn('service', 'String', context.service),
      valueColumn('resource_id', 'UInt64', context.resourceId),
      valueColumn('scope_id', 'UInt64', context.scopeId),
      this.#weight.native('weight', 'Float32'),
      this.#weightKnown.native('weight_known', 'UInt8'),
      this.#decision.native('decision', 'String'),
      valueColumn('dialect', 'String', context.dialect),
      valueColumn('receiver', 'String', context.receiver),
      this.#shared.native('shared', 'UInt8'),
      this.#version.native('version', 'UInt32'),
      ...this.#promoted.natives(),
      ...attributeColumns(this.attributes),
      ...this.#nested.natives(),
    ]);
  }

  /** Opens a row whose offsets will point into `source`. */
  begin(source: Uint8Array): void {
    this.beginRow(source);
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
    this.#promoted.begin();
    this.#nested.begin(this.rows);
  }

  /** Gives the open row back. */
  abandon(): void {
    this.attributes.abandon();
    this.#nested.abandon();
  }

  /** A string whose key has a column of its own goes there, the first time. */
  override stringAttribute(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    const entry = this.attributes.findKey(this.source, keyFrom, keyTo);
    const isPromoted = entry !== undefined && entry.promoted >= 0;
    if (isPromoted && this.#promoted.string(entry.promoted, valueFrom, valueTo)) return;
    this.attributes.string(this.source, keyFrom, keyTo, valueFrom, valueTo, entry);
  }

  override intAttribute(keyFrom: number, keyTo: number, low: number, high: number): void {
    if (high === 0 && low > 0 && low <= 65535) {
      const entry = this.attributes.findKey(this.source, keyFrom, keyTo);
      const isPromoted = entry !== undefined && entry.promoted >= 0;
      if (isPromoted && this.#promoted.status(entry.promoted, low)) return;
    }
    this.attributes.integer(this.source, keyFrom, keyTo, low, high);
  }

  /** How many events, links and attributes of these the open row has so far. */
  openNested(): number {
    return this.#nested.openCount();
  }

  /** Appends an event; the nested attributes that follow belong to it. */
  event(timeLow: number, timeHigh: number, nameFrom: number, nameTo: number, dropped: number): void {
    this.#nested.event(this.source, timeLow, timeHigh, nameFrom, nameTo, dropped);
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
    this.#nested.link(
      this.source,
      traceIdFrom,
      traceIdTo,
      spanIdFrom,
      spanIdTo,
      traceStateFrom,
      traceStateTo,
      dropped,
      flags,
    );
  }

  nestedString(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.#nested.string(this.source, keyFrom, keyTo, valueFrom, valueTo);
  }

  nestedInt(keyFrom: number, keyTo: number, low: number, high: number): void {
    this.#nested.integer(this.source, keyFrom, keyTo, low, high);
  }

  nestedDouble(keyFrom: number, keyTo: number, valueFrom: number): void {
    this.#nested.float(this.source, keyFrom, keyTo, valueFrom);
  }

  nestedBool(keyFrom: number, keyTo: number, value: boolean): void {
    this.#nested.boolean(this.source, keyFrom, keyTo, value);
  }

  nestedOther(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.#nested.message(this.source, keyFrom, keyTo, valueFrom, valueTo);
  }

  /**
   * Closes the row. The trace and span ids must have been set.
   *
   * It is in pieces because the compiler inlines only so much into one function.
   */
  end(context: RowContext): void {
    this.#endIdentity();
    this.#endTimes();
    this.#endUnusual();
    this.#context.row(context);
    this.#promoted.end(this.source, this.rows);
    this.rows++;
  }

  #endIdentity(): void {
    const { source } = this;
    this.#traceId.copy8(source, this.traceIdFrom);
    this.#traceId.copy8(source, this.traceIdFrom + 8);
    this.#spanId.copy8(source, this.spanIdFrom);
    if (this.parentIdFrom >= 0) this.#parentId.copy8(source, this.parentIdFrom);
    else this.#parentId.u64(0, 0);
    this.#name.copyString(source, this.nameFrom, this.nameTo);
    this.#kind.u8(this.kind);
  }

  #endTimes(): void {
    this.#start.u64(this.startLow, this.startHigh);
    // The difference modulo 2^64: an end before its start, or none at all, comes out again as it went in.
    const low = this.endLow - this.startLow;
    this.#duration.u64(low >>> 0, (this.endHigh - this.startHigh - (low < 0 ? 1 : 0)) >>> 0);
  }

  /** What is zero, one or empty in most rows. */
  #endUnusual(): void {
    const { rows, source } = this;
    if (this.flags !== 0) this.#flags.at(rows).u32(this.flags);
    if (this.statusCode !== 0) this.#statusCode.at(rows).u8(this.statusCode);
    if (this.statusMessageTo > this.statusMessageFrom)
      this.#statusMessage.at(rows).copyString(source, this.statusMessageFrom, this.statusMessageTo);
    if (this.traceStateTo > this.traceStateFrom)
      this.#traceState.at(rows).copyString(source, this.traceStateFrom, this.traceStateTo);
    if (this.droppedAttributes !== 0) this.#droppedAttributes.at(rows).u32(this.droppedAttributes);
    if (this.droppedEvents !== 0) this.#droppedEvents.at(rows).u32(this.droppedEvents);
    if (this.droppedLinks !== 0) this.#droppedLinks.at(rows).u32(this.droppedLinks);
    if (this.weight !== 1) this.#weight.at(rows).f32(this.weight);
    if (this.weightKnown) this.#weightKnown.at(rows).u8(1);
    if (this.shared) this.#shared.at(rows).u8(1);
  }
}
