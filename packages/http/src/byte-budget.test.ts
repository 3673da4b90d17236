import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BodyAccount, ByteBudget } from './byte-budget.ts';
import { SMALL_BODY_BYTES } from './limits.ts';

const MAX = 64 * SMALL_BODY_BYTES;

function fill(budget: ByteBudget, remote: string, bytes: number): BodyAccount[] {
  const accounts: BodyAccount[] = [];
  for (;;) {
    const account = budget.open(remote);
    if (!account.hold(bytes)) return accounts;
    accounts.push(account);
  }
}

test('large bodies of one address get half, and those of two leave the reserve to small ones', () => {
  const budget = new ByteBudget(MAX);
  fill(budget, '10.0.0.1', 2 * SMALL_BODY_BYTES);
  assert.equal(budget.taken, MAX / 2);
  assert.ok(budget.open('10.0.0.1').hold(1000), 'a small body of the same address');
  fill(budget, '10.0.0.2', 2 * SMALL_BODY_BYTES);
  assert.ok(budget.taken <= (MAX * 7) / 8);
  assert.equal(budget.open('10.0.0.3').hold(2 * SMALL_BODY_BYTES), false);
  assert.ok(budget.open('10.0.0.3').hold(SMALL_BODY_BYTES));
});

test('small bodies of one address cannot take the reserve from others', () => {
  const budget = new ByteBudget(MAX);
  for (const remote of ['10.0.0.1', '::ffff:10.0.0.1']) {
    fill(budget, remote, SMALL_BODY_BYTES * 3);
    fill(budget, remote, SMALL_BODY_BYTES);
  }
  assert.ok(budget.taken <= (MAX * 9) / 16);
  assert.ok(budget.open('10.0.0.2').hold(MAX / 4));
});

test('all that is given back can be had again, and no more than the budget is ever taken', () => {
  const budget = new ByteBudget(MAX);
  for (let round = 0; round < 3; round++) {
    const accounts = ['a', 'b', 'c'].flatMap((remote) => [
      ...fill(budget, remote, SMALL_BODY_BYTES * 5),
      ...fill(budget, remote, 999),
    ]);
    assert.ok(budget.taken > MAX - 1000 && budget.taken <= MAX);
    for (const account of accounts) assert.ok(account.hold(0));
    assert.equal(budget.taken, 0);
  }
});
