import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IntegerText, parseNumber } from './integer-text.ts';

function read(text: string, signed: boolean): bigint | undefined {
  const source = new TextEncoder().encode(`x${text}x`);
  const integer = new IntegerText();
  if (!integer.read(source, 1, source.length - 1, signed)) return undefined;
  const value = (BigInt(integer.high) << 32n) | BigInt(integer.low);
  return signed ? BigInt.asIntN(64, value) : value;
}

test('every digit of 64 bits is kept', () => {
  for (let bit = 0n; bit <= 64n; bit++) {
    for (const value of [2n ** bit - 1n, 2n ** bit, 2n ** bit + 1n]) {
      assert.equal(read(String(value), false), value < 2n ** 64n ? value : undefined);
      assert.equal(read(String(value), true), value < 2n ** 63n ? value : undefined);
      assert.equal(read(String(-value), true), value <= 2n ** 63n ? -value : undefined);
      assert.equal(read(String(-value), false), value === 0n ? 0n : undefined);
    }
  }
});

test('a number in another form counts when it is a whole one', () => {
  assert.equal(read('1e3', false), 1000n);
  assert.equal(read('-2.50e1', true), -25n);
  assert.equal(read('1.0', true), 1n);
  assert.equal(read('1.844674407370955161500e19', false), 2n ** 64n - 1n);
  assert.equal(read('90071992547409930e-1', false), 9007199254740993n);
  assert.equal(read('0e-5', false), 0n);
  assert.equal(read('0.00', true), 0n);
  for (const text of [
    '',
    '-',
    '1.5',
    'x',
    '0x10',
    '1e400',
    '1e30',
    '--1',
    '+1',
    ' 1',
    '1 ',
    '1_000',
    'NaN',
    '1e',
    '1.',
  ]) {
    assert.equal(read(text, true), undefined, text);
  }
  assert.equal(read('9'.repeat(5000), true), undefined);
});

test('numbers follow the grammar of JSON', () => {
  const parse = (text: string): number | undefined =>
    parseNumber(new TextEncoder().encode(text), 0, text.length);
  assert.equal(parse('-0'), -0);
  assert.equal(parse('1.5e-3'), 0.0015);
  for (const text of ['01', '.5', '5.', '1e', 'Infinity', '']) assert.equal(parse(text), undefined, text);
});
