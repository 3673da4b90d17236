// One line on how the shop fares, for a terminal or a log.

import type { FaultName } from './faults.ts';
import type { LoadTotals } from './load.ts';

export interface ProgressInput {
  readonly seconds: number;
  readonly totals: LoadTotals;
  readonly before: LoadTotals;
  /** Durations in milliseconds since the last line, sorted. */
  readonly durations: readonly number[];
  readonly faults: readonly FaultName[];
}

/** Prints such as `   15 s   312 requests, 21.4/s   p50 8 ms, p95 61 ms   0 errors   12 orders   faults: none`. */
export function printProgress({ seconds, totals, before, durations, faults }: ProgressInput): string {
  const rate = (totals.sent - before.sent) / Math.max(seconds, 0.001);
  const failed = totals.failed - before.failed;
  const parts = [
    `${String(totals.sent).padStart(6)} requests, ${rate.toFixed(1)}/s`,
    `p50 ${quantile(durations, 0.5)} ms, p95 ${quantile(durations, 0.95)} ms`,
    `${totals.failed} errors${failed > 0 ? ` (+${failed})` : ''}`,
    `${totals.orders} orders`,
  ];
  if (totals.skipped > before.skipped)
    parts.push(`${totals.skipped - before.skipped} skipped: the shop is too slow`);
  parts.push(`faults: ${faults.length === 0 ? 'none' : faults.join(', ')}`);
  return parts.join('   ');
}

function quantile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}
