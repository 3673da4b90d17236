/**
 * A disk whose syncs fail or take long, with `wal.sync: group`: what could not be synced is not acknowledged, the
 * segment is not trusted again, it is said, and it passes when the disk is well.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DiskOrder } from '../testing/failing-disk.ts';
import { assertStoredOnce, startNumberedLoad } from '../testing/numbered-load.ts';
import { RunningServer } from '../testing/running-server.ts';
import { storedNumbers } from '../testing/stored-rows.ts';

const PRELOAD = new URL('../testing/failing-disk.ts', import.meta.url).href;

test('a sync that fails, and one that takes long', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-orders-'));
  const orders = join(folder, 'order.json');
  const order = (what: DiskOrder): void => writeFileSync(orders, JSON.stringify(what));
  const server = await RunningServer.reserve(['--wal.sync', 'group']);
  server.env = { NODE_OPTIONS: `--import=${PRELOAD}`, FAILING_DISK: orders };
  try {
    await server.restart();
    await using load = startNumberedLoad(server, 2, ['traces', 'logs'], { pauseMs: 10 });
    await server.until('requests are acknowledged', async () => load.acknowledged.length > 10);
    for (let round = 0; round < 2; round++) {
      order({ syncFails: true });
      const refused = load.unknown.length;
      await server.until('senders are told to come again', async () => load.unknown.length > refused + 5);
      const before = load.acknowledged.length;
      await server.until('nothing is acknowledged', async () => load.unknown.length > refused + 10);
      assert.equal(load.acknowledged.length, before);
      assert.match((await server.status())?.refusing ?? '', /try again later: .*EIO/);
      order({});
      await server.until('it goes on', async () => load.acknowledged.length > before + 10);
    }
    order({ syncDelayMs: 1_500 });
    await server.until('the wait is shown', async () => {
      return ((await server.status())?.wal.oldestUnansweredMs ?? 0) > 2_000;
    });
    order({});
    const before = load.acknowledged.length;
    await server.until('it is quick again', async () => load.acknowledged.length > before + 10);
    await load.stop();
    assert.deepEqual(load.refused, []);
    const { accounts, wal } = await server.settled();
    assert.deepEqual(wal.quarantined, []);
    assert.equal(accounts.spans.accepted, accounts.spans.stored);
    assert.equal(await server.stop(), 0);
    assertStoredOnce(load, await storedNumbers(server.dataPath), server);
  } finally {
    await server.dispose();
    rmSync(folder, { recursive: true });
  }
});
