/**
 * ColumnList: all columns of one table's batch, listed once, in file order.
 *
 * What goes over all of them stands here: their sum of bytes, the marks by which a whole request is given back
 * when it turns out to be damaged after some of its rows were appended, and emptying. The column
 * `segment`, which is the same for all rows, is filled only when the list is asked for.
 */
import { Column } from './column.ts';
import { ListEnds } from './list-ends.ts';
import type { NativeColumn } from './native-block.ts';
import { SparseColumn } from './sparse-column.ts';

const SEGMENT_BYTES = 8;

export class ColumnList {
  readonly #natives: readonly NativeColumn[];
  readonly #segments: Column = new Column();
  /** Each column once, since arrays share their ends; without `segment`. */
  readonly #columns: readonly Column[];
  readonly #ends: readonly ListEnds[];
  readonly #sparse: readonly SparseColumn[];
  readonly #lengths: Float64Array;
  readonly #counts: Float64Array;
  readonly #rows: Float64Array;

  /** `segment` takes its place behind the first column, as in every table. */
  constructor(natives: readonly NativeColumn[]) {
    const segment: NativeColumn = { name: 'segment', type: 'UInt64', parts: [this.#segments] };
    this.#natives = [...natives.slice(0, 1), segment, ...natives.slice(1)];
    this.#columns = [...new Set(natives.flatMap((column) => column.parts))];
    const fillers = [...new Set(natives.map(({ sparse }) => sparse))];
    this.#ends = fillers.filter((filler) => filler instanceof ListEnds);
    this.#sparse = fillers.filter((filler) => filler instanceof SparseColumn);
    this.#lengths = new Float64Array(this.#columns.length);
    this.#counts = new Float64Array(this.#ends.length);
    this.#rows = new Float64Array(this.#sparse.length);
  }

  /** The columns with `segment` filled for so many rows: valid until the next call, append or reset. */
  natives(segment: bigint, rows: number): readonly NativeColumn[] {
    this.finish(rows);
    const value = new Column(SEGMENT_BYTES);
    value.u64(Number(segment & 0xffffffffn), Number(segment >> 32n));
    this.#segments.reset();
    this.#segments.repeat(value.used(), rows);
    return this.#natives;
  }

  /** Fills the columns of which only what is unusual was written so far. */
  finish(rows: number): void {
    for (let at = 0; at < this.#ends.length; at++) (this.#ends[at] as ListEnds).finish(rows);
    for (let at = 0; at < this.#sparse.length; at++) (this.#sparse[at] as SparseColumn).finish(rows);
  }

  /** What all values of so many rows take, `segment` included; they must be filled. */
  bytes(rows: number): number {
    let sum = rows * SEGMENT_BYTES;
    for (let at = 0; at < this.#columns.length; at++) sum += (this.#columns[at] as Column).length;
    return sum;
  }

  /** The memory behind the columns, used or not. */
  bytesHeld(): number {
    let sum = this.#segments.bytes.length;
    for (const column of this.#columns) sum += column.bytes.length;
    return sum;
  }

  /** Whether a column had no room for a value: the request must be rolled back. */
  hasOverflowed(): boolean {
    for (let at = 0; at < this.#columns.length; at++) {
      if ((this.#columns[at] as Column).overflowed) return true;
    }
    return false;
  }

  mark(): void {
    for (let at = 0; at < this.#columns.length; at++)
      this.#lengths[at] = (this.#columns[at] as Column).length;
    for (let at = 0; at < this.#ends.length; at++) this.#counts[at] = (this.#ends[at] as ListEnds).count;
    for (let at = 0; at < this.#sparse.length; at++) this.#rows[at] = (this.#sparse[at] as SparseColumn).rows;
  }

  rollback(): void {
    for (let at = 0; at < this.#columns.length; at++)
      (this.#columns[at] as Column).restore(this.#lengths[at] as number);
    for (let at = 0; at < this.#ends.length; at++)
      (this.#ends[at] as ListEnds).restore(this.#counts[at] as number);
    for (let at = 0; at < this.#sparse.length; at++)
      (this.#sparse[at] as SparseColumn).rows = this.#rows[at] as number;
  }

  reset(): void {
    this.#segments.reset();
    for (const column of this.#columns) column.reset();
    for (const ends of this.#ends) ends.restore(0);
    for (const sparse of this.#sparse) sparse.rows = 0;
  }

  /** Empties the columns and gives their buffers back. */
  release(): void {
    this.reset();
    this.#segments.release();
    for (const column of this.#columns) column.release();
  }
}
