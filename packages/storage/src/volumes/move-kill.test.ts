/** An engine that is killed while days move: nothing is lost, nothing is there twice, and the next round ends the move. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EVERYTHING } from '@tracewright/query';
import { BucketServer } from '../testing/bucket-server.ts';
import { expectOk } from '../testing/store.ts';
import { DAY_MS, FILL, openTieredStore, storeDay, TODAY_MS } from '../testing/tiered-store.ts';
import { moveDays } from './move-days.ts';

const KILLS = 4;
const SPANS = 3000;

test('a move that is killed leaves each span there once, and is ended by a later round', async () => {
  const data = mkdtempSync(join(tmpdir(), 'tracewright-move-'));
  await using server = await BucketServer.start();
  const everything = {
    kind: 'spanSearch',
    tenant: 'default',
    fromNano: 0n,
    toNano: BigInt(TODAY_MS + DAY_MS) * 1_000_000n,
    where: EVERYTHING,
    limit: 10 * SPANS,
  } as const;
  try {
    let before: unknown;
    {
      await using store = await openTieredStore(data, server.tier());
      for (const day of [9, 8, 7]) await storeDay(store, data, day, SPANS);
      before = expectOk(await store.reader.searchSpans(everything));
    }
    for (let kill = 0; kill < KILLS; kill++) {
      await using store = await openTieredStore(data, server.tier());
      const { pid } = store.engine;
      const moving = moveDays(store.engine, store.volume, FILL, TODAY_MS);
      // From before the first object to somewhere among the days.
      await new Promise((resolve) => setTimeout(resolve, 10 + kill * 60));
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await moving;
      assert.deepEqual(expectOk(await store.reader.searchSpans(everything)), before, `after kill ${kill}`);
    }
    await using store = await openTieredStore(data, server.tier());
    assert.deepEqual((await store.move()).failed, []);
    assert.deepEqual(await store.rows(), { hot: 0, cold: 3 * (SPANS + 1) });
    assert.deepEqual(expectOk(await store.reader.searchSpans(everything)), before);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
