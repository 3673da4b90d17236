// How much a folder takes on disk: allocated blocks, as `du` counts them, and the lengths of the files.

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export type DiskUsage = {
  readonly allocatedBytes: number;
  readonly apparentBytes: number;
  readonly files: number;
};

/** Files that vanish while the folder is read (merges do that) are left out; hard links count once. */
export async function diskUsage(folder: string): Promise<DiskUsage> {
  let allocatedBytes = 0;
  let apparentBytes = 0;
  let files = 0;
  const linked = new Set<string>();
  const walk = async (path: string): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) await walk(child);
      const stat = await lstat(child).catch(() => undefined);
      if (stat === undefined) continue;
      if (stat.nlink > 1 && !stat.isDirectory()) {
        const identity = `${stat.dev}:${stat.ino}`;
        if (linked.has(identity)) continue;
        linked.add(identity);
      }
      allocatedBytes += stat.blocks * 512;
      if (!stat.isDirectory()) {
        apparentBytes += stat.size;
        files++;
      }
    }
  };
  await walk(folder);
  return { allocatedBytes, apparentBytes, files };
}
