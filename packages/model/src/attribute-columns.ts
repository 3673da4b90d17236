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

/** One `Map(String, T)` column: cumulative ends, keys, values. */
export class MapColumn {
  readonly ends: Column = new Column();
  readonly keys: Column = new Column();
  readonly values: Column = new Column();
  count = 0;
  #countAtMark = 0;
  #keysAtMark = 0;
  #valuesAtMark = 0;

  mark(): void {
    this.#countAtMark = this.count;
    this.#keysAtMark = this.keys.length;
    this.#valuesAtMark = this.values.length;
  }

  rollback(): void {
    this.count = this.#countAtMark;
    this.keys.truncate(this.#keysAtMark);
    this.values.truncate(this.#valuesAtMark);
  }

  openCount(): number {
    return this.count - this.#countAtMark;
  }

  endRow(): void {
    this.ends.count(this.count);
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

  constructor(keyTable: KeyTable) {
    this.#keyTable = keyTable;
  }

  findKey(source: Uint8Array, from: number, to: number): KeyEntry | undefined {
    return this.#keyTable.find(source, from, to);
  }

  /** Appends a string value; `entry` is what `findKey` gave for the key. */
  string(
    source: Uint8Array,
    keyFrom: number,
    keyTo: number,
    valueFrom: number,
    valueTo: number,
    entry: KeyEntry | undefined,
  ): void {
    const few = entry !== undefined && this.#keyTable.isFew(entry, source, valueFrom, valueTo);
    const map = few ? this.few : this.str;
    map.keys.string(source, keyFrom, keyTo);
    map.values.string(source, valueFrom, valueTo);
    map.count++;
  }

  /** Appends an int64 given as its two halves. */
  integer(source: Uint8Array, keyFrom: number, keyTo: number, low: number, high: number): void {
    this.int.keys.string(source, keyFrom, keyTo);
    this.int.values.u64(low, high);
    this.int.count++;
  }

  /** Appends a double given as the 8 bytes at `valueFrom`, so that every NaN keeps its bits. */
  float(source: Uint8Array, keyFrom: number, keyTo: number, valueFrom: number): void {
    this.double.keys.string(source, keyFrom, keyTo);
    this.double.values.raw(source, valueFrom, valueFrom + 8);
    this.double.count++;
  }

  boolean(source: Uint8Array, keyFrom: number, keyTo: number, value: boolean): void {
    this.bool.keys.string(source, keyFrom, keyTo);
    this.bool.values.u8(value ? 1 : 0);
    this.bool.count++;
  }

  /** Appends any other value as the AnyValue message in `source[valueFrom, valueTo)`. */
  message(source: Uint8Array, keyFrom: number, keyTo: number, valueFrom: number, valueTo: number): void {
    this.other.keys.string(source, keyFrom, keyTo);
    this.other.values.string(source, valueFrom, valueTo);
    this.other.count++;
  }

  mark(): void {
    this.few.mark();
    this.str.mark();
    this.int.mark();
    this.double.mark();
    this.bool.mark();
    this.other.mark();
  }

  rollback(): void {
    this.few.rollback();
    this.str.rollback();
    this.int.rollback();
    this.double.rollback();
    this.bool.rollback();
    this.other.rollback();
  }

  /** How many attributes the open row has so far. */
  openCount(): number {
    let count = 0;
    for (const map of this.maps) count += map.openCount();
    return count;
  }

  endRow(): void {
    this.few.endRow();
    this.str.endRow();
    this.int.endRow();
    this.double.endRow();
    this.bool.endRow();
    this.other.endRow();
  }
}
