/** IsInside: keeps a backup and what it is of, or is restored to, out of each other. */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/** Whether a folder that may not exist yet would come to lie in another one, whatever links lead there. */
export function isInside(path: string, folder: string): boolean {
  if (!existsSync(folder)) return false;
  const outer = realpathSync(folder);
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const inner = realpathSync(at);
  return inner === outer || inner.startsWith(`${outer}${sep}`);
}
