import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GROUP_DEPTH_MAX } from '../limits.ts';
import { ProtobufReader } from './protobuf-reader.ts';

function varint(...bytes: number[]): bigint | string {
  const reader = new ProtobufReader(Uint8Array.from(bytes));
  reader.varint(bytes.length);
  if (reader.fault !== '') return reader.fault;
  assert.equal(reader.at, bytes.length);
  return (BigInt(reader.high) << 32n) | BigInt(reader.low);
}

function skipped(...bytes: number[]): string {
  const reader = new ProtobufReader(Uint8Array.from(bytes));
  reader.skip(reader.tag(bytes.length), bytes.length);
  if (reader.fault === '') assert.equal(reader.at, bytes.length);
  return reader.fault;
}

test('varints of every length, minimal or not, keep all 64 bits', () => {
  assert.equal(varint(0), 0n);
  assert.equal(varint(127), 127n);
  assert.equal(varint(0x80, 0x00), 0n);
  assert.equal(varint(0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00), 1n);
  assert.equal(varint(0xff, 0xff, 0xff, 0xff, 0x0f), 0xffff_ffffn);
  assert.equal(varint(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), 2n ** 64n - 1n);
  // Bits beyond the 64th are dropped, as every protobuf library drops them.
  assert.equal(varint(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), 2n ** 64n - 1n);
  for (let bit = 0n; bit < 64n; bit++) {
    const bytes: number[] = [];
    let rest = 2n ** bit;
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    assert.equal(varint(...bytes, Number(rest)), 2n ** bit);
  }
});

test('a varint that does not end is a fault, not a loop', () => {
  assert.match(String(varint(...new Array(11).fill(0x80), 0)), /longer than 10 bytes/);
  assert.match(String(varint(0x80)), /runs past the end/);
  assert.match(String(varint()), /runs past the end/);
});

test('every wire type can be skipped, and nothing else', () => {
  assert.equal(skipped(0x08, 0x96, 0x01), '');
  assert.equal(skipped(0x09, 1, 2, 3, 4, 5, 6, 7, 8), '');
  assert.equal(skipped(0x0a, 3, 1, 2, 3), '');
  assert.equal(skipped(0x0d, 1, 2, 3, 4), '');
  assert.equal(skipped(0x0b, 0x08, 1, 0x13, 0x14, 0x0c), '');
  assert.match(skipped(0x0c), /never opened/);
  assert.match(skipped(0x0b, 0x14), /never opened/);
  assert.match(skipped(0x0b, 0x08, 1), /not closed/);
  assert.match(skipped(0x0e), /wire type 6/);
  assert.match(skipped(0x0f), /wire type 7/);
  assert.match(skipped(0x00, 0x00), /field number is 0/);
  assert.match(skipped(0x09, 1, 2), /fixed64 runs past/);
  assert.match(skipped(0x0d, 1, 2), /fixed32 runs past/);
  assert.match(skipped(0x0a, 4, 1, 2, 3), /length of 4 runs past/);
  assert.match(
    skipped(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 1),
    /length of \d+ runs past/,
  );
});

test('groups nest to a limit', () => {
  const nested = (depth: number): number[] => [
    ...new Array(depth).fill(0x0b),
    ...new Array(depth).fill(0x0c),
  ];
  assert.equal(skipped(...nested(GROUP_DEPTH_MAX)), '');
  assert.match(skipped(...nested(GROUP_DEPTH_MAX + 1)), /nested deeper/);
});

test('a known field with a wrong wire type is a fault, an unknown field is not', () => {
  const read = (...bytes: number[]): string => {
    const reader = new ProtobufReader(Uint8Array.from(bytes));
    reader.unknown(reader.tag(bytes.length), bytes.length, 0b10);
    return reader.fault;
  };
  assert.match(read(0x08, 1), /field 1 has wire type 0/);
  assert.equal(read(0x10, 1), '');
  assert.equal(read(0xf8, 0xff, 0xff, 0xff, 0x0f, 1), '');
  assert.match(read(0xf8, 0xff, 0xff, 0xff, 0x1f, 1), /field number is too large/);
});

test('after a fault every loop ends and the first fault stands', () => {
  const reader = new ProtobufReader(Uint8Array.of(0x0a, 9, 1));
  assert.equal(reader.tag(3), 0x0a);
  assert.equal(reader.stop(3), -1);
  const { fault, faultAt } = reader;
  assert.equal(faultAt, 1);
  assert.ok(!(reader.at < 3));
  reader.varint(3);
  reader.fixed64(3);
  assert.equal(reader.stop(3), -1);
  assert.deepEqual([reader.fault, reader.faultAt], [fault, faultAt]);
});

test('a view into a larger buffer is read from its own start', () => {
  const whole = Uint8Array.of(9, 9, 1, 0, 0, 0, 2, 0, 0, 0, 9);
  const reader = new ProtobufReader(whole.subarray(2, 10));
  reader.fixed64(8);
  assert.deepEqual([reader.low, reader.high], [1, 2]);
});
