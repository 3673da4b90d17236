/**
 * PromotedColumns: the columns of the well-known attributes, and what the open row has for them.
 *
 * The first value of a key that fits its column is taken; only the columns that a row has a value for are touched.
 */
import type { NativeColumn } from './native-block.ts';
import { PROMOTED_ATTRIBUTES } from './promoted.ts';
import { type SparseColumn, sparseNumber, sparseString } from './sparse-column.ts';

const COUNT = PROMOTED_ATTRIBUTES.length;
/** 1 where a promoted column holds a status, 0 where it holds a string. */
const IS_STATUS: Uint8Array = Uint8Array.from(PROMOTED_ATTRIBUTES, ({ type }) => (type === 'status' ? 1 : 0));

export class PromotedColumns {
  readonly #columns: readonly SparseColumn[] = PROMOTED_ATTRIBUTES.map(({ type }) =>
    type === 'status' ? sparseNumber(2) : sparseString(),
  );
  readonly #from: Int32Array = new Int32Array(COUNT);
  /** Where the string ends, or the status; 0 while the row has no value for the column. */
  readonly #to: Int32Array = new Int32Array(COUNT);
  /** The columns that the open row has a value for, of which there are so many. */
  readonly #taken: Uint8Array = new Uint8Array(COUNT);
  #count = 0;

  begin(): void {
    for (let at = 0; at < this.#count; at++) this.#to[this.#taken[at] as number] = 0;
    this.#count = 0;
  }

  /** Takes the string as the row's value of a column; false when it is for the attribute maps. */
  string(index: number, from: number, to: number): boolean {
    if (this.#to[index] !== 0 || IS_STATUS[index] !== 0 || to === from) return false;
    this.#from[index] = from;
    this.#to[index] = to;
    this.#taken[this.#count++] = index;
    return true;
  }

  /** As `string`, for a number of 1 to 65,535. */
  status(index: number, value: number): boolean {
    if (this.#to[index] !== 0 || IS_STATUS[index] === 0) return false;
    this.#to[index] = value;
    this.#taken[this.#count++] = index;
    return true;
  }

  end(source: DataView, row: number): void {
    for (let at = 0; at < this.#count; at++) {
      const index = this.#taken[at] as number;
      const column = (this.#columns[index] as SparseColumn).at(row);
      const to = this.#to[index] as number;
      if (IS_STATUS[index] === 1) column.u16(to);
      else column.copyString(source, this.#from[index] as number, to);
    }
  }

  natives(): NativeColumn[] {
    return PROMOTED_ATTRIBUTES.map(({ column, type }, index) =>
      (this.#columns[index] as SparseColumn).native(column, type === 'status' ? 'UInt16' : 'String'),
    );
  }
}
