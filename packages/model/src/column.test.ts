import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Column } from './column.ts';

test('values lie little-endian, and growth keeps what was there', () => {
  const column = new Column(0);
  column.u8(1);
  column.u16(0x0302);
  column.u32(0x07060504);
  column.u64(0x0b0a0908, 0x0f0e0d0c);
  assert.deepEqual([...column.used()], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  for (let at = 0; at < 5000; at++) column.u8(at);
  assert.equal(column.length, 5015);
  assert.deepEqual([...column.used().subarray(13, 17)], [14, 15, 0, 1]);
});

test('counts beyond 32 bits and floats keep their bits', () => {
  const column = new Column(0);
  column.count(2 ** 53 - 1);
  column.f32(1.5);
  const view = new DataView(column.bytes.buffer);
  assert.equal(view.getBigUint64(0, true), 2n ** 53n - 1n);
  assert.equal(view.getFloat32(8, true), 1.5);
});

test('strings of every length carry their length as a varint', () => {
  for (const size of [0, 1, 23, 24, 25, 64, 127, 128, 129, 16_383, 16_384, 100_000]) {
    const source = Uint8Array.from({ length: size + 2 }, (_, at) => at & 255);
    const column = new Column(0);
    column.u8(0xee);
    column.string(source, 1, size + 1);
    column.raw(source, 1, size + 1);
    column.u8(0xee);
    const length: number[] = [];
    for (let rest = size; ; rest >>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    const body = source.subarray(1, size + 1);
    assert.deepEqual(
      Buffer.from(column.used()),
      Buffer.concat([Buffer.from([0xee, ...length]), body, body, Buffer.of(0xee)]),
    );
  }
});

test('text is UTF-8 with its length in bytes', () => {
  const column = new Column(0);
  column.text('');
  column.text('é☃');
  assert.deepEqual([...column.used()], [0, 5, 0xc3, 0xa9, 0xe2, 0x98, 0x83]);
});

test('truncated bytes are written over, and zeros are zeros even there', () => {
  const column = new Column(0);
  column.u32(0xffff_ffff);
  column.truncate(1);
  column.zeros(2);
  column.u8(7);
  assert.deepEqual([...column.used()], [255, 0, 0, 7]);
});

test('a value without room is left out and told, and going back makes the column whole again', () => {
  const source = new Uint8Array(64).fill(7);
  const appends: ((column: Column) => void)[] = [
    (column) => column.u8(1),
    (column) => column.u16(1),
    (column) => column.u32(1),
    (column) => column.u64(1, 1),
    (column) => column.count(1),
    (column) => column.f32(1),
    (column) => column.varint(1),
    (column) => column.raw(source, 0, 64),
    (column) => column.string(source, 0, 64),
    (column) => column.zeros(3),
    (column) => column.text('text'),
  ];
  for (const append of appends) {
    const column = new Column(4, 16);
    for (let at = 0; at < 16; at++) column.u8(at);
    assert.equal(column.overflowed, false);
    append(column);
    assert.deepEqual([column.overflowed, column.length], [true, 16]);
    column.truncate(2);
    column.raw(source, 0, 14);
    assert.equal(column.overflowed, true, 'an abandoned row does not hide that an earlier one is damaged');
    column.restore(2);
    column.u8(9);
    assert.deepEqual([column.overflowed, ...column.used()], [false, 0, 1, 9]);
  }
});

test('memory that the engine refuses is an overflow, not an exception', () => {
  const column = new Column(4, Number.MAX_SAFE_INTEGER);
  assert.equal(column.reserve(2 ** 52), false);
  assert.equal(column.overflowed, true);
  column.reset();
  column.u8(1);
  assert.deepEqual([column.overflowed, ...column.used()], [false, 1]);
});

test('a large buffer is kept while it is used, and given back after a while without use', () => {
  const column = new Column();
  const source = new Uint8Array(5 << 20);
  for (let round = 0; round < 40; round++) {
    column.raw(source, 0, source.length);
    column.reset();
  }
  const large = column.bytes.length;
  assert.ok(large >= source.length);
  column.u8(1);
  column.reset();
  assert.equal(column.bytes.length, large);
  for (let round = 0; round < 40; round++) column.reset();
  assert.ok(column.bytes.length < 1 << 20);
  column.u8(5);
  assert.deepEqual([...column.used()], [5]);
});

test('strings copied by words are the same bytes, wherever they lie', () => {
  const bytes = Uint8Array.from({ length: 700 }, (_, at) => (at * 7) & 255);
  const source = new DataView(bytes.buffer, 3, 600);
  for (const size of [0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 127, 128, 129, 400]) {
    for (const from of [0, 1, 2, 3]) {
      const expected = new Column(0);
      const column = new Column(0);
      for (const each of [expected, column]) each.u8(1);
      expected.string(bytes, 3 + from, 3 + from + size);
      expected.raw(bytes, 3 + from, 3 + from + 8);
      column.copyString(source, from, from + size);
      column.copy8(source, from);
      assert.deepEqual(column.used(), expected.used(), `${size} bytes from ${from}`);
    }
  }
});

test('a pattern is repeated whole, however often', () => {
  for (const width of [1, 2, 8, 9, 100]) {
    const pattern = Uint8Array.from({ length: width }, (_, at) => at + 1);
    for (const times of [0, 1, 2, 7, 64, 65, 1000]) {
      const column = new Column(0);
      column.u8(255);
      column.repeat(pattern, times);
      column.u8(254);
      const expected = [255, ...Array.from({ length: times }, () => [...pattern]).flat(), 254];
      assert.deepEqual([...column.used()], expected);
    }
  }
});
