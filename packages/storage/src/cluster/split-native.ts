/**
 * SplitNative: divides the rows of `Native` blocks among shards without understanding their values.
 *
 * The files of segments hold whole numbers, floats, strings, arrays and maps of these. Of each column it is
 * enough to know where its rows begin and end; the bytes are copied as they are. A type that is not known
 * here, or bytes that do not fit, are an error: nothing is guessed at.
 */
import { err, failure, ok, type Result } from '@tracewright/std';
import type { Placement } from './shard-of.ts';

/** The rows of one shard as they grow: blocks, one behind the other. */
export class ShardRows {
  bytes: Buffer = Buffer.allocUnsafe(64 * 1024);
  length = 0;
  rows = 0;

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  copy(from: Buffer, start: number, end: number): void {
    this.length += from.copy(this.bytes, this.length, start, end);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }
}

export type SplitTable = 'spans' | 'logs';

class Malformed extends Error {}

type Column = { readonly headFrom: number; readonly headTo: number; readonly type: string };

/** The shard of each value, and how many values each shard has. */
type Owned = { readonly owners: Uint8Array; readonly counts: Uint32Array };

const VARINT_BYTES_MAX = 10;
const WIDTHS: Readonly<Record<string, number>> = {
  UInt8: 1,
  Int8: 1,
  Bool: 1,
  UInt16: 2,
  Int16: 2,
  UInt32: 4,
  Int32: 4,
  Float32: 4,
  UInt64: 8,
  Int64: 8,
  Float64: 8,
};

/** Appends the rows of the block at `from` to the shards they belong to; gives where the next block begins. */
export function splitBlock(
  bytes: Buffer,
  from: number,
  table: SplitTable,
  placement: Placement,
  shards: readonly ShardRows[],
): Result<number> {
  try {
    return ok(new BlockSplitter(bytes, from, shards).split(table, placement));
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    return err(failure('invalid', `Cannot divide a block of ${table} at byte ${from}: ${cause.message}`));
  }
}

class BlockSplitter {
  readonly #bytes: Buffer;
  readonly #shards: readonly ShardRows[];
  #at: number;

  constructor(bytes: Buffer, from: number, shards: readonly ShardRows[]) {
    this.#bytes = bytes;
    this.#shards = shards;
    this.#at = from;
  }

