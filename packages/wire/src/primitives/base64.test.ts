import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBase64, encodeBase64 } from './base64.ts';

function decode(text: string): Uint8Array | undefined {
  const source = new TextEncoder().encode(`<${text}>`);
  return decodeBase64(source, 1, source.length - 1);
}

test('base64 agrees with another implementation, in both alphabets, padded or not', () => {
  for (let size = 0; size < 70; size++) {
    const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 89 + size * 31) & 255);
    const text = Buffer.from(bytes).toString('base64');
    assert.equal(encodeBase64(bytes), text);
    assert.deepEqual(decode(text), bytes);
    assert.deepEqual(decode(text.replaceAll('=', '')), bytes);
    assert.deepEqual(decode(Buffer.from(bytes).toString('base64url')), bytes);
  }
});

test('what is not base64 is told apart', () => {
  for (const text of [
    'A',
    'AAAAA',
    '=',
    '====',
    'A=',
    'A===',
    'AA=',
    'AAA==',
    '=AAA',
    'AA=A',
    'AA A',
    'AA\n=',
    'äAAA',
    'AA*A',
  ]) {
    assert.equal(decode(text), undefined, text);
  }
});
