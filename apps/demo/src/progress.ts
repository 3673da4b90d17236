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

/**
 * Prints such as `10.0 actions/s   17.4 requests/s   p50 8 ms, p95 61 ms   312 requests   12 orders   0 errors   faults: none`.
 * The rate that a person sets is that of actions; an order takes several requests.
 */
export function printProgress({ seconds, totals, before, durations, faults }: ProgressInput): string {
  const perSecond = (count: number): string => (count / Math.max(seconds, 0.001)).toFixed(1);
  const failed = totals.failed - before.failed;
  const parts = [
    `${perSecond(totals.actions - before.actions)} actions/s`,
    `${perSecond(totals.sent - before.sent)} requests/s`,
    `p50 ${quantile(durations, 0.5)} ms, p95 ${quantile(durations, 0.95)} ms`,
    `${totals.sent} requests`,
    `${totals.orders} orders`,
    `${totals.failed} errors${failed > 0 ? ` (+${failed})` : ''}`,
  ];
  if (totals.skipped > before.skipped)
    parts.push(`${totals.skipped - before.skipped} skipped: the shop is too slow`);
  parts.push(`faults: ${faults.length === 0 ? 'none' : faults.join(', ')}`);
  return parts.join('   ');
}

/** Prints the whole run, such as `In 60 s: 600 actions (10.0/s), 1044 requests (17.4/s), 150 orders, 0 errors`. */
export function printTotals(seconds: number, totals: LoadTotals): string {
  const perSecond = (count: number): string => (count / Math.max(seconds, 0.001)).toFixed(1);
  const parts = [
    `${totals.actions} actions (${perSecond(totals.actions)}/s)`,
    `${totals.sent} requests (${perSecond(totals.sent)}/s)`,
    `${totals.orders} orders`,
    `${totals.failed} errors`,
    ...(totals.skipped > 0 ? [`${totals.skipped} actions skipped`] : []),
  ];
  return `In ${Math.round(seconds)} s: ${parts.join(', ')}`;
}

function quantile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}
