/**
 * Killed at each named step under load: every acknowledged request is stored once, none is invented, nothing is left,
 * and nobody has to help. Several programs run beside each other, each in a folder of its own.
 *
 * The server dies at every step of its own. Of the worker's and the engine's some are left to the soak, which goes
 * through all of them: a worker's are the same as the server's, and the engine's differ in milliseconds.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KillBench, type KillOrder, printKillReport } from '../testing/kill-bench.ts';
import { ENGINE_KILLS, SERVER_KILLS, WORKER_KILLS } from '../testing/kill-steps.ts';

const WORKER_STEPS: ReadonlySet<string> = new Set([
  'wal.open.made',
  'wal.append.written',
  'wal.record.written',
  'wal.close.done',
]);
const ENGINE_DELAYS_MS: ReadonlySet<number> = new Set([0, 3, 10]);

const half = Math.ceil(SERVER_KILLS.length / 2);
const LANES: Readonly<Record<string, readonly KillOrder[]>> = {
  server: SERVER_KILLS.slice(0, half),
  'server, later': SERVER_KILLS.slice(half),
  'worker or the engine': [
    ...WORKER_KILLS.filter(({ step }) => WORKER_STEPS.has(step)),
    ...ENGINE_KILLS.filter(({ delayMs = 0 }) => ENGINE_DELAYS_MS.has(delayMs)),
  ],
};

describe('killed at each of its steps', { concurrency: true }, () => {
  for (const [victim, orders] of Object.entries(LANES)) {
    test(`the ${victim} costs nothing that was acknowledged`, { timeout: 240_000 }, async (t) => {
      await using bench = await KillBench.start({ senders: 2, pauseMs: 25 });
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
});
