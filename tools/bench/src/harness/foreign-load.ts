// How much of the machine somebody else used while something was measured. Figures from a busy machine are no
// figures; the report says so instead of leaving it to be guessed.

import { cpus } from 'node:os';
import { useOfTree } from './process-tree.ts';

export type ForeignLoad = {
  /** Processors that other processes kept busy, on average. */
  readonly processors: number;
};

/** Starts watching; the answer covers the time until `end` is called. */
export function watchForeignLoad(): { readonly end: () => ForeignLoad } {
  const startMs = performance.now();
  const busyBefore = busySeconds();
  const ownBefore = useOfTree(process.pid).cpuSeconds;
  return {
    end: () => {
      const seconds = (performance.now() - startMs) / 1_000;
      // The bench's own tree holds the program and the loader, also when they have ended.
      const own = useOfTree(process.pid).cpuSeconds - ownBefore;
      return { processors: Math.max(0, (busySeconds() - busyBefore - own) / seconds) };
    },
  };
}

/** Above this share of a processor the measurement is disturbed. */
export const DISTURBING_PROCESSORS = 0.15;

function busySeconds(): number {
  return cpus().reduce(
    (sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) / 1_000,
    0,
  );
}
