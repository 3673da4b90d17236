// Watches the resident memory of a process tree while something runs. Memory shared between the processes counts
// in each of them, so the sum errs to the high side.

import { setTimeout as sleep } from 'node:timers/promises';
import type { TreeUse } from './process-tree.ts';

const SAMPLE_INTERVAL_MS = 250;

export type ResourceSummary = { readonly peakResidentBytes: number; readonly meanResidentBytes: number };

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
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const { residentBytes } = use();
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
      return { peakResidentBytes, meanResidentBytes: sum / Math.max(1, samples) };
    },
  };
}
