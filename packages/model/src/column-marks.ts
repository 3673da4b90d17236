/**
 * ColumnMarks: remembers how far a set of columns reached, so that a whole request can be given back when
 * its bytes turn out to be damaged after some of its rows were appended.
 */
import type { MapColumn } from './attribute-columns.ts';
import type { Column } from './column.ts';

export class ColumnMarks {
  readonly #columns: readonly Column[];
  readonly #maps: readonly MapColumn[];
  readonly #lengths: Float64Array;
  readonly #counts: Float64Array;

  /** `columns` holds the columns of the maps as well; `maps` only adds their counts. */
  constructor(columns: readonly Column[], maps: readonly MapColumn[]) {
    this.#columns = columns;
    this.#maps = maps;
    this.#lengths = new Float64Array(columns.length);
    this.#counts = new Float64Array(maps.length);
  }

  mark(): void {
    for (let at = 0; at < this.#columns.length; at++)
      this.#lengths[at] = (this.#columns[at] as Column).length;
    for (let at = 0; at < this.#maps.length; at++) this.#counts[at] = (this.#maps[at] as MapColumn).count;
  }

  rollback(): void {
    for (let at = 0; at < this.#columns.length; at++)
      (this.#columns[at] as Column).truncate(this.#lengths[at] as number);
    for (let at = 0; at < this.#maps.length; at++)
      (this.#maps[at] as MapColumn).count = this.#counts[at] as number;
  }
}
