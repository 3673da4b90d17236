// Whether a question finds its files in memory. Cold is only said where the pages of the store's own files were
// dropped, which GNU's dd asks of the kernel for one file at a time, without privileges and without making everybody
// else's files cold. Where that cannot be had a measurement is warm only, and its conditions say so.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FILES_A_CALL = 500;
const DROP_EACH = 'for file in "$@"; do dd if="$file" iflag=nocache count=0 status=none || exit 1; done';

/** Drops what the page cache holds of all files below a folder; false where that cannot be had. */
export function dropPageCache(folder: string): boolean {
  if (process.platform !== 'linux') return false;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  try {
    // Only what is on disk can be dropped.
    execFileSync('sync');
    for (let from = 0; from < files.length; from += FILES_A_CALL) {
      execFileSync('sh', ['-c', DROP_EACH, 'sh', ...files.slice(from, from + FILES_A_CALL)], {
        stdio: 'ignore',
      });
    }
    return true;
  } catch {
    return false;
  }
}
