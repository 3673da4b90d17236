/** IsInside: keeps folders out of each other by where they really lie. */
import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** As many as Linux follows. */
const LINKS_MAX = 40;

/** Whether a path is, or would come to lie in, a folder; neither has to exist. Both are absolute. */
export function isInside(path: string, folder: string): boolean {
  const [inner, outer] = [realPath(path), realPath(folder)];
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
}

/** Whether two paths, both absolute, lead to the same place. */
export function isSame(one: string, other: string): boolean {
  return realPath(one) === realPath(other);
}

/** Where a path leads, whatever links are on the way, also those that lead to what is not there yet. */
function realPath(path: string, links: number = 0): string {
  try {
    return realpathSync.native(path);
  } catch {
    // What is missing lies where its parent does.
  }
  const parent = dirname(path);
  if (parent === path || links > LINKS_MAX) return path;
  const real = realPath(parent, links);
  const target = linkTarget(path);
  return target === undefined ? join(real, basename(path)) : realPath(resolve(real, target), links + 1);
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
