// Watches the memory of a process tree while something runs. Resident memory counts what processes share in each of
// them, so its sum errs to the high side; the proportional size counts it once, and is looked at less often because
// the kernel walks all pages for it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { TreeUse } from './process-tree.ts';
import { proportionalBytes } from './shared-memory.ts';

const SAMPLE_INTERVAL_MS = 250;
const SAMPLES_A_PROPORTIONAL = 4;

export type ResourceSummary = {
  readonly peakResidentBytes: number;
  readonly meanResidentBytes: number;
  /** Undefined where the system does not tell. */
  readonly peakProportionalBytes: number | undefined;
};

export type ResourceWatch = Disposable & {
  /** Ends the watch; the summary covers the time until now. */
  readonly stop: () => Promise<ResourceSummary>;
};

/** Samples until `stop` is called or the watch is disposed of. */
export function watchResources(use: () => TreeUse): ResourceWatch {
  const ended = new AbortController();
  let peakResidentBytes = 0;
  let sum = 0;
  let samples = 0;
  let peakProportionalBytes: number | undefined;
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const now = use();
      const { residentBytes } = now;
      if (samples % SAMPLES_A_PROPORTIONAL === 0) {
        const proportional = proportionalBytes(now);
        if (proportional !== undefined)
          peakProportionalBytes = Math.max(peakProportionalBytes ?? 0, proportional);
      }
      peakResidentBytes = Math.max(peakResidentBytes, residentBytes);
      sum += residentBytes;
      samples++;
      await sleep(SAMPLE_INTERVAL_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return {
    [Symbol.dispose]: () => ended.abort(),
    stop: async () => {
      ended.abort();
      await watching;
      return { peakResidentBytes, meanResidentBytes: sum / Math.max(1, samples), peakProportionalBytes };
    },
  };
}
