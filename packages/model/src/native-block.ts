/**
 * NativeBlock: a batch of columns as one block of ClickHouse's `Native` format.
 *
 * A block is the count of columns and rows, then for each column its name, its type and its values. The values
 * already lie in that layout in the Column buffers, so encoding is listing them: the result is a list of
 * chunks to be written one after the other, most of them views into the batch, valid until its reset.
 */
import type { MapColumn } from './attribute-columns.ts';
import { Column } from './column.ts';

export type NativeColumn = {
  readonly name: string;
  /** ClickHouse type as the file declares it; the table may hold a cheaper one. */
  readonly type: string;
  /** The runs of bytes that make up the values, in order. */
  readonly parts: readonly Column[];
};

export type ColumnSpec = { readonly name: string; readonly type: string };

export function mapColumn(name: string, valueType: string, map: MapColumn): NativeColumn {
  return { name, type: `Map(String, ${valueType})`, parts: [map.ends, map.keys, map.values] };
}

/** The chunks of one block, in file order. */
export function encodeNativeBlock(columns: readonly NativeColumn[], rows: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const head = new Column(64);
  head.varint(columns.length);
  head.varint(rows);
  let pending = head;
  for (const column of columns) {
    pending.text(column.name);
    pending.text(column.type);
    chunks.push(pending.used());
    pending = new Column(64);
    for (const part of column.parts) if (part.length > 0) chunks.push(part.used());
  }
  return chunks;
}