  split(table: SplitTable, placement: Placement): number {
    const columns = this.#varint();
    const rows = this.#varint();
    if (rows > this.#bytes.length) throw new Malformed(`${rows} rows cannot be in it`);
    const owned = this.#owned(this.#owners(columns, rows, table, placement));
    for (const [shard, out] of this.#shards.entries()) {
      const count = owned.counts[shard] as number;
      if (count === 0) continue;
      out.reserve(2 * VARINT_BYTES_MAX);
      out.varint(columns);
      out.varint(count);
      out.rows += count;
    }
    for (let at = 0; at < columns; at++) {
      const { headFrom, headTo, type } = this.#head();
      for (const [shard, out] of this.#shards.entries()) {
        if (owned.counts[shard] === 0) continue;
        out.reserve(headTo - headFrom);
        out.copy(this.#bytes, headFrom, headTo);
      }
      this.#values(type, owned);
    }
    return this.#at;
  }

  #owned(owners: Uint8Array): Owned {
    const counts = new Uint32Array(this.#shards.length);
    for (let row = 0; row < owners.length; row++) (counts[owners[row] as number] as number)++;
    return { owners, counts };
  }

  /** The shard of each row; the reading position is as it was. */
  #owners(columns: number, rows: number, table: SplitTable, placement: Placement): Uint8Array {
    const began = this.#at;
    const found = new Map<string, number>();
    const wanted = table === 'spans' ? ['trace_id'] : ['time_nano', 'observed_nano', 'trace_id'];
    for (let at = 0; at < columns && found.size < wanted.length; at++) {
      const { type, name } = this.#named();
      if (wanted.includes(name)) found.set(name, this.#at);
      this.#skip(type, rows);
    }
    this.#at = began;
    const place = (name: string): number => {
      const at = found.get(name);
      if (at === undefined) throw new Malformed(`there is no column ${name}`);
      return at;
    };
    const bytes = this.#bytes;
    const owners = new Uint8Array(rows);
    const traceAt = place('trace_id');
    const timeAt = table === 'logs' ? place('time_nano') : 0;
    const observedAt = table === 'logs' ? place('observed_nano') : 0;
    for (let row = 0; row < rows; row++) {
      const low = traceAt + row * 16 + 8;
      let first = bytes.readInt32LE(low);
      let second = bytes.readInt32LE(low + 4);
      if (table === 'logs' && first === 0 && second === 0) {
        first = bytes.readInt32LE(timeAt + row * 8);
        second = bytes.readInt32LE(timeAt + row * 8 + 4);
        if (first === 0 && second === 0) {
          first = bytes.readInt32LE(observedAt + row * 8);
          second = bytes.readInt32LE(observedAt + row * 8 + 4);
        }
      }
      owners[row] = placement.of(first, second);
    }
    return owners;
  }

  /** Copies the next values of a type to their owners. */
  #values(type: string, owned: Owned): void {
    const width = widthOf(type);
    if (width !== undefined) {
      this.#fixed(width, owned);
      return;
    }
    if (type === 'String') {
      this.#strings(owned);
      return;
    }
    const inner = innerTypes(type);
    const elements = this.#ends(owned);
    if (elements !== undefined) for (const one of inner) this.#values(one, elements);
  }

  #fixed(width: number, { owners, counts }: Owned): void {
    const count = owners.length;
    const from = this.#take(width * count);
    if (width === 1 || width === 2) {
      this.#narrow(width, from, owners, counts);
      return;
    }
    // Four bytes at a time, in memory that is aligned for it.
    const words = width / 4;
    const source = words32(SOURCE, this.#bytes, from, width * count);
    const targets = Array.from(counts, (own, shard) => target32(shard, own * words));
    const filled = new Uint32Array(counts.length);
    for (let row = 0, at = 0; row < count; row++) {
      const owner = owners[row] as number;
      const target = targets[owner] as Uint32Array;
      let to = filled[owner] as number;
      for (let word = 0; word < words; word++) target[to++] = source[at++] as number;
      filled[owner] = to;
    }
    for (const [shard, target] of targets.entries()) this.#append(shard, target);
  }

  #narrow(width: number, from: number, owners: Uint8Array, counts: Uint32Array): void {
    const bytes = this.#bytes;
    for (const [shard, out] of this.#shards.entries()) out.reserve(width * (counts[shard] as number));
    for (let row = 0, at = from; row < owners.length; row++) {
      const out = this.#shards[owners[row] as number] as ShardRows;
      out.bytes[out.length++] = bytes[at++] as number;
      if (width === 2) out.bytes[out.length++] = bytes[at++] as number;
    }
  }

  #append(shard: number, words: Uint32Array): void {
    if (words.length === 0) return;
    const out = this.#shards[shard] as ShardRows;
    out.reserve(words.byteLength);
    out.bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), out.length);
    out.length += words.byteLength;
  }

  #strings({ owners, counts }: Owned): void {
    const bytes = this.#bytes;
    const count = owners.length;
    let from = this.#at;
    this.#skipStrings(count);
    const size = this.#at - from;
    // Most columns of most blocks have no values at all.
    if (size === count) {
      this.#zeros(1, counts);
      return;
    }
    const end = this.#at;
    for (const out of this.#shards) out.reserve(size);
    for (let row = 0; row < count; row++) {
      const out = this.#shards[owners[row] as number] as ShardRows;
      const length = bytes[from] as number;
      let until = from + 1 + length;
      if (length >= 128) {
        this.#at = from;
        const long = this.#varint();
        until = this.#at + long;
      }
      if (until - from > LONG_BYTES) {
        out.copy(bytes, from, until);
        from = until;
        continue;
      }
      const to = out.bytes;
      let at = out.length;
      while (from < until) to[at++] = bytes[from++] as number;
      out.length = at;
    }
    this.#at = end;
  }

  #zeros(width: number, counts: Uint32Array): void {
    for (const [shard, out] of this.#shards.entries()) {
      const size = width * (counts[shard] as number);
      out.reserve(size);
      out.bytes.fill(0, out.length, out.length + size);
      out.length += size;
    }
  }

  /** The ends of arrays: each shard gets its own, and each element the owner of its row. Undefined without elements. */
  #ends({ owners, counts }: Owned): Owned | undefined {
    const count = owners.length;
    const from = this.#take(count * 8);
    const total = count === 0 ? 0 : this.#end(from, count - 1);
    if (total > this.#bytes.length * 8) throw new Malformed(`${total} elements cannot be in it`);
    const source = words32(SOURCE, this.#bytes, from, count * 8);
    const targets = Array.from(counts, (own, shard) => target32(shard, own * 2));
    const filled = new Uint32Array(counts.length);
    const sums = new Float64Array(counts.length);
    const elements = new Uint8Array(total);
    let before = 0;
    for (let row = 0; row < count; row++) {
      const end = (source[row * 2] as number) + (source[row * 2 + 1] as number) * 2 ** 32;
      if (end < before || end > total) throw new Malformed('the ends of arrays do not rise');
      const owner = owners[row] as number;
      if (owner !== 0 && end > before) elements.fill(owner, before, end);
      const own = (sums[owner] as number) + end - before;
      sums[owner] = own;
      const target = targets[owner] as Uint32Array;
      const to = filled[owner] as number;
      // No block has four thousand million elements, as the check above says.
      target[to] = own;
      target[to + 1] = 0;
      filled[owner] = to + 2;
      before = end;
    }
    for (const [shard, target] of targets.entries()) this.#append(shard, target);
    return total === 0 ? undefined : { owners: elements, counts: Uint32Array.from(sums) };
  }

  #end(from: number, row: number): number {
    const at = from + row * 8;
    return this.#bytes.readUInt32LE(at) + this.#bytes.readUInt32LE(at + 4) * 2 ** 32;
  }

  #skip(type: string, count: number): void {
    const width = widthOf(type);
    if (width !== undefined) {
      this.#take(width * count);
      return;
    }
    if (type === 'String') {
      this.#skipStrings(count);
      return;
    }
    const from = this.#take(count * 8);
    const total = count === 0 ? 0 : this.#end(from, count - 1);
    for (const one of innerTypes(type)) this.#skip(one, total);
  }

  #skipStrings(count: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let row = 0; row < count; row++) {
      const size = bytes[at] ?? 256;
      if (size < 128) at += size + 1;
      else {
        this.#at = at;
        const long = this.#varint();
        at = this.#at + long;
      }
      if (at > bytes.length) throw new Malformed('a string reaches behind its end');
    }
    this.#at = at;
  }

  #named(): { readonly name: string; readonly type: string } {
    const nameBytes = this.#varint();
    const nameFrom = this.#take(nameBytes);
    const name = this.#bytes.toString('latin1', nameFrom, nameFrom + nameBytes);
    const typeBytes = this.#varint();
    const typeFrom = this.#take(typeBytes);
    return { name, type: this.#bytes.toString('latin1', typeFrom, typeFrom + typeBytes) };
  }

  #head(): Column {
    const headFrom = this.#at;
    const { type } = this.#named();
    return { headFrom, headTo: this.#at, type };
  }

  #take(size: number): number {
    const from = this.#at;
    if (size > this.#bytes.length - from) throw new Malformed(`${size} more bytes expected`);
    this.#at = from + size;
    return from;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.#bytes[this.#take(1)] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new Malformed('a length is too long');
  }
}

