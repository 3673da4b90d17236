/** The account of what answers take: who passes, who waits, who is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ReadAccount, ReadBudget, SMALL_ANSWER_BYTES } from './read-budget.ts';

const MAX = 64 * SMALL_ANSWER_BYTES;
const LARGE = 20 * SMALL_ANSWER_BYTES;
const LONG = { deadlineMs: 60_000 };

/** Accounts that leave no room for another large answer. */
function crowded(): { budget: ReadBudget; holders: ReadAccount[] } {
  const budget = new ReadBudget(MAX);
  const holders: ReadAccount[] = [];
  for (;;) {
    const account = budget.open();
    if (!account.take(LARGE)) return { budget, holders };
    holders.push(account);
  }
}

/** What has happened by the time that all who can go on have done so. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test('large answers leave the reserve to small ones', () => {
  const { budget, holders } = crowded();
  assert.equal(holders.length, 2);
  assert.ok(budget.taken <= budget.largeBytesMax);
  assert.ok(budget.isTight);
  for (let answer = 0; answer < 8; answer++) assert.ok(budget.open().take(SMALL_ANSWER_BYTES));
  assert.ok(budget.peak <= MAX);
});

test('the reserve ends as well', () => {
  const budget = new ReadBudget(MAX);
  let answers = 0;
  while (budget.open().take(SMALL_ANSWER_BYTES)) answers++;
  assert.equal(answers, 64);
  assert.equal(budget.taken, MAX);
});

test('who waits is served in the order of asking, and nobody overtakes', async () => {
  const { budget, holders } = crowded();
  const order: string[] = [];
  const wait = async (name: string, bytes: number): Promise<void> => {
    const account = budget.open();
    const waited = await account.wait(bytes, LONG);
    assert.ok(waited.ok);
    order.push(name);
    assert.ok(account.take(bytes), 'the room was promised');
    account.close();
  };
  const all = [wait('first', 2 * LARGE), wait('second', LARGE), wait('third', LARGE)];
  assert.equal(budget.waiting, 3);
  // There is room for so little, but others asked before.
  assert.equal(budget.open().take(2 * SMALL_ANSWER_BYTES), false);
  assert.ok(budget.open().take(SMALL_ANSWER_BYTES));
  holders[0]?.close();
  await settled();
  assert.deepEqual(order, []);
  holders[1]?.close();
  await Promise.all(all);
  assert.deepEqual(order, ['first', 'second', 'third']);
  assert.equal(budget.taken, SMALL_ANSWER_BYTES);
});

test('an answer that has begun goes first; whoever waits gives back what it does not use', async () => {
  const { holders } = crowded();
  const order: string[] = [];
  const [begun, fresh] = holders as [ReadAccount, ReadAccount];
  begun.begin();
  begun.drop(LARGE);
  fresh.drop(LARGE);
  const waits = [
    fresh.wait(2 * LARGE, LONG).then(() => order.push('fresh')),
    begun.wait(2 * LARGE, LONG).then(() => order.push('begun')),
  ];
  await settled();
  assert.deepEqual(order, ['begun']);
  assert.equal(begun.held, 2 * LARGE);
  assert.equal(fresh.held, 0);
  begun.close();
  await Promise.all(waits);
  assert.deepEqual(order, ['begun', 'fresh']);
});

test('answers that have begun take turns in the order of asking', async () => {
  const { budget, holders } = crowded();
  const order: string[] = [];
  const all = ['first', 'second', 'third'].map(async (name) => {
    const account = budget.open();
    account.begin();
    assert.ok((await account.wait(2 * LARGE, LONG)).ok);
    order.push(name);
    account.close();
  });
  for (const holder of holders) holder.close();
  await Promise.all(all);
  assert.deepEqual(order, ['first', 'second', 'third']);
});

test('two answers that have begun and need more than there is beside the other do not wait for each other', async () => {
  const { budget, holders } = crowded();
  const answers = holders.map(async (account) => {
    account.begin();
    account.drop(LARGE);
    assert.ok((await account.wait(2 * LARGE, LONG)).ok);
    account.close();
  });
  await Promise.all(answers);
  assert.equal(budget.taken, 0);
});

test('what is dropped stays as room for the next, without waiting', async () => {
  const { budget, holders } = crowded();
  const account = holders[0] as ReadAccount;
  account.begin();
  account.drop(LARGE);
  assert.equal(budget.taken, 2 * LARGE);
  assert.ok((await account.wait(LARGE, { deadlineMs: 0 })).ok);
  assert.ok(account.take(LARGE));
});

test('what never fits is refused at once, and what finds no room in its time is told to come later', async () => {
  const { budget } = crowded();
  const never = await budget.open().wait(MAX, LONG);
  assert.ok(!never.ok);
  assert.deepEqual([never.failure.code, never.failure.retry], ['resource', 'never']);
  assert.match(never.failure.message, /about 128 MiB of memory, and all answers together have 112 MiB/);
  const later = await budget.open().wait(LARGE, { deadlineMs: 1 });
  assert.ok(!later.ok);
  assert.deepEqual([later.failure.code, later.failure.retry], ['overloaded', 'later']);
  assert.equal(budget.waiting, 0);
});

test('whoever goes away leaves the line, and holds nothing when the room comes late', async () => {
  const { budget, holders } = crowded();
  const leaving = new AbortController();
  const account = budget.open();
  const left = account.wait(2 * LARGE, { ...LONG, signal: leaving.signal });
  const behind = budget.open().wait(LARGE / 2, LONG);
  leaving.abort();
  const result = await left;
  assert.ok(!result.ok && result.failure.code === 'cancelled');
  // The one behind is served as soon as the one that stood before it is gone.
  assert.ok((await behind).ok);
  const late = budget.open();
  const waiting = late.wait(LARGE, LONG);
  late.close();
  for (const holder of holders) holder.close();
  await waiting;
  assert.equal(late.held, 0);
  assert.equal(late.take(1), false);
  assert.equal(budget.taken, LARGE / 2);
});

test('the line is bounded', async () => {
  const { budget } = crowded();
  const leaving = new AbortController();
  const bounds = { ...LONG, signal: leaving.signal };
  const waits = Array.from({ length: 256 }, () => budget.open().wait(LARGE, bounds));
  const refused = await budget.open().wait(LARGE, bounds);
  assert.ok(!refused.ok && refused.failure.code === 'overloaded');
  leaving.abort();
  await Promise.all(waits);
  assert.equal(budget.waiting, 0);
});
