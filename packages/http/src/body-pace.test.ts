import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyPace } from './body-pace.ts';
import { ByteBudget } from './byte-budget.ts';
import { PACE_BYTES_PER_SECOND, PACE_WINDOW_MS, SMALL_BODY_BYTES } from './limits.ts';

const SECOND_MS = 1_000;

/** After how many seconds a body is cut off that holds `held` bytes and gets so many a second; undefined for never. */
function cutOff(held: number, bytesPerSecond: number, others: number = 0): number | undefined {
  const budget = new ByteBudget(16 * SMALL_BODY_BYTES);
  const account = budget.open('10.0.0.1');
  assert.ok(account.hold(held));
  for (const remote of ['10.0.0.2', '10.0.0.3']) assert.ok(budget.open(remote).hold(others / 2));
  const pace = new BodyPace(0);
  for (let second = 1; second <= 60; second++) {
    pace.arrived(bytesPerSecond);
    if (pace.isTooSlow(second * SECOND_MS, SECOND_MS, account, budget)) return second;
  }
  return undefined;
}

test('a large body that comes too slowly is cut off, a fast enough one never', () => {
  assert.equal(cutOff(SMALL_BODY_BYTES + 1, PACE_BYTES_PER_SECOND - 1), PACE_WINDOW_MS / SECOND_MS);
  assert.equal(cutOff(SMALL_BODY_BYTES + 1, PACE_BYTES_PER_SECOND), undefined);
});

test('a small body may come slowly until memory is tight', () => {
  assert.equal(cutOff(SMALL_BODY_BYTES, 100), undefined);
  assert.equal(cutOff(SMALL_BODY_BYTES, 100, 10 * SMALL_BODY_BYTES), PACE_WINDOW_MS / SECOND_MS);
  assert.equal(cutOff(SMALL_BODY_BYTES, PACE_BYTES_PER_SECOND, 10 * SMALL_BODY_BYTES), undefined);
});

test('what holds nothing harms nobody', () => {
  assert.equal(cutOff(0, 0, 10 * SMALL_BODY_BYTES), undefined);
});

test('time in which this program was busy is not held against the sender', () => {
  const budget = new ByteBudget(16 * SMALL_BODY_BYTES);
  const account = budget.open('10.0.0.1');
  account.hold(2 * SMALL_BODY_BYTES);
  const pace = new BodyPace(0);
  assert.equal(pace.isTooSlow(10 * PACE_WINDOW_MS, SECOND_MS, account, budget), false);
});

test('a fast start does not earn a long silence', () => {
  const budget = new ByteBudget(64 * SMALL_BODY_BYTES);
  const account = budget.open('10.0.0.1');
  account.hold(16 * SMALL_BODY_BYTES);
  const pace = new BodyPace(0);
  pace.arrived(16 * SMALL_BODY_BYTES);
  let cut = 0;
  for (let second = 1; cut === 0; second++)
    if (pace.isTooSlow(second * SECOND_MS, SECOND_MS, account, budget)) cut = second;
  assert.equal(cut, (2 * PACE_WINDOW_MS) / SECOND_MS);
});
