import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadTotals } from './load.ts';
import { type ProgressInput, printProgress, printTotals } from './progress.ts';

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

test('the whole run is told with its rates and, when there were any, what was skipped', () => {
  const totals: LoadTotals = { actions: 600, sent: 1044, failed: 2, orders: 150, skipped: 0 };
  assert.equal(
    printTotals(60, totals),
    'In 60 s: 600 actions (10.0/s), 1044 requests (17.4/s), 150 orders, 2 errors',
  );
  assert.match(printTotals(60, { ...totals, skipped: 4 }), /2 errors, 4 actions skipped$/);
});