/** Above this the engine's own copying is faster than a loop. */
const LONG_BYTES = 64;

/**
 * Memory that is used again for every column: what is split is split in one go, without giving others a turn,
 * and a fresh array for each column of each block would keep the collector busy.
 */
const SOURCE = { words: new Uint32Array(0) };
const TARGETS: { words: Uint32Array<ArrayBuffer> }[] = [];

/** The bytes at `from` as words, in memory that is aligned for it; valid until the next call. */
function words32(
  scratch: { words: Uint32Array<ArrayBuffer> },
  bytes: Buffer,
  from: number,
  size: number,
): Uint32Array {
  const words = scratch32(scratch, size / 4);
  new Uint8Array(words.buffer, 0, size).set(bytes.subarray(from, from + size));
  return words;
}

function target32(shard: number, words: number): Uint32Array {
  TARGETS[shard] ??= { words: new Uint32Array(0) };
  return scratch32(TARGETS[shard], words);
}

function scratch32(scratch: { words: Uint32Array<ArrayBuffer> }, words: number): Uint32Array<ArrayBuffer> {
  if (scratch.words.length < words) scratch.words = new Uint32Array(Math.ceil(words * 1.5));
  return scratch.words.subarray(0, words);
}

function widthOf(type: string): number | undefined {
  if (!type.startsWith('FixedString(')) return WIDTHS[type];
  return Number(type.slice('FixedString('.length, -1));
}

const inners: Map<string, readonly string[]> = new Map();

/** What an array or a map has behind its ends. */
function innerTypes(type: string): readonly string[] {
  const known = inners.get(type);
  if (known !== undefined) return known;
  const array = /^Array\((\w+(?:\(\d+\))?)\)$/.exec(type)?.[1];
  const map = /^Map\((\w+), (\w+(?:\(.+\))?)\)$/.exec(type);
  const inner = array !== undefined ? [array] : map !== null ? [map[1] ?? '', map[2] ?? ''] : undefined;
  if (inner === undefined) throw new Malformed(`the type ${type} is not known here`);
  inners.set(type, inner);
  return inner;
}
