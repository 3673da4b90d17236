import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget } from './byte-budget.ts';
import { GrowingBody } from './growing-body.ts';
import { BODY_FIRST_BYTES } from './limits.ts';

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 255);
}

test('a body of any size, claimed or not, comes out as it went in and owns its buffer', () => {
  for (const size of [1, 1000, 65_536, BODY_FIRST_BYTES, BODY_FIRST_BYTES + 1, 3 * BODY_FIRST_BYTES + 7])
    for (const claimed of [size, undefined]) {
      const body = new GrowingBody(claimed, undefined);
      const whole = pattern(size, size);
      for (let at = 0; at < size; at += 40_000) assert.ok(body.append(whole.subarray(at, at + 40_000)));
      assert.equal(body.length, size);
      const bytes = body.finish();
      assert.equal(bytes.byteOffset, 0);
      assert.equal(bytes.buffer.byteLength, size);
      assert.ok(Buffer.from(bytes).equals(whole));
    }
});

test('memory follows what has come, not what is claimed', () => {
  const budget = new ByteBudget(Number.MAX_SAFE_INTEGER);
  const body = new GrowingBody(1024 * BODY_FIRST_BYTES, budget);
  body.append(new Uint8Array(1));
  assert.equal(budget.taken, BODY_FIRST_BYTES);
  body.append(new Uint8Array(BODY_FIRST_BYTES));
  assert.equal(budget.taken, 4 * BODY_FIRST_BYTES);
  body.release();
  assert.equal(budget.taken, 0);
});

test('a budget that is used up refuses and takes nothing', () => {
  const budget = new ByteBudget(1500);
  const first = new GrowingBody(1000, budget);
  const second = new GrowingBody(1000, budget);
  assert.ok(first.append(new Uint8Array(10)));
  assert.equal(second.append(new Uint8Array(10)), false);
  assert.equal(second.length, 0);
  second.release();
  assert.equal(budget.taken, 1000);
  first.release();
  assert.equal(budget.taken, 0);
});
