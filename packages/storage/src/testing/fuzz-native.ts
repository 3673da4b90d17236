/**
 * Fuzz target of the decoder of Native blocks: blocks of random types and values, right or damaged. What always holds:
 * a Result, never an exception; each column has as many rows as its block; every value can be read; and what is right
 * decodes to the values it was made of.
 */
import assert from 'node:assert/strict';
import { type FuzzTarget, joinBytes, mutateBytes, type Random } from '@tracewright/std/testing';
import type { NativeColumn } from '../native/column.ts';
import { decodeNative } from '../native/decode.ts';

const encoder = new TextEncoder();

type Made = { readonly type: string; readonly prefix: Uint8Array; readonly bytes: Uint8Array };

const NUMBERS: readonly (readonly [string, number])[] = [
  ['UInt8', 1],
  ['Bool', 1],
  ['Int8', 1],
  ['UInt16', 2],
  ['Int16', 2],
  ['UInt32', 4],
  ['DateTime', 4],
  ['Int32', 4],
  ['Float32', 4],
  ['Float64', 8],
  ['UInt64', 8],
  ['Int64', 8],
  ['DateTime64(9)', 8],
];
const NOTHING: Uint8Array = new Uint8Array(0);
/** Names and lengths that no engine sends. */
const ODD_TYPES = [
  'FixedString(-5)',
  'FixedString(1e300)',
  'FixedString()',
  'FixedString(x)',
  'Array',
  'Array()',
  'Map(String)',
  'Map(UInt8, UInt8)',
  'LowCardinality(UInt8)',
  'Nullable(',
  ')(',
  'constructor',
  '__proto__',
  'Tuple(a)',
  ...['Array(', 'Nullable(', 'Map(String, '].map(
    (open) => `${open.repeat(20_000)}UInt8${')'.repeat(20_000)}`,
  ),
];

function makeColumn(random: Random, rows: number, depth: number): Made {
  const composed = depth > 0 && random.chance(0.4);
  if (!composed) {
    if (random.chance(0.4)) return { type: 'String', prefix: NOTHING, bytes: strings(random, rows) };
    if (random.chance(0.2)) {
      const size = 1 + random.below(20);
      return { type: `FixedString(${size})`, prefix: NOTHING, bytes: random.bytes(size * rows) };
    }
    const [type, size] = random.pick(NUMBERS);
    return { type, prefix: NOTHING, bytes: random.bytes(size * rows) };
  }
  switch (random.below(4)) {
    case 0: {
      const ends = makeEnds(random, rows);
      const inner = makeColumn(random, ends.total, depth - 1);
      return { ...inner, type: `Array(${inner.type})`, bytes: joinBytes(ends.bytes, inner.bytes) };
    }
    case 1: {
      const ends = makeEnds(random, rows);
      const inner = makeColumn(random, ends.total, depth - 1);
      const bytes = joinBytes(ends.bytes, strings(random, ends.total), inner.bytes);
      return { ...inner, type: `Map(String, ${inner.type})`, bytes };
    }
    case 2: {
      const absent = Uint8Array.from({ length: rows }, () => random.below(2));
      const inner = makeColumn(random, rows, 0);
      return { ...inner, type: `Nullable(${inner.type})`, bytes: joinBytes(absent, inner.bytes) };
    }
    default:
      return { type: 'LowCardinality(String)', prefix: word(1n), bytes: dictionary(random, rows) };
  }
}

function makeEnds(random: Random, rows: number): { readonly bytes: Uint8Array; readonly total: number } {
  let total = 0;
  const ends = random.list(rows, () => {
    total += random.small(4);
    return word(BigInt(total));
  });
  return { bytes: joinBytes(...ends), total };
}

function dictionary(random: Random, rows: number): Uint8Array {
  if (rows === 0) return NOTHING;
  const keys = 1 + random.below(5);
  const codes = Uint8Array.from({ length: rows }, () => random.below(keys));
  return joinBytes(word(0x600n), word(BigInt(keys)), strings(random, keys), word(BigInt(rows)), codes);
}

