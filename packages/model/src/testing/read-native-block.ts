/**
 * Reads blocks of ClickHouse's Native format back into values, for tests: the witness that what the batches
 * write is what the engine will read. Throws on anything that is not a well-formed run of blocks.
 *
 * Values are read by their declared type: 64-bit integers as bigints, other numbers as numbers, strings and fixed
 * strings as bytes, arrays as arrays, maps as arrays of [key, value].
 */

import type { ColumnSpec } from '../native-block.ts';

export type NativeValue = number | bigint | Uint8Array | NativeValue[];
export type NativeRows = {
  readonly rows: number;
  /** Column names with their types, in file order. */
  readonly types: ReadonlyMap<string, string>;
  readonly columns: ReadonlyMap<string, NativeValue[]>;
};

/** Columns of the `table` that the block leaves out come with the default of their type, as the engine fills them in. */
export function readNativeBlock(
  chunks: readonly Uint8Array[],
  table: readonly ColumnSpec[] = [],
): NativeRows {
  const bytes = join(chunks);
  const cursor = new NativeCursor(bytes);
  const types = new Map<string, string>();
  const columns = new Map<string, NativeValue[]>();
  if (bytes.length === 0) return { rows: 0, types, columns };
  const count = cursor.varint();
  const rows = cursor.varint();
  for (let at = 0; at < count; at++) {
    const name = cursor.text();
    const type = cursor.text();
    if (columns.has(name)) throw new Error(`column ${name} stands twice`);
    types.set(name, type);
    columns.set(name, cursor.values(type, rows));
  }
  if (cursor.at !== bytes.length) throw new Error(`${bytes.length - cursor.at} bytes follow the last column`);
  for (const { name, type } of table) {
    if (columns.has(name)) continue;
    types.set(name, type);
    columns.set(
      name,
      Array.from({ length: rows }, () => defaultOf(type)),
    );
  }
  return { rows, types, columns };
}

function defaultOf(type: string): NativeValue {
  if (type.startsWith('Map(') || type.startsWith('Array(')) return [];
  if (type.startsWith('FixedString(')) return new Uint8Array(Number(type.slice(12, -1)));
  if (type === 'String') return new Uint8Array(0);
  return type.endsWith('Int64') ? 0n : 0;
}

class NativeCursor {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#take(1)[0] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.#take(this.varint()));
  }

  values(type: string, rows: number): NativeValue[] {
    const map = /^Map\((\w+), (\w+)\)$/.exec(type);
    if (map !== null) {
      return this.#nested(rows, (total) => {
        const keys = this.values(map[1] ?? '', total);
        const values = this.values(map[2] ?? '', total);
        return keys.map((key, at) => [key, values[at] as NativeValue]);
      });
    }
    const array = /^Array\((\w+)\)$/.exec(type);
    if (array !== null) return this.#nested(rows, (total) => this.values(array[1] ?? '', total));
    return Array.from({ length: rows }, () => this.#scalar(type));
  }

  #nested(rows: number, read: (total: number) => NativeValue[]): NativeValue[] {
    const ends = this.values('UInt64', rows).map(Number);
    const flat = read(ends.at(-1) ?? 0);
    return ends.map((end, row) => {
      const from = row === 0 ? 0 : (ends[row - 1] as number);
      if (end < from) throw new Error('offsets of an array fall');
      return flat.slice(from, end);
    });
  }

  #scalar(type: string): NativeValue {
    if (type.startsWith('FixedString(')) return this.#take(Number(type.slice(12, -1))).slice();
    const at = this.at;
    switch (type) {
      case 'String':
        return this.#take(this.varint()).slice();
      case 'UInt8':
        this.#take(1);
        return this.#view.getUint8(at);
      case 'UInt16':
        this.#take(2);
        return this.#view.getUint16(at, true);
      case 'UInt32':
        this.#take(4);
        return this.#view.getUint32(at, true);
      case 'UInt64':
        this.#take(8);
        return this.#view.getBigUint64(at, true);
      case 'Int64':
        this.#take(8);
        return this.#view.getBigInt64(at, true);
      case 'Float32':
        this.#take(4);
        return this.#view.getFloat32(at, true);
      case 'Float64':
        this.#take(8);
        return this.#view.getFloat64(at, true);
      default:
        throw new Error(`no reader for type ${type}`);
    }
  }

  #take(size: number): Uint8Array {
    if (this.at + size > this.#bytes.length) throw new Error('the block ends within a value');
    this.at += size;
    return this.#bytes.subarray(this.at - size, this.at);
  }
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
