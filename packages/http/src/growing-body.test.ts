import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget } from './byte-budget.ts';
import { GrowingBody } from './growing-body.ts';
import { BODY_FIRST_BYTES, BODY_FIRST_BYTES_SCARCE } from './limits.ts';

function bodyOf(claimed: number | undefined, budget?: ByteBudget, bytesMax: number = 2 ** 30): GrowingBody {
  return new GrowingBody({ claimed, bytesMax, budget, remoteAddress: '10.0.0.1' });
}

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 255);
}

test('a body of any size, claimed or not, comes out as it went in and owns its buffer', () => {
  for (const size of [1, 1000, 65_536, BODY_FIRST_BYTES, BODY_FIRST_BYTES + 1, 3 * BODY_FIRST_BYTES + 7])
    for (const claimed of [size, undefined]) {
      const body = bodyOf(claimed);
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
  const body = bodyOf(1024 * BODY_FIRST_BYTES, budget);
  body.append(new Uint8Array(1));
  assert.equal(budget.taken, BODY_FIRST_BYTES);
  body.append(new Uint8Array(BODY_FIRST_BYTES));
  assert.equal(budget.taken, 2 * BODY_FIRST_BYTES);
  body.release();
  assert.equal(budget.taken, 0);
});

test('once memory is not plenty, a claim gets little, and what is held stays below twice what came', () => {
  const budget = new ByteBudget(64 * BODY_FIRST_BYTES);
  assert.ok(budget.open('10.0.0.2').hold(16 * BODY_FIRST_BYTES));
  const before = budget.taken;
  const body = bodyOf(64 * BODY_FIRST_BYTES, budget);
  for (let came = 1000; came < BODY_FIRST_BYTES; came += 1000) {
    assert.ok(body.append(new Uint8Array(1000)));
    assert.ok(budget.taken - before <= Math.max(BODY_FIRST_BYTES_SCARCE, 2 * came));
  }
});

test('a body of unknown length never holds more than the largest may', () => {
  const budget = new ByteBudget(Number.MAX_SAFE_INTEGER);
  const body = bodyOf(undefined, budget, 100_000);
  for (let at = 0; at < 10; at++) assert.ok(body.append(new Uint8Array(10_000)));
  assert.equal(budget.taken, 100_000);
});

test('a budget that is used up refuses and takes nothing', () => {
  const budget = new ByteBudget(1500);
  const first = bodyOf(800, budget);
  const second = bodyOf(800, budget);
  assert.ok(first.append(new Uint8Array(10)));
  assert.equal(second.append(new Uint8Array(10)), false);
  assert.equal(second.length, 0);
  second.release();
  assert.equal(budget.taken, 800);
  first.release();
  assert.equal(budget.taken, 0);
});
