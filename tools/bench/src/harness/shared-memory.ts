// Memory of several processes counted once: proportional set size gives each process its share of the pages that it
// has in common with others, so that the sum over processes is what they take together. Linux tells it; elsewhere
// there is only resident memory, which counts shared pages in each process.

import { readFileSync } from 'node:fs';
import type { TreeUse } from './process-tree.ts';

/** Undefined where the system does not tell. */
export function proportionalBytes(use: TreeUse): number | undefined {
  let sum = 0;
  for (const { pid } of use.processes) {
    try {
      const bytes = parseRollup(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
      if (bytes === undefined) return undefined;
      sum += bytes;
    } catch (error) {
      // One that has ended meanwhile takes nothing; a system without the file tells nothing.
      if (process.platform !== 'linux') return undefined;
      if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')))
        return undefined;
    }
  }
  return sum;
}

/** The proportional set size in the text of smaps_rollup. */
export function parseRollup(text: string): number | undefined {
  const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
