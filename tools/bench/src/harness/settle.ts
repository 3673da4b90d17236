// Waits until the program has come to rest after a load: everything accepted is stored, and the CPU has been idle
// long enough that no merge can be running. Only then are CPU time and bytes on disk complete.

import { setTimeout as sleep } from 'node:timers/promises';

export type SettleOptions = {
  readonly cpuSeconds: () => number;
  /** Rows accepted but not yet stored. */
  readonly inFlight: () => Promise<number>;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
};

export type Settled = {
  readonly settled: boolean;
  readonly waitedMs: number;
  /** CPU time when the program had come to rest, without the idle time that showed it. */
  readonly cpuSeconds: number;
};

/** An engine at rest still wakes its timers; a merge takes far more than this share of one processor. */
const IDLE_SHARE = 0.08;
const IDLE_INTERVALS = 4;

export async function settle(options: SettleOptions): Promise<Settled> {
  const startMs = performance.now();
  const intervalMs = options.intervalMs ?? 1_000;
  let quiet = 0;
  let before = options.cpuSeconds();
  let beforeMs = startMs;
  let restCpuSeconds = before;
  while (quiet < IDLE_INTERVALS) {
    options.signal.throwIfAborted();
    if (performance.now() - startMs > options.patienceMs) {
      return { settled: false, waitedMs: performance.now() - startMs, cpuSeconds: options.cpuSeconds() };
    }
    await sleep(intervalMs);
    const inFlight = await options.inFlight();
    const now = options.cpuSeconds();
    const nowMs = performance.now();
    const share = (now - before) / ((nowMs - beforeMs) / 1_000);
    if (inFlight === 0 && share < IDLE_SHARE) {
      if (quiet === 0) restCpuSeconds = before;
      quiet++;
    } else {
      quiet = 0;
    }
    before = now;
    beforeMs = nowMs;
  }
  return {
    settled: true,
    waitedMs: performance.now() - startMs - IDLE_INTERVALS * intervalMs,
    cpuSeconds: restCpuSeconds,
  };
}
