/** The decoder against what the engine really writes, and against bytes that nothing wrote. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createEmbeddedEngine } from '../engine/embedded.ts';
import type { Engine } from '../engine/engine.ts';
import { Random } from '../testing/random.ts';
import { expectOk } from '../testing/store.ts';
import type { NativeColumn } from './column.ts';
import { decodeNative, decodeNativeBlocks } from './decode.ts';
import type { NativeBlock } from './native-block.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracewright-native-'));
let engine: Engine;
before(async () => {
  engine = createEmbeddedEngine({ path: folder });
  expectOk(await engine.start());
});
after(async () => {
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(sql: string): Promise<Uint8Array[]> {
  return [...expectOk(await engine.query({ sql, class: 'scan', deadlineMs: 20_000 })).blocks];
}

/** A value of a column as plain JavaScript. */
function valueAt(column: NativeColumn, row: number): unknown {
  switch (column.kind) {
    case 'string':
      return column.text(row);
    case 'number':
    case 'big':
      return column.values[row];
    case 'nullable':
      return column.absent[row] === 1 ? undefined : valueAt(column.values, row);
    case 'array':
    case 'map': {
      const from = row === 0 ? 0 : (column.ends[row - 1] ?? 0);
      const to = column.ends[row] ?? 0;
      return Array.from({ length: to - from }, (_, at) =>
        column.kind === 'array'
          ? valueAt(column.values, from + at)
          : [column.keys.text(from + at), valueAt(column.values, from + at)],
      );
    }
  }
}

async function values(expression: string, from: string = 'system.one'): Promise<unknown[]> {
  const blocks = expectOk(decodeNativeBlocks(await ask(`SELECT ${expression} AS x FROM ${from}`)));
  return blocks.flatMap((block) =>
    Array.from({ length: block.rows }, (_, row) => valueAt(block.column('x'), row)),
  );
}

const cases: readonly (readonly [string, unknown])[] = [
  ['toUInt8(255)', 255],
  ['toInt8(-128)', -128],
  ['toUInt16(65535)', 65535],
  ['toInt16(-32768)', -32768],
  ['toUInt32(4294967295)', 4294967295],
  ['toInt32(-2147483648)', -2147483648],
  ['toUInt64(18446744073709551615)', 2n ** 64n - 1n],
  ["toInt64('-9223372036854775808')", -(2n ** 63n)],
  ['toFloat32(1.5)', 1.5],
  ['toFloat64(-1.5e-300)', -1.5e-300],
  ['nan', Number.NaN],
  ['true', 1],
  ["''", ''],
  ["'Grüße \\0 🎉'", 'Grüße \0 🎉'],
  ["repeat('x', 100000)", 'x'.repeat(100_000)],
  ["toFixedString('ab', 4)", 'ab\0\0'],
  ['toNullable(toUInt8(3))', 3],
  ["CAST(NULL, 'Nullable(String)')", undefined],
  ['[1, 2, 3]', [1, 2, 3]],
  ["CAST([], 'Array(String)')", []],
  ['[[toUInt64(1)], [], [2, 3]]', [[1n], [], [2n, 3n]]],
  ["toLowCardinality('a')", 'a'],
  ["toLowCardinality('')", ''],
  ["[toLowCardinality('a'), 'b', 'a']", ['a', 'b', 'a']],
  ["CAST([], 'Array(LowCardinality(String))')", []],
  [
    "map('k', toInt64(5), 'k', 6)",
    [
      ['k', 5n],
      ['k', 6n],
    ],
  ],
  ["CAST(map('k', 'v'), 'Map(LowCardinality(String), LowCardinality(String))')", [['k', 'v']]],
  ["CAST(map(), 'Map(LowCardinality(String), LowCardinality(String))')", []],
  ["CAST(map('k', ['v', 'w']), 'Map(String, Array(LowCardinality(String)))')", [['k', ['v', 'w']]]],
];

for (const [expression, expected] of cases) {
  test(expression.slice(0, 60), async () => {
    assert.deepEqual(await values(expression), [expected]);
  });
}

test('many rows over many blocks, with dictionaries of each width', async () => {
  for (const distinct of [3, 1000, 100_000]) {
    const read = await values(`toLowCardinality(toString(number % ${distinct}))`, 'numbers(200000)');
    assert.equal(read.length, 200_000);
    assert.ok(read.every((text, at) => text === String(at % distinct)));
  }
  const maps = await values(
    "CAST(if(number % 3 = 0, map(), map(toString(number % 7), number)), 'Map(LowCardinality(String), UInt64)')",
    'numbers(100000)',
  );
  assert.ok(
    maps.every(
      (map, at) =>
        JSON.stringify(map, toPlain) === JSON.stringify(at % 3 === 0 ? [] : [[String(at % 7), at]]),
    ),
  );
});

function toPlain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

test('an answer without rows has no blocks', async () => {
  assert.deepEqual(await values('1', 'system.one WHERE 0'), []);
  assert.deepEqual(expectOk(decodeNative(new Uint8Array(0))), []);
});

test('bytes that are cut or changed are a failure, never an exception or a flood', async () => {
  const chunks =
    await ask(`SELECT number AS n, toString(number) AS s, toLowCardinality(toString(number % 5)) AS l,
CAST(map('k', s), 'Map(LowCardinality(String), String)') AS m, [n, n] AS a, toFixedString('abcd', 4) AS f FROM numbers(50)`);
  const whole = new Uint8Array(Buffer.concat(chunks));
  assert.ok(decodeNative(whole).ok);
  for (let size = 1; size < whole.length; size++) {
    const cut = decodeNative(whole.slice(0, size));
    assert.ok(!cut.ok, `cut after ${size} of ${whole.length} bytes`);
    assert.equal(cut.failure.code, 'internal');
  }
  const random = new Random(1);
  for (let round = 0; round < 3000; round++) {
    const changed = whole.slice();
    for (let n = 0; n < 1 + random.below(4); n++) changed[random.below(changed.length)] = random.below(256);
    const decoded = decodeNative(changed);
    if (decoded.ok) for (const block of decoded.value) touch(block);
  }
});

/** Reads everything that a block seems to hold. */
function touch(block: NativeBlock): void {
  for (const name of block.names()) {
    for (let row = 0; row < Math.min(block.rows, 50); row++) valueAt(block.column(name), row);
  }
}
