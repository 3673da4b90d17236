/**
 * SparseColumn: a column most of whose values are one and the same.
 *
 * Rows with that value cost nothing while they come in: the gap before the next other value is filled when it
 * comes, and the rest when the block is written. Where the value is also the type's default and no other ever came, the
 * block does without the column, since the engine gives absent columns their default.
 */
import { Column } from './column.ts';
import type { NativeColumn } from './native-block.ts';

export class SparseColumn {
  readonly column: Column = new Column();
  /** How many rows have their value. */
  rows = 0;
  readonly #usual: Uint8Array;
  readonly #isDefault: boolean;

  /** `usual` is the value that most rows have, as it lies in the column; `isDefault`: it is the type's default. */
  constructor(usual: Uint8Array, isDefault: boolean = true) {
    this.#usual = usual;
    this.#isDefault = isDefault;
  }

  /** The column to append the value of this row to, which is the next one of those that are not usual. */
  at(row: number): Column {
    if (this.rows < row) this.column.repeat(this.#usual, row - this.rows);
    this.rows = row + 1;
    return this.column;
  }

  /** Fills up to so many rows; false when the block can do without the column. */
  finish(rows: number): boolean {
    if (this.#isDefault && this.column.length === 0) return false;
    if (this.rows < rows) this.column.repeat(this.#usual, rows - this.rows);
    this.rows = rows;
    return true;
  }

  native(name: string, type: string): NativeColumn {
    return { name, type, parts: [this.column], sparse: this };
  }
}

/** Columns whose usual value is zero, or the empty string. */
export function sparseNumber(width: number): SparseColumn {
  return new SparseColumn(new Uint8Array(width));
}

export function sparseString(): SparseColumn {
  return new SparseColumn(new Uint8Array(1));
}
