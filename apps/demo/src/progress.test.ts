import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadTotals } from './load.ts';
import { type ProgressInput, printProgress } from './progress.ts';

const before: LoadTotals = { actions: 100, sent: 170, failed: 0, orders: 20, skipped: 0 };
const input: ProgressInput = {
  seconds: 5,
  totals: { actions: 200, sent: 345, failed: 0, orders: 45, skipped: 0 },
  before,
  durations: [4, 8, 61],
  faults: [],
};

test('a line tells actions and requests apart', () => {
  assert.equal(
    printProgress(input),
    '20.0 actions/s   35.0 requests/s   p50 8 ms, p95 61 ms   345 requests   45 orders   0 errors   faults: none',
  );
});

test('a line tells what went wrong since the last one', () => {
  const totals = { ...input.totals, failed: 7, skipped: 3 };
  const line = printProgress({ ...input, totals, faults: ['slow-query', 'clock-skew'] });
  assert.match(
    line,
    /7 errors \(\+7\) {3}3 skipped: the shop is too slow {3}faults: slow-query, clock-skew$/,
  );
});
