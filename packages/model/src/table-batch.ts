/**
 * TableBatch: what the batches of spans, log records and shared values have in common: rows, attributes by
 * type, marks for the request that is being decoded, and the columns in file order.
 *
 * `columns()` is the file format of segments; SEGMENT_SCHEMA_VERSION counts its changes.
 */
import { AttributeColumns } from './attribute-columns.ts';
import type { ColumnList } from './column-list.ts';
import type { ContextColumns } from './context-columns.ts';
import type { KeyTable } from './key-table.ts';
import type { NativeColumn } from './native-block.ts';

const NO_SOURCE: DataView = new DataView(new ArrayBuffer(0));

export abstract class TableBatch {
  rows = 0;
  readonly attributes: AttributeColumns;
  /** What the offsets of the open row point into. */
  protected source: DataView = NO_SOURCE;
  /** The columns of what the rows of a request have in common, where the table has them. */
  protected readonly context: ContextColumns | undefined;
  #bytes: Uint8Array | undefined;
  protected abstract readonly list: ColumnList;
  #rowsAtRequest = 0;

  constructor(keyTable: KeyTable, context?: ContextColumns) {
    this.attributes = new AttributeColumns(keyTable);
    this.context = context;
  }

  /** Opens a row whose offsets will point into `source`. */
  protected beginRow(source: Uint8Array): void {
    if (source !== this.#bytes) {
      this.#bytes = source;
      this.source = new DataView(source.buffer, source.byteOffset, source.byteLength);
    }
    this.attributes.begin(this.rows);
  }

  /** Marks the start of a request; no row may be open. */
  markRequest(): void {
    this.context?.flush();
    this.list.mark();
    this.#rowsAtRequest = this.rows;
  }

  /** Gives back every row since `markRequest`, the open one included. */
  rollbackRequest(): void {
    this.context?.forget();
    this.list.rollback();
    this.rows = this.#rowsAtRequest;
  }

  stringAttribute(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    const entry = this.attributes.findKey(this.source, keyFrom, keyTo);
    this.attributes.string(this.source, keyFrom, keyTo, valueFrom, valueTo, entry);
  }

  intAttribute(keyFrom: number, keyTo: number, low: number, high: number): void {
    this.attributes.integer(this.source, keyFrom, keyTo, low, high);
  }

  doubleAttribute(keyFrom: number, keyTo: number, valueFrom: number): void {
    this.attributes.float(this.source, keyFrom, keyTo, valueFrom);
  }

  boolAttribute(keyFrom: number, keyTo: number, value: boolean): void {
    this.attributes.boolean(this.source, keyFrom, keyTo, value);
  }

  otherAttribute(keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.attributes.message(this.source, keyFrom, keyTo, valueFrom, valueTo);
  }

  /** The length of all columns: what the batch takes in a segment but for the names of the columns. */
  bytes(): number {
    this.#finish();
    return this.list.bytes(this.rows);
  }

  /** The memory behind the columns, used or not. */
  bytesHeld(): number {
    return this.list.bytesHeld();
  }

  /** Whether a column had no room for a value: the request must be rolled back. */
  hasOverflowed(): boolean {
    this.#finish();
    return this.list.hasOverflowed();
  }

  /**
   * The columns in file order; `segment` is the same for all rows. The list is always the same one: what it
   * holds is valid until the next call, append or reset.
   */
  columns(segment: bigint): readonly NativeColumn[] {
    this.#finish();
    return this.list.natives(segment, this.rows);
  }

  /** Empties the batch and keeps its buffers, but for large ones without use. */
  reset(): void {
    this.rows = 0;
    this.context?.forget();
    this.list.reset();
    // The request's bytes are not held for longer than its rows.
    this.#bytes = undefined;
    this.source = NO_SOURCE;
  }

  /** Empties the batch and gives its buffers back. */
  release(): void {
    this.reset();
    this.list.release();
  }

  #finish(): void {
    this.context?.flush();
    this.list.finish(this.rows);
  }
}
