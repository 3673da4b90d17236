// Each run of the demo has a folder of its own for logs, so that two at once do not mix; those of runs that have
// ended are removed by the next run.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Makes the log folder of this process, and removes those of processes that are gone. */
export function makeLogFolder(dataFolder: string): string {
  const logs = join(dataFolder, 'logs');
  mkdirSync(logs, { recursive: true });
  for (const name of readdirSync(logs)) {
    if (!isAlive(Number(name))) rmSync(join(logs, name), { recursive: true, force: true });
  }
  const folder = join(logs, String(process.pid));
  mkdirSync(folder, { recursive: true });
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
