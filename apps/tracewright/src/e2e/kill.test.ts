/**
 * The promise: what was acknowledged is stored, and stored once, whatever is killed when. Ten rounds, in which the
 * server, its engine, or both get SIGKILL under load.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertStoredOnce, startNumberedLoad } from '../testing/numbered-load.ts';
import { RunningServer } from '../testing/running-server.ts';
import { storedNumbers } from '../testing/stored-rows.ts';

const ROUNDS = 10;
const SENDERS = 4;
/** Chosen once: a run can be repeated. */
const SEED = 20_260_901;

test('acknowledged spans and log records are stored exactly once, whatever is killed', {
  timeout: 240_000,
}, async () => {
  const server = await RunningServer.start();
  try {
    await using sending = startNumberedLoad(server, SENDERS, ['traces', 'traces', 'logs']);
    let random = SEED;
    for (let round = 0; round < ROUNDS; round++) {
      random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff;
      const before = sending.acknowledged.length;
      await new Promise((resolve) => setTimeout(resolve, 150 + (random % 700)));
      await server.until('requests are acknowledged', async () => sending.acknowledged.length > before);
      const engines = server.childPids();
      assert.ok(engines.length > 0, 'the engine runs in a child');
      if (round % 3 !== 1) for (const pid of engines) process.kill(pid, 'SIGKILL');
      if (round % 3 === 0) continue;
      await server.kill();
      await server.restart();
    }
    await sending.stop();
    const report = await server.settled();
    for (const accounts of [report.accounts.spans, report.accounts.logs]) {
      assert.equal(accounts.received, accounts.accepted + accounts.rejected);
      assert.equal(
        accounts.accepted,
        accounts.stored + accounts.sampledOut + accounts.quarantined + accounts.inFlight,
      );
    }
    assert.equal(report.wal.quarantined.length, 0);
    assert.equal(await server.stop(), 0);

    const rows = await storedNumbers(server.dataPath);
    assertStoredOnce(sending, rows, server);
    assert.ok(sending.acknowledged.length > ROUNDS, 'there was load');
    assert.ok(report.accounts.logs.stored > 0 && report.accounts.spans.stored > 0, 'of both kinds');
  } finally {
    await server.dispose();
  }
});
