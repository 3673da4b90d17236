// The result of a load in words.

import type { LoadResult } from './run-load.ts';

export function describeLoad(result: LoadResult): string {
  const { accounts, latency, options } = result;
  const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
  const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
  const lines = [
    `${options.protocol} to ${options.url}, workload ${options.workload}, seed ${options.seed}, ` +
      `${options.connections} connections, ${result.spansPerBatch} spans a request, ` +
      `${result.bytesPerSpan.toFixed(0)} bytes a span, ${(result.durationMs / 1_000).toFixed(1)} s`,
    `accepted     ${whole(accounts.acceptedSpans)} of ${whole(accounts.sentSpans)} spans, ${whole(result.acceptedSpansPerSecond)} a second`,
  ];
  if (options.rate !== undefined) {
    lines.push(
      `asked for    ${whole(options.rate)} a second; ${whole(result.missedRequests)} requests could not be sent in time`,
    );
  }
  lines.push(
    `answered in  p50 ${ms(latency.p50Ms)}, p90 ${ms(latency.p90Ms)}, p99 ${ms(latency.p99Ms)}, p99.9 ${ms(latency.p999Ms)}, max ${ms(latency.maxMs)}`,
  );
  const others = [
    ['rejected', accounts.rejectedSpans],
    ['refused', accounts.refusedSpans],
    ['failed', accounts.failedSpans],
    ['lost', accounts.lostSpans],
  ] as const;
  for (const [name, count] of others) {
    if (count > 0) lines.push(`${name.padEnd(12)} ${whole(count)} spans`);
  }
  lines.push(`loader       ${result.loaderCpuSecondsPerMillion.toFixed(2)} CPU seconds a million spans`);
  for (const problem of result.problems) lines.push(`  ${problem.count} × ${problem.what}`);
  return `${lines.join('\n')}\n`;
}
