/**
 * Killed at each named step under load: every acknowledged request is stored once, none is invented, nothing is left,
 * and nobody has to help. Several programs run beside each other, each in a folder of its own.
 *
 * Each step is hit: those on the way to a closed segment by the death of the worker, and some of them by that of the
 * server, too; those behind by the death of the server. What is left out, the soak goes through.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KillBench, type KillOrder, printKillReport } from '../testing/kill-bench.ts';
import { ENGINE_KILLS, SERVER_KILLS, WORKER_KILLS } from '../testing/kill-steps.ts';

/** Of the steps that a worker dies at, those at which the whole server dies here as well. */
const SHARED_STEPS: ReadonlySet<string> = new Set([
  'wal.append.written',
  'wal.answer.said',
  'wal.close.done',
]);
const ENGINE_DELAYS_MS: ReadonlySet<number> = new Set([0, 3]);

const workerSteps: ReadonlySet<string> = new Set(WORKER_KILLS.map(({ step }) => step));
const LANES: Readonly<Record<string, readonly KillOrder[]>> = {
  server: SERVER_KILLS.filter(({ step }) => !workerSteps.has(step) || SHARED_STEPS.has(step)),
  'worker or the engine': [
    ...WORKER_KILLS,
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
