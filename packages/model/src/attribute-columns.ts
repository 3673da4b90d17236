/**
 * AttributeColumns: the attributes of the rows of one table, as six maps by type.
 *
 * `few` and `str` hold strings (few: keys whose values repeat so much that a dictionary pays), `int`, `double`
 * and `bool` the numbers and booleans, `other` everything else (bytes, lists, maps, empty) as the bytes of an
 * OTLP AnyValue message. A map may hold a key more than once. Which map a value sits in is a matter of
 * cost alone: readers join them all.
 */
import { Column } from './column.ts';
import type { KeyEntry, KeyTable } from './key-table.ts';
import { ListEnds } from './list-ends.ts';

/** One `Map(String, T)` column: ends, keys, values. An entry is appended by `entry`, then its key, then its value. */
export class MapColumn {
  readonly ends: ListEnds = new ListEnds();
  readonly keys: Column = new Column();
  readonly values: Column = new Column();
  #keysAtMark = 0;
  #valuesAtMark = 0;

  /** Counts an entry of the row. */
  entry(row: number): void {
    if (this.ends.open(row)) {
      this.#keysAtMark = this.keys.length;
      this.#valuesAtMark = this.values.length;
    }
    this.ends.count++;
  }

  abandon(row: number): void {
    if (!this.ends.abandon(row)) return;
    this.keys.truncate(this.#keysAtMark);
    this.values.truncate(this.#valuesAtMark);
  }
}

export class AttributeColumns {
  readonly few: MapColumn = new MapColumn();
  readonly str: MapColumn = new MapColumn();
  readonly int: MapColumn = new MapColumn();
  readonly double: MapColumn = new MapColumn();
  readonly bool: MapColumn = new MapColumn();
  readonly other: MapColumn = new MapColumn();
  /** All six, in file order. */
  readonly maps: readonly MapColumn[] = [this.few, this.str, this.int, this.double, this.bool, this.other];
  readonly #keyTable: KeyTable;
  /** The row that is open. */
  #row = 0;

  constructor(keyTable: KeyTable) {
    this.#keyTable = keyTable;
  }

  findKey(source: DataView, from: number, to: number): KeyEntry | undefined {
    return this.#keyTable.find(source, from, to);
  }

  /** Appends a string value; `entry` is what `findKey` gave for the key. */
  string(
    source: DataView,
    keyFrom: number,
    keyTo: number,
    valueFrom: number,
    valueTo: number,
    entry: KeyEntry | undefined,
  ): void {
    const few = entry !== undefined && this.#keyTable.isFew(entry, source, valueFrom, valueTo);
    const map = few ? this.few : this.str;
    map.entry(this.#row);
    map.keys.copyString(source, keyFrom, keyTo);
    map.values.copyString(source, valueFrom, valueTo);
  }

  /** Appends an int64 given as its two halves. */
  integer(source: DataView, keyFrom: number, keyTo: number, low: number, high: number): void {
    this.int.entry(this.#row);
    this.int.keys.copyString(source, keyFrom, keyTo);
    this.int.values.u64(low, high);
  }

  /** Appends a double given as the 8 bytes at `valueFrom`, so that every NaN keeps its bits. */
  float(source: DataView, keyFrom: number, keyTo: number, valueFrom: number): void {
    this.double.entry(this.#row);
    this.double.keys.copyString(source, keyFrom, keyTo);
    this.double.values.copy8(source, valueFrom);
  }

  boolean(source: DataView, keyFrom: number, keyTo: number, value: boolean): void {
    this.bool.entry(this.#row);
    this.bool.keys.copyString(source, keyFrom, keyTo);
    this.bool.values.u8(value ? 1 : 0);
  }

  /** Appends any other value as the AnyValue message in `source[valueFrom, valueTo)`. */
  message(source: DataView, keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.other.entry(this.#row);
    this.other.keys.copyString(source, keyFrom, keyTo);
    this.other.values.copyString(source, valueFrom, valueTo);
  }

  /** Opens a row: what is appended from now on is its. */
  begin(row: number): void {
    this.#row = row;
  }

  /** Gives back what the open row has. */
  abandon(): void {
    for (const map of this.maps) map.abandon(this.#row);
  }

  /** How many attributes the open row has so far. */
  openCount(): number {
    let count = 0;
    for (const map of this.maps) count += map.ends.openCount(this.#row);
    return count;
  }
}
