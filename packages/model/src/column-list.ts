/**
 * ColumnList: all columns of one table's batch, listed once, in file order.
 *
 * What goes over all of them stands here: their sum of bytes, the marks by which a whole request is given back
 * when it turns out to be damaged after some of its rows were appended, and emptying. The column
 * `segment`, which is the same for all rows, is filled only when the list is asked for.
 */
import type { MapColumn } from './attribute-columns.ts';
import { Column } from './column.ts';
import type { NativeColumn } from './native-block.ts';

const SEGMENT_BYTES = 8;

export class ColumnList {
  readonly #natives: readonly NativeColumn[];
  readonly #segments: Column = new Column();
  /** Each column once, since arrays share their ends; without `segment`. */
  readonly #columns: readonly Column[];
  readonly #maps: readonly MapColumn[];
  readonly #lengths: Float64Array;
  readonly #counts: Float64Array;

  /** `segment` takes its place behind the first column, as in every table. `natives` holds the columns of `maps` as well. */
  constructor(natives: readonly NativeColumn[], maps: readonly MapColumn[]) {
    const segment: NativeColumn = { name: 'segment', type: 'UInt64', parts: [this.#segments] };
    this.#natives = [...natives.slice(0, 1), segment, ...natives.slice(1)];
    this.#columns = [...new Set(natives.flatMap((column) => column.parts))];
    this.#maps = maps;
    this.#lengths = new Float64Array(this.#columns.length);
    this.#counts = new Float64Array(maps.length);
  }

  /** The columns with `segment` filled for so many rows: valid until the next call, append or reset. */
  natives(segment: bigint, rows: number): readonly NativeColumn[] {
    const low = Number(segment & 0xffffffffn);
    const high = Number(segment >> 32n);
    this.#segments.reset();
    this.#segments.reserve(rows * SEGMENT_BYTES);
    for (let row = 0; row < rows; row++) this.#segments.u64(low, high);
    return this.#natives;
  }

  /** What all values of so many rows take, `segment` included. */
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
    for (let at = 0; at < this.#maps.length; at++) this.#counts[at] = (this.#maps[at] as MapColumn).count;
  }

  rollback(): void {
    for (let at = 0; at < this.#columns.length; at++)
      (this.#columns[at] as Column).restore(this.#lengths[at] as number);
    for (let at = 0; at < this.#maps.length; at++)
      (this.#maps[at] as MapColumn).count = this.#counts[at] as number;
  }

  reset(): void {
    this.#segments.reset();
    for (const column of this.#columns) column.reset();
    for (const map of this.#maps) map.count = 0;
  }

  /** Empties the columns and gives their buffers back. */
  release(): void {
    this.reset();
    this.#segments.release();
    for (const column of this.#columns) column.release();
  }
}
