/**
 * NativeBlock: a batch of columns as one block of ClickHouse's `Native` format.
 *
 * A block is the count of columns and rows, then for each column its name, its type and its values. The values
 * already lie in that layout in the Column buffers, so encoding is listing them: the result is a list of
 * chunks to be written one after the other, most of them views into the batch, valid until its reset. Columns in which
 * every value is the type's default are left out: the engine fills in the default of what it misses.
 */
import type { AttributeColumns, MapColumn } from './attribute-columns.ts';
import { Column } from './column.ts';
import type { ListEnds } from './list-ends.ts';

export type NativeColumn = {
  readonly name: string;
  /** ClickHouse type as the file declares it; the table may hold a cheaper one. */
  readonly type: string;
  /** The runs of bytes that make up the values, in order. */
  readonly parts: readonly Column[];
  /** What fills the column up to so many rows, and says whether the block needs it at all. */
  readonly sparse?: { finish(rows: number): boolean };
};

export type ColumnSpec = { readonly name: string; readonly type: string };

export function valueColumn(name: string, type: string, values: Column): NativeColumn {
  return { name, type, parts: [values] };
}

export function arrayColumn(name: string, type: string, ends: ListEnds, values: Column): NativeColumn {
  return { name, type: `Array(${type})`, parts: [ends.column, values], sparse: ends };
}

/** The six attribute maps as columns `attrs_few`, `attrs_str`, … */
export function attributeColumns(attributes: AttributeColumns): NativeColumn[] {
  return [
    mapColumn('attrs_few', 'String', attributes.few),
    mapColumn('attrs_str', 'String', attributes.str),
    mapColumn('attrs_int', 'Int64', attributes.int),
    mapColumn('attrs_double', 'Float64', attributes.double),
    mapColumn('attrs_bool', 'UInt8', attributes.bool),
    mapColumn('attrs_other', 'String', attributes.other),
  ];
}

function mapColumn(name: string, valueType: string, map: MapColumn): NativeColumn {
  return {
    name,
    type: `Map(String, ${valueType})`,
    parts: [map.ends.column, map.keys, map.values],
    sparse: map.ends,
  };
}

/** The chunks of one block, in file order. */
export function encodeNativeBlock(columns: readonly NativeColumn[], rows: number): Uint8Array[] {
  const present = columns.filter(({ sparse }) => sparse?.finish(rows) ?? true);
  const counts = new Column(16);
  counts.varint(present.length);
  counts.varint(rows);
  const chunks: Uint8Array[] = [counts.used()];
  for (const column of present) {
    chunks.push(headOf(column));
    for (const part of column.parts) if (part.length > 0) chunks.push(part.used());
  }
  return chunks;
}

/** Name and type of a column as they stand in a block; there are only as many as the tables have columns. */
const heads: Map<string, Uint8Array> = new Map();

function headOf(column: NativeColumn): Uint8Array {
  const key = `${column.name} ${column.type}`;
  let head = heads.get(key);
  if (head === undefined) {
    const written = new Column(64);
    written.text(column.name);
    written.text(column.type);
    head = written.used();
    heads.set(key, head);
  }
  return head;
}
