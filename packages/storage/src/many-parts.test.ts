/** A day with as many parts as the engine takes, as after hours without merges, is merged again and takes more. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeLog, makeSpan, NOON_NANO, spanId } from './testing/rows.ts';
import { countParts, countRows, openTestStore, type TestStore } from './testing/store.ts';

/** In place of the engine's three thousand. */
const PARTS_MAX = 40;
const TABLES = ['spans', 'logs'] as const;

let store: TestStore;
before(async () => {
  store = await openTestStore();
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

async function insert(at: number): Promise<void> {
  await store.store(NOON_NANO / 1000n + BigInt(at), {
    spans: [makeSpan({ spanId: spanId(at + 1) })],
    logs: [makeLog({})],
  });
}

test('too many parts are merged to few', async () => {
  for (const table of TABLES) {
    const name = `tracewright.${table}`;
    await store.command(
      `ALTER TABLE ${name} MODIFY SETTING parts_to_delay_insert = 0, parts_to_throw_insert = ${PARTS_MAX}`,
    );
    await store.command(`SYSTEM STOP MERGES ${name}`);
  }
  for (let at = 0; at < PARTS_MAX; at++) await insert(at);
  for (const table of TABLES) {
    assert.equal(await countParts(store, table), PARTS_MAX);
    await store.command(`SYSTEM START MERGES tracewright.${table}`);
  }
  for (const table of TABLES) {
    for (let look = 0; look < 200 && (await countParts(store, table)) === PARTS_MAX; look++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok((await countParts(store, table)) < PARTS_MAX, table);
  }
  await insert(PARTS_MAX);
  for (const table of TABLES) assert.equal(await countRows(store, table, '1'), PARTS_MAX + 1);
});
