/**
 * AttributeRows: the attributes of a row, put together again from the promoted columns and the maps by type.
 *
 * The order is that of the columns; what was sent in another order is equal to it. Where value (and key) stand
 * in dictionaries, all rows of the block that have them share one object: most attributes of a large trace
 * are the same few.
 */
import { type Attribute, type AttributeValue, PROMOTED_ATTRIBUTES } from '@tracewright/model';
import { assert } from '@tracewright/std';
import { DictionaryStrings, type MapColumn, type StringColumn } from '../native/column.ts';
import type { NativeBlock } from '../native/native-block.ts';

export type DecodeAnyValue = (raw: Uint8Array) => AttributeValue;

const MAPS = ['few', 'str', 'int', 'double', 'bool', 'other'] as const;

/** One `Map` column with something in it; `read` takes an index of its elements. */
type MapReader = { readonly ends: Uint32Array; readonly read: (at: number) => Attribute };

/** One promoted column; `read` takes a row and knows when the row has nothing there. */
type Promoted = (row: number) => Attribute | undefined;

const EMPTY: readonly Attribute[] = [];

export class AttributeRows {
  readonly #promoted: readonly Promoted[];
  readonly #maps: readonly MapReader[];

  /** `promoted` is true for the spans' table. */
  constructor(block: NativeBlock, promoted: boolean, decodeAnyValue: DecodeAnyValue) {
    this.#promoted = promoted ? promotedColumns(block) : [];
    const maps: MapReader[] = [];
    for (const name of MAPS) {
      if (!block.has(`attrs_${name}`)) continue;
      const column = block.maps(`attrs_${name}`);
      // Most blocks have nothing at all in some of the maps.
      if (column.keys.rows > 0) maps.push(readMap(name, column, decodeAnyValue));
    }
    this.#maps = maps;
  }

  read(row: number): readonly Attribute[] {
    let attributes: Attribute[] | undefined;
    for (const read of this.#promoted) {
      const attribute = read(row);
      if (attribute === undefined) continue;
      attributes ??= [];
      attributes.push(attribute);
    }
    for (const { ends, read } of this.#maps) {
      const to = ends[row] as number;
      for (let at = row === 0 ? 0 : (ends[row - 1] as number); at < to; at++) {
        attributes ??= [];
        attributes.push(read(at));
      }
    }
    return attributes ?? EMPTY;
  }
}

/** The promoted columns in which any row of the block has something. One that was not asked for holds nothing. */
function promotedColumns(block: NativeBlock): Promoted[] {
  const columns: Promoted[] = [];
  for (const { key, column, type } of PROMOTED_ATTRIBUTES) {
    if (!block.has(column)) continue;
    if (type === 'status') columns.push(promotedStatus(key, block.numbers(column)));
    else columns.push(...promotedText(key, block.strings(column)));
  }
  return columns;
}

function promotedStatus(key: string, values: ArrayLike<number>): Promoted {
  const made = new Map<number, Attribute>();
  return (row) => {
    const status = values[row] as number;
    if (status === 0) return undefined;
    let attribute = made.get(status);
    if (attribute === undefined) {
      attribute = { key, value: { type: 'int', value: BigInt(status) } };
      made.set(status, attribute);
    }
    return attribute;
  };
}

function promotedText(key: string, column: StringColumn): Promoted[] {
  const make = (row: number): Attribute => ({ key, value: { type: 'string', value: column.text(row) } });
  if (!(column instanceof DictionaryStrings)) {
    return [(row) => (column.size(row) === 0 ? undefined : make(row))];
  }
  if (column.isAllEmpty()) return [];
  const made: (Attribute | undefined)[] = [];
  return [
    (row) => {
      if (column.size(row) === 0) return undefined;
      const code = column.code(row);
      let attribute = made[code];
      if (attribute === undefined) {
        attribute = make(row);
        made[code] = attribute;
      }
      return attribute;
    },
  ];
}

function readMap(name: (typeof MAPS)[number], column: MapColumn, decodeAnyValue: DecodeAnyValue): MapReader {
  const { ends, keys, values } = column;
  switch (name) {
    case 'few':
    case 'str':
      assert(values.kind === 'string', `attrs_${name} holds strings`);
      return { ends, read: readTexts(keys, values) };
    case 'other':
      assert(values.kind === 'string', 'attrs_other holds bytes');
      return { ends, read: (at) => ({ key: keys.text(at), value: decodeAnyValue(values.bytes(at)) }) };
    case 'int':
      assert(values.kind === 'big', 'attrs_int holds 64-bit numbers');
      return {
        ends,
        read: (at) => ({ key: keys.text(at), value: { type: 'int', value: values.values[at] as bigint } }),
      };
    case 'double':
      assert(values.kind === 'number', 'attrs_double holds numbers');
      return {
        ends,
        read: (at) => ({ key: keys.text(at), value: { type: 'double', value: values.values[at] as number } }),
      };
    case 'bool':
      assert(values.kind === 'number', 'attrs_bool holds numbers');
      return {
        ends,
        read: (at) => ({ key: keys.text(at), value: { type: 'bool', value: values.values[at] !== 0 } }),
      };
  }
}

function readTexts(keys: StringColumn, values: StringColumn): (at: number) => Attribute {
  const make = (at: number): Attribute => ({
    key: keys.text(at),
    value: { type: 'string', value: values.text(at) },
  });
  if (!(keys instanceof DictionaryStrings) || !(values instanceof DictionaryStrings)) return make;
  const made = new Map<number, Attribute>();
  return (at) => {
    const pair = keys.code(at) * values.codes + values.code(at);
    let attribute = made.get(pair);
    if (attribute === undefined) {
      attribute = make(at);
      made.set(pair, attribute);
    }
    return attribute;
  };
}
