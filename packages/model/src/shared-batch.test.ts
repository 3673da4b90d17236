import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedId } from './shared-batch.ts';

test('an id is the same in every process, wherever the bytes lie', () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, at) => at * 37);
  assert.equal(sharedId(1, bytes, 3, 21, 40, 47).key, '1:gm2v14:pg1gqe');
  const moved = new Uint8Array(100);
  moved.set(bytes.subarray(3, 21), 50);
  moved.set(bytes.subarray(40, 47), 11);
  assert.equal(sharedId(1, moved, 50, 68, 11, 18).key, sharedId(1, bytes, 3, 21, 40, 47).key);
});

test('among values that differ by little, each half collides no more than chance makes it', () => {
  const count = 200_000;
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  const expected = count ** 2 / 2 / 2 ** 32;
  for (const place of [0, 9, 20]) {
    const lows = new Set<number>();
    const highs = new Set<number>();
    bytes.fill(0);
    for (let value = 0; value < count; value++) {
      view.setUint32(place, value, true);
      const id = sharedId(1, bytes, 0, bytes.length, 0, 0);
      lows.add(id.low);
      highs.add(id.high);
    }
    assert.ok(count - lows.size < expected * 4, `${count - lows.size} of ${expected} low halves`);
    assert.ok(count - highs.size < expected * 4, `${count - highs.size} of ${expected} high halves`);
  }
});

test('every bit of a value changes half of the bits of its id', () => {
  const bytes = Uint8Array.from({ length: 23 }, (_, at) => at * 91);
  const before = sharedId(2, bytes, 0, 16, 16, 23);
  let changed = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    const after = sharedId(2, bytes, 0, 16, 16, 23);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    const bits = ones(before.low ^ after.low) + ones(before.high ^ after.high);
    assert.ok(bits > 12 && bits < 52, `bit ${bit} changes ${bits}`);
    changed += bits;
  }
  const mean = changed / (bytes.length * 8);
  assert.ok(mean > 30 && mean < 34, String(mean));
});

test('zeros at the end count, and so does where a value ends and its schema URL begins', () => {
  const zeros = new Uint8Array(16);
  const keys = new Set<string>();
  for (let to = 0; to <= 16; to++)
    for (let url = to; url <= 16; url++) keys.add(sharedId(1, zeros, 0, to, to, url).key);
  assert.equal(keys.size, (17 * 18) / 2);
});

function ones(value: number): number {
  let count = 0;
  for (let rest = value >>> 0; rest > 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}
