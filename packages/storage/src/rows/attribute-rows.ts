/**
 * AttributeRows: the attributes of a row, put together again from the promoted columns and the maps by type.
 *
 * The order is that of the columns; what was sent in another order is equal to it. A value that stands in a
 * dictionary becomes one object however many rows of the block have it.
 */
import { type Attribute, type AttributeValue, PROMOTED_ATTRIBUTES } from '@tracewright/model';
import { assert } from '@tracewright/std';
import { DictionaryStrings, type MapColumn, type StringColumn } from '../native/column.ts';
import type { NativeBlock } from '../native/native-block.ts';

export type DecodeAnyValue = (raw: Uint8Array) => AttributeValue;

/** Reads a value of a map at an index of its elements. */
type ReadValue = (at: number) => AttributeValue;

type Map = {
  readonly ends: Uint32Array;
  readonly keys: StringColumn;
  readonly read: ReadValue;
};

type Promoted =
  | { readonly key: string; readonly type: 'string'; readonly values: StringColumn; readonly read: ReadValue }
  | {
      readonly key: string;
      readonly type: 'status';
      readonly values: ArrayLike<number>;
      readonly read: ReadValue;
    };

const EMPTY: readonly Attribute[] = [];

export class AttributeRows {
  readonly #promoted: readonly Promoted[];
  readonly #maps: readonly Map[];

  /** `promoted` is true for the spans' table. */
  constructor(block: NativeBlock, promoted: boolean, decodeAnyValue: DecodeAnyValue) {
    this.#promoted = promoted ? promotedColumns(block) : [];
    const maps: Map[] = [];
    for (const name of ['few', 'str', 'int', 'double', 'bool', 'other'] as const) {
      const column = block.maps(`attrs_${name}`);
      // Most blocks have nothing at all in some of the maps.
      if (column.keys.rows > 0) maps.push(readMap(name, column, decodeAnyValue));
    }
    this.#maps = maps;
  }

  read(row: number): readonly Attribute[] {
    let attributes: Attribute[] | undefined;
    for (const column of this.#promoted) {
      if (column.type === 'string' ? column.values.size(row) === 0 : column.values[row] === 0) continue;
      attributes ??= [];
      attributes.push({ key: column.key, value: column.read(row) });
    }
    for (const { ends, keys, read } of this.#maps) {
      const to = ends[row] as number;
      for (let at = row === 0 ? 0 : (ends[row - 1] as number); at < to; at++) {
        attributes ??= [];
        attributes.push({ key: keys.text(at), value: read(at) });
      }
    }
    return attributes ?? EMPTY;
  }
}

function promotedColumns(block: NativeBlock): Promoted[] {
  return PROMOTED_ATTRIBUTES.map(({ key, column, type }) => {
    if (type === 'string') {
      const values = block.strings(column);
      return { key, type, values, read: readStrings(values) };
    }
    const values = block.numbers(column);
    return { key, type, values, read: (row) => ({ type: 'int', value: BigInt(values[row] as number) }) };
  });
}

function readMap(
  name: 'few' | 'str' | 'int' | 'double' | 'bool' | 'other',
  { ends, keys, values }: MapColumn,
  decodeAnyValue: DecodeAnyValue,
): Map {
  switch (name) {
    case 'few':
    case 'str':
      assert(values.kind === 'string', `attrs_${name} holds strings`);
      return { ends, keys, read: readStrings(values) };
    case 'other':
      assert(values.kind === 'string', 'attrs_other holds bytes');
      return { ends, keys, read: (at) => decodeAnyValue(values.bytes(at)) };
    case 'int':
      assert(values.kind === 'big', 'attrs_int holds 64-bit numbers');
      return { ends, keys, read: (at) => ({ type: 'int', value: values.values[at] as bigint }) };
    case 'double':
      assert(values.kind === 'number', 'attrs_double holds numbers');
      return { ends, keys, read: (at) => ({ type: 'double', value: values.values[at] as number }) };
    case 'bool':
      assert(values.kind === 'number', 'attrs_bool holds numbers');
      return { ends, keys, read: (at) => ({ type: 'bool', value: values.values[at] !== 0 }) };
  }
}

function readStrings(column: StringColumn): ReadValue {
  if (!(column instanceof DictionaryStrings)) return (at) => ({ type: 'string', value: column.text(at) });
  const made: (AttributeValue | undefined)[] = [];
  return (at) => {
    const code = column.code(at);
    let value = made[code];
    if (value === undefined) {
      value = { type: 'string', value: column.text(at) };
      made[code] = value;
    }
    return value;
  };
}
