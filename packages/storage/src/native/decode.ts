/**
 * Decoder of ClickHouse's `Native` format, as far as the statements of this room use it: whole numbers up to
 * 64 bits, floats, strings, arrays, maps, nullables and low cardinality.
 *
 * Every length is checked against the bytes that are there before anything is made of it. Bytes that do not
 * fit are a fault of the engine or of this program, and come back as the failure `internal`.
 */
import { err, failure, ok, type Result } from '@tracewright/std';
import {
  DictionaryStrings,
  FixedStrings,
  type NativeColumn,
  type NumberColumn,
  RunOfStrings,
  type StringColumn,
} from './column.ts';
import { NativeBlock } from './native-block.ts';

class Malformed extends Error {}

/** Decodes the blocks that stand one after the other in `bytes`. */
export function decodeNative(bytes: Uint8Array): Result<NativeBlock[]> {
  const input = new Input(bytes);
  const blocks: NativeBlock[] = [];
  try {
    while (!input.ended) blocks.push(readBlock(input));
    return ok(blocks);
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    return err(
      failure('internal', `Cannot decode an answer of the store at byte ${input.at}: ${cause.message}`),
    );
  }
}

/** Decodes all blocks of an answer; blocks without rows are left out. */
export function decodeNativeBlocks(chunks: readonly Uint8Array[]): Result<NativeBlock[]> {
  const blocks: NativeBlock[] = [];
  for (const chunk of chunks) {
    const decoded = decodeNative(chunk);
    if (!decoded.ok) return decoded;
    for (const block of decoded.value) if (block.rows > 0) blocks.push(block);
  }
  return ok(blocks);
}

class Input {
  readonly buffer: Buffer;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get ended(): boolean {
    return this.at >= this.buffer.length;
  }

  /** Steps over `size` bytes and returns where they begin. */
  take(size: number): number {
    const from = this.at;
    if (size > this.buffer.length - from) throw new Malformed(`${size} more bytes expected`);
    this.at = from + size;
    return from;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.buffer[this.take(1)] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new Malformed('a length is too long');
  }

  string(): string {
    const size = this.varint();
    const from = this.take(size);
    return this.buffer.toString('utf8', from, from + size);
  }

  /** A 64-bit number that must be small enough to count something in the buffer. */
  count(): number {
    const from = this.take(8);
    const value = this.#view.getUint32(from, true) + this.#view.getUint32(from + 4, true) * 2 ** 32;
    if (value > this.buffer.length)
      throw new Malformed(`${value} values cannot be in ${this.buffer.length} bytes`);
    return value;
  }

  /** A copy of the next `size` bytes with an alignment that any typed array accepts. */
  aligned(size: number): ArrayBuffer {
    const from = this.take(size);
    const copy = new Uint8Array(size);
    copy.set(this.buffer.subarray(from, from + size));
    return copy.buffer;
  }

  word(): number {
    const from = this.take(8);
    if (this.#view.getUint32(from + 4, true) !== 0) throw new Malformed('an unknown serialization');
    return this.#view.getUint32(from, true);
  }
}

function readBlock(input: Input): NativeBlock {
  const columns = input.varint();
  const rows = input.varint();
  if (rows > input.buffer.length) throw new Malformed(`${rows} rows cannot be in the block`);
  const block = new Map<string, NativeColumn>();
  for (let at = 0; at < columns; at++) {
    const name = input.string();
    const type = parseType(input.string());
    if (rows > 0) readPrefix(input, type);
    block.set(name, readValues(input, type, rows));
  }
  return new NativeBlock(rows, block);
}

type Type = { readonly name: string; readonly of: readonly Type[]; readonly size: number };

const types: Map<string, Type> = new Map();
const TYPES_REMEMBERED_MAX = 1000;
/** The types of this program's statements are far shorter, and nest three levels at most. */
const TYPE_CHARS_MAX = 1000;
const TYPE_DEPTH_MAX = 16;

/** Parses `Map(LowCardinality(String), Array(UInt8))`; the few types that occur are remembered. */
function parseType(text: string, depth: number = 0): Type {
  const known = types.get(text);
  if (known !== undefined) return known;
  if (text.length > TYPE_CHARS_MAX || depth > TYPE_DEPTH_MAX) throw new Malformed('a type is too long');
  const open = text.indexOf('(');
  const name = open < 0 ? text : text.slice(0, open);
  const inner = open < 0 ? [] : splitArguments(text.slice(open + 1, -1));
  const composed = name === 'Array' || name === 'Map' || name === 'Nullable' || name === 'LowCardinality';
  const type: Type = {
    name,
    of: composed ? inner.map((one) => parseType(one, depth + 1)) : [],
    size: name === 'FixedString' ? parseSize(inner[0]) : 0,
  };
  if (types.size < TYPES_REMEMBERED_MAX) types.set(text, type);
  return type;
}

function parseSize(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,5}$/.test(text))
    throw new Malformed('strings of no possible length');
  return Number(text);
}

function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}

const DICTIONARY_VERSION = 1;
/** The dictionary's own keys follow, and no other dictionary is meant. */
const DICTIONARY_OWN_KEYS = 0x200;
const DICTIONARY_GLOBAL = 0x100;

/** What stands once in front of a column's values, for the types that have it. */
function readPrefix(input: Input, type: Type): void {
  if (type.name === 'LowCardinality') {
    if (input.word() !== DICTIONARY_VERSION) throw new Malformed('an unknown version of dictionaries');
    return;
  }
  for (const inner of type.of) readPrefix(input, inner);
}

