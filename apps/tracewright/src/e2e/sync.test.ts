/** With `wal.sync: group` an acknowledgement waits for the disk; what was acknowledged is there after any death. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertStoredOnce, startNumberedLoad } from '../testing/numbered-load.ts';
import { RunningServer } from '../testing/running-server.ts';
import { storedNumbers } from '../testing/stored-rows.ts';

const ROUNDS = 3;

test('with wal.sync group, what was acknowledged survives the death of all processes', {
  timeout: 120_000,
}, async () => {
  const server = await RunningServer.start(['--wal.sync', 'group']);
  try {
    await using load = startNumberedLoad(server, 3, ['traces', 'logs']);
    for (let round = 0; round < ROUNDS; round++) {
      const before = load.acknowledged.length;
      await server.until('requests are acknowledged', async () => load.acknowledged.length > before + 20);
      const engines = server.childPids();
      assert.ok(engines.length > 0);
      server.signal('SIGKILL');
      for (const pid of engines) process.kill(pid, 'SIGKILL');
      await server.ended();
      await server.restart();
    }
    await load.stop();
    assert.deepEqual(load.refused, []);
    const { accounts, wal } = await server.settled();
    assert.deepEqual(wal.quarantined, []);
    assert.equal(accounts.spans.stored, accounts.spans.accepted);
    assert.equal(await server.stop(), 0);
    const rows = await storedNumbers(server.dataPath);
    assertStoredOnce(load, rows, server);
    assert.ok(load.acknowledged.length > ROUNDS * 20);
  } finally {
    await server.dispose();
  }
});
