/**
 * Killed at each named step under load: every acknowledged request is stored once, none is invented, nothing is left,
 * and nobody has to help.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KillBench, type KillOrder, printKillReport } from '../testing/kill-bench.ts';
import { ENGINE_KILLS, SERVER_KILLS, WORKER_KILLS } from '../testing/kill-steps.ts';

const TABLES: Readonly<Record<string, readonly KillOrder[]>> = {
  server: SERVER_KILLS,
  worker: WORKER_KILLS,
  engine: ENGINE_KILLS,
};

for (const [victim, orders] of Object.entries(TABLES)) {
  test(`killed at each of its steps, the ${victim} costs nothing that was acknowledged`, {
    timeout: 240_000,
  }, async (t) => {
    await using bench = await KillBench.start();
    for (const order of orders) await bench.killAt(order);
    const report = await bench.report();
    t.diagnostic(printKillReport(report));
    assert.deepEqual(report.faults, [], `${printKillReport(report)}\n${bench.server.log}`);
    assert.equal(report.rows.length, orders.length);
    for (const { acknowledged, found, hits, step } of report.rows) {
      assert.ok(hits > 0 && acknowledged > 0 && found === acknowledged, step);
    }
  });
}