function readValues(input: Input, type: Type, rows: number): NativeColumn {
  switch (type.name) {
    case 'String':
      return readStrings(input, rows);
    case 'FixedString': {
      const from = input.take(rows * type.size);
      return new FixedStrings(input.buffer.subarray(from, from + rows * type.size), type.size, rows);
    }
    case 'LowCardinality':
      return readDictionary(input, inside(type, 0), rows);
    case 'Array': {
      const ends = readEnds(input, rows);
      return { kind: 'array', rows, ends, values: readValues(input, inside(type, 0), ends[rows - 1] ?? 0) };
    }
    case 'Map': {
      const ends = readEnds(input, rows);
      const total = ends[rows - 1] ?? 0;
      const keys = readValues(input, inside(type, 0), total);
      if (keys.kind !== 'string') throw new Malformed('a map whose keys are no strings');
      return { kind: 'map', rows, ends, keys, values: readValues(input, inside(type, 1), total) };
    }
    case 'Nullable': {
      const absent = new Uint8Array(input.aligned(rows));
      return { kind: 'nullable', rows, absent, values: readValues(input, inside(type, 0), rows) };
    }
    case 'UInt64':
      return { kind: 'big', rows, values: new BigUint64Array(input.aligned(rows * 8)) };
    case 'Int64':
    case 'DateTime64':
      return { kind: 'big', rows, values: new BigInt64Array(input.aligned(rows * 8)) };
    default:
      return { kind: 'number', rows, values: readNumbers(input, type.name, rows) };
  }
}

function readNumbers(input: Input, name: string, rows: number): NumberColumn['values'] {
  switch (name) {
    case 'UInt8':
    case 'Bool':
      return new Uint8Array(input.aligned(rows));
    case 'Int8':
      return new Int8Array(input.aligned(rows));
    case 'UInt16':
      return new Uint16Array(input.aligned(rows * 2));
    case 'Int16':
      return new Int16Array(input.aligned(rows * 2));
    case 'UInt32':
    case 'DateTime':
      return new Uint32Array(input.aligned(rows * 4));
    case 'Int32':
      return new Int32Array(input.aligned(rows * 4));
    case 'Float32':
      return new Float32Array(input.aligned(rows * 4));
    case 'Float64':
      return new Float64Array(input.aligned(rows * 8));
    default:
      throw new Malformed(`the type ${name} is not known here`);
  }
}

function inside(type: Type, at: number): Type {
  const inner = type.of[at];
  if (inner === undefined) throw new Malformed(`the type ${type.name} is incomplete`);
  return inner;
}

function readStrings(input: Input, rows: number): StringColumn {
  const starts = new Uint32Array(rows);
  const ends = new Uint32Array(rows);
  const { buffer } = input;
  let at = input.at;
  for (let row = 0; row < rows; row++) {
    let size = buffer[at] ?? 256;
    if (size < 128) at++;
    else {
      input.at = at;
      size = input.varint();
      at = input.at;
    }
    starts[row] = at;
    at += size;
    if (at > buffer.length) throw new Malformed(`a string of ${size} bytes does not fit`);
    ends[row] = at;
  }
  input.at = at;
  return new RunOfStrings(buffer, starts, ends);
}

function readEnds(input: Input, rows: number): Uint32Array {
  const wide = new Uint32Array(input.aligned(rows * 8));
  const ends = new Uint32Array(rows);
  let before = 0;
  for (let row = 0; row < rows; row++) {
    const end = wide[row * 2] as number;
    if (wide[row * 2 + 1] !== 0 || end < before) throw new Malformed('the ends of arrays do not rise');
    ends[row] = end;
    before = end;
  }
  if (before > input.buffer.length * 8) throw new Malformed(`${before} elements cannot be in the block`);
  return ends;
}

/** Values as codes into a dictionary that stands in front of them; a column may have several such runs. */
function readDictionary(input: Input, type: Type, rows: number): StringColumn {
  if (type.name !== 'String' && type.name !== 'FixedString') {
    throw new Malformed(`low cardinality of ${type.name} is not known here`);
  }
  const flags = rows === 0 ? 0 : input.word();
  if (rows === 0) return new RunOfStrings(input.buffer, new Uint32Array(0), new Uint32Array(0));
  if ((flags & DICTIONARY_OWN_KEYS) === 0 || (flags & DICTIONARY_GLOBAL) !== 0) {
    throw new Malformed('a dictionary without its own keys');
  }
  const keys = readValues(input, type, input.count());
  const codes = readCodes(input, flags & 0xff, input.count());
  if (keys.kind !== 'string' || codes.length !== rows) throw new Malformed('a dictionary in several runs');
  for (const code of codes) if (code >= keys.rows) throw new Malformed('a code outside its dictionary');
  return new DictionaryStrings(keys, codes);
}

function readCodes(input: Input, width: number, rows: number): Uint8Array | Uint16Array | Uint32Array {
  switch (width) {
    case 0:
      return new Uint8Array(input.aligned(rows));
    case 1:
      return new Uint16Array(input.aligned(rows * 2));
    case 2:
      return new Uint32Array(input.aligned(rows * 4));
    default:
      throw new Malformed('a dictionary whose codes are too wide');
  }
}
