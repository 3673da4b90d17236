import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtobufReader } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

test('a nested message gets its length whatever number of bytes that takes', () => {
  for (const size of [0, 1, 120, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
    const writer = new ProtobufWriter();
    const outer = writer.open(1);
    const inner = writer.open(2);
    writer.raw(new Uint8Array(size).fill(7));
    writer.close(inner);
    writer.unsigned(3, 5);
    writer.close(outer);
    writer.unsigned(4, 6);
    const bytes = writer.finish();
    const reader = new ProtobufReader(bytes);
    assert.equal(reader.tag(bytes.length), 0x0a);
    const outerStop = reader.stop(bytes.length);
    assert.equal(reader.tag(outerStop), 0x12);
    const innerStop = reader.stop(outerStop);
    assert.equal(innerStop - reader.at, size);
    assert.ok(bytes.subarray(reader.at, innerStop).every((byte) => byte === 7));
    reader.at = innerStop;
    assert.equal(reader.tag(outerStop), 0x18);
    reader.varint(outerStop);
    assert.deepEqual([reader.low, reader.at], [5, outerStop]);
    assert.equal(reader.tag(bytes.length), 0x20);
    reader.varint(bytes.length);
    assert.deepEqual([reader.low, reader.at], [6, bytes.length]);
  }
});

test('64-bit numbers come out as they went in, as bigints and as halves', () => {
  const numbers = [
    0n,
    1n,
    127n,
    128n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    -1n,
    -(2n ** 63n),
  ];
  for (const number of numbers) {
    const unsigned = BigInt.asUintN(64, number);
    const low = Number(unsigned & 0xffff_ffffn);
    const high = Number(unsigned >> 32n);
    const whole = new ProtobufWriter();
    whole.int64(1, number);
    whole.fixed64(2, number);
    const halves = new ProtobufWriter();
    halves.varint64(1, low, high);
    halves.fixed64Halves(2, low, high);
    assert.deepEqual(halves.finish(), whole.finish());
    const bytes = whole.finish();
    const reader = new ProtobufReader(bytes);
    reader.tag(bytes.length);
    reader.varint(bytes.length);
    assert.deepEqual([reader.low, reader.high], [low, high]);
    reader.tag(bytes.length);
    reader.fixed64(bytes.length);
    assert.deepEqual([reader.low, reader.high], [low, high]);
  }
});

test('a negative int32 takes ten bytes and a double keeps its bits', () => {
  const writer = new ProtobufWriter();
  writer.int32(1, -1);
  writer.double(2, -0);
  writer.fixed32(3, 0xffff_fffe);
  writer.string(4, 'é');
  assert.deepEqual(
    [...writer.finish()],
    [
      0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0x11, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x1d, 254, 255,
      255, 255, 0x22, 2, 0xc3, 0xa9,
    ],
  );
});