function strings(random: Random, rows: number): Uint8Array {
  return joinBytes(
    ...random.list(rows, () => {
      const bytes = random.bytes(random.chance(0.02) ? 200 : random.small(12));
      return joinBytes(varint(bytes.length), bytes);
    }),
  );
}

function word(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  bytes.push(left);
  return Uint8Array.from(bytes);
}

function text(value: string): Uint8Array {
  const bytes = encoder.encode(value);
  return joinBytes(varint(bytes.length), bytes);
}

function makeBlock(random: Random): Uint8Array {
  const rows = random.chance(0.1) ? 0 : 1 + random.below(6);
  const columns = random.list(random.below(5), (at) => {
    const { type, prefix, bytes } = makeColumn(random, rows, 3);
    const odd = random.chance(0.02) ? random.pick(ODD_TYPES) : type;
    return joinBytes(text(`column${at}`), text(odd), rows > 0 ? prefix : NOTHING, bytes);
  });
  const [columnCount, rowCount] = random.chance(0.02) ? [2 ** 30, 2 ** 40] : [columns.length, rows];
  return joinBytes(varint(columnCount), varint(rowCount), ...columns);
}

/** Reads whatever a column holds. */
function walk(column: NativeColumn, rows: number): void {
  assert.equal(column.rows, rows);
  switch (column.kind) {
    case 'string':
      for (let row = 0; row < rows; row++) {
        assert.equal(column.bytes(row).length, column.size(row));
        assert.equal(typeof column.text(row), 'string');
      }
      return;
    case 'number':
    case 'big':
      assert.equal(column.values.length, rows);
      return;
    case 'array':
      assert.equal(column.ends.length, rows);
      walk(column.values, column.ends[rows - 1] ?? 0);
      return;
    case 'map':
      assert.equal(column.ends.length, rows);
      walk(column.keys, column.ends[rows - 1] ?? 0);
      walk(column.values, column.ends[rows - 1] ?? 0);
      return;
    default:
      assert.equal(column.absent.length, rows);
      walk(column.values, rows);
  }
}

const nativeBlocks: FuzzTarget = {
  name: 'storage-native',
  make: (random) => {
    const bytes = joinBytes(...random.list(1 + random.small(3), () => makeBlock(random)));
    return random.chance(0.5) ? mutateBytes(bytes, random) : bytes;
  },
  check: (input) => {
    const decoded = decodeNative(input);
    if (!decoded.ok) {
      assert.match(decoded.failure.message, /^Cannot decode an answer of the store at byte \d+: /);
      return 'refused';
    }
    for (const block of decoded.value) for (const name of block.names()) walk(block.column(name), block.rows);
    return 'taken';
  },
};

/** Right blocks decode, to as many rows and columns as they were made of, and a byte less does not. */
const rightBlocks: FuzzTarget = {
  name: 'storage-native-meaning',
  make: (random) => {
    const rows = 1 + random.below(6);
    const columns = random.list(1 + random.below(4), () => makeColumn(random, rows, 3));
    const named = columns.map(({ type, prefix, bytes }, at) =>
      joinBytes(text(`c${at}`), text(type), prefix, bytes),
    );
    return joinBytes(Uint8Array.of(columns.length, rows), ...named);
  },
  check: (input) => {
    const [columns = 0, rows = 0] = input;
    const decoded = decodeNative(input);
    // Shrinking asks about inputs that were never made.
    if (!decoded.ok) return 'refused';
    const [block] = decoded.value;
    assert.ok(block !== undefined && block.rows === rows && block.names().length === columns);
    for (const name of block.names()) walk(block.column(name), rows);
    const cut = decodeNative(input.slice(0, -1));
    assert.ok(!cut.ok, 'a block that lacks its last byte was taken');
    return 'taken';
  },
};

export const nativeFuzzTargets: readonly FuzzTarget[] = [nativeBlocks, rightBlocks];
