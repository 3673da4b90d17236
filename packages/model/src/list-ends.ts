/**
 * ListEnds: where the lists of an array or map column end, row by row: cumulative counts, as `Native` has them.
 *
 * Rows whose list is empty cost nothing while they come in: `open` fills the ends of all rows before the one whose
 * first entry comes, and the rest is filled when the block is written. A block in which every list is empty does
 * without the column.
 */
import { Column } from './column.ts';

const END_BYTES = 8;

export class ListEnds {
  readonly column: Column = new Column();
  /** Entries of all rows so far, those of the open row included. */
  count = 0;
  /** What `count` was before the open row. */
  countAtMark = 0;
  #openRow = -1;

  /** To be called before each entry of `row`; true for its first one. */
  open(row: number): boolean {
    if (this.#openRow === row) return false;
    this.#openRow = row;
    this.countAtMark = this.count;
    this.#fill(row);
    return true;
  }

  /** How many entries the row has so far. */
  openCount(row: number): number {
    return this.#openRow === row ? this.count - this.countAtMark : 0;
  }

  /** Gives the entries of the row back; false when it has none. */
  abandon(row: number): boolean {
    if (this.#openRow !== row) return false;
    this.count = this.countAtMark;
    this.#openRow = -1;
    return true;
  }

  /** Goes back to a count from before; the column goes back with all others. */
  restore(count: number): void {
    this.count = count;
    this.#openRow = -1;
  }

  /** Fills up to so many rows; false when all lists are empty. */
  finish(rows: number): boolean {
    if (this.count === 0) return false;
    this.#fill(rows);
    return true;
  }

  #fill(rows: number): void {
    for (let row = this.column.length / END_BYTES; row < rows; row++) this.column.u64(this.count >>> 0, 0);
  }
}
