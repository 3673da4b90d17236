import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeValue } from '@tracewright/model';
import { VALUE_DEPTH_MAX } from '../limits.ts';
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';
import { message, type Write } from '../testing/span-message.ts';
import { decodeAnyValue } from './decode-value.ts';

function value(...writes: readonly Write[]): AttributeValue {
  const writer = new ProtobufWriter();
  for (const write of writes) write(writer);
  return decodeAnyValue(writer.finish());
}

const array =
  (...entries: readonly Write[]): Write =>
  (writer) =>
    message(writer, 5, () => {
      for (const entry of entries) message(writer, 1, entry);
    });
const map =
  (key: string, entry: Write): Write =>
  (writer) =>
    message(writer, 6, () =>
      message(writer, 1, () => {
        writer.string(1, key);
        message(writer, 2, entry);
      }),
    );
const text =
  (words: string): Write =>
  (writer) =>
    writer.string(1, words);

test('pieces of an array or a map are joined, and the last kind of value counts', () => {
  const a = { type: 'string', value: 'a' };
  const b = { type: 'string', value: 'b' };
  assert.deepEqual(value(array(text('a')), array(), array(text('b'))), { type: 'array', value: [a, b] });
  assert.deepEqual(value(map('k', text('a')), map('k', text('b'))), {
    type: 'map',
    value: [
      { key: 'k', value: a },
      { key: 'k', value: b },
    ],
  });
  assert.deepEqual(value(array(text('a')), map('k', text('b'))), {
    type: 'map',
    value: [{ key: 'k', value: b }],
  });
  assert.deepEqual(value(array(text('a')), text('b')), b);
  assert.deepEqual(value(text('b'), array(array(text('a')))), {
    type: 'array',
    value: [{ type: 'array', value: [a] }],
  });
  assert.deepEqual(value(array()), { type: 'array', value: [] });
});

test('numbers, booleans and bytes read as they were written, at every place', () => {
  const entries: [Write, AttributeValue][] = [
    [(writer) => writer.int64(3, -(2n ** 63n)), { type: 'int', value: -(2n ** 63n) }],
    [(writer) => writer.double(4, -0), { type: 'double', value: -0 }],
    [(writer) => writer.unsigned(2, 1), { type: 'bool', value: true }],
    [(writer) => writer.unsigned(2, 0), { type: 'bool', value: false }],
    [(writer) => writer.bytes(7, Uint8Array.of(1, 2)), { type: 'bytes', value: Uint8Array.of(1, 2) }],
    [() => {}, { type: 'empty' }],
  ];
  for (const [write, expected] of entries) assert.deepEqual(value(write), expected);
  assert.deepEqual(value(array(...entries.map(([write]) => write))), {
    type: 'array',
    value: entries.map(([, expected]) => expected),
  });
});

test('an array or a map in very many pieces takes no longer than in one', () => {
  const pieces = 1_000_000;
  for (const [tag, type] of [
    [0x2a, 'array'],
    [0x32, 'map'],
  ] as const) {
    const bytes = new Uint8Array(pieces * 4);
    for (let at = 0; at < bytes.length; at += 4) bytes.set([tag, 2, 0x0a, 0], at);
    const decoded = decodeAnyValue(bytes);
    assert.equal(decoded.type, type);
    assert.equal(Array.isArray(decoded.value) && decoded.value.length, pieces);
  }
});

test('what lies deeper than the limit reads as empty', () => {
  let write: Write = text('deep');
  for (let depth = 0; depth < VALUE_DEPTH_MAX + 5; depth++) write = array(write);
  let decoded = value(write);
  let depth = 0;
  while (decoded.type === 'array' && decoded.value[0] !== undefined) {
    decoded = decoded.value[0];
    depth++;
  }
  assert.deepEqual([decoded, depth], [{ type: 'empty' }, VALUE_DEPTH_MAX + 1]);
});
