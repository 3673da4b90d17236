/**
 * FolderAccess: whether this process may use what already lies in the data folder. A program that once ran as another user
 * leaves files that would fail one by one, each at a moment of its own, and some of them silently.
 */
import { accessSync, constants, readdirSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** What of the data folder the program opens by itself; the engine tells of what lies deeper in its own folder. */
const USED = [
  'tracewright.lock',
  'schema-version',
  'segment-floor',
  'instance',
  'reserve',
  'wal',
  'quarantine',
  'snapshots',
  'shards',
  'engine',
];

/** Whatever else lies there is left alone. */
const HOLD_SEGMENTS: ReadonlySet<string> = new Set(['wal', 'quarantine']);

/** Why the folder cannot be used, in a sentence; undefined when it can. */
export function folderAccessProblem(dataPath: string): string | undefined {
  for (const name of USED) {
    const path = join(dataPath, name);
    const problem = accessProblem(path);
    if (problem !== undefined) return problem;
    for (const below of namesIn(path)) {
      if (HOLD_SEGMENTS.has(name) && !/^\d{20}/.test(below)) continue;
      const inside = accessProblem(join(path, below));
      if (inside !== undefined) return inside;
    }
  }
  return undefined;

  function accessProblem(path: string): string | undefined {
    const found = find(path);
    if (found === undefined || !(found.isDirectory() || found.isFile())) return undefined;
    const { R_OK, W_OK, X_OK } = constants;
    try {
      accessSync(path, R_OK | W_OK | (found.isDirectory() ? X_OK : 0));
      return undefined;
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      // A file may go at any moment.
      if (code === 'ENOENT') return undefined;
      const reason =
        code === 'EROFS'
          ? `${path} lies on a file system that is read-only`
          : `user ${userName()} may not read and write ${path}, which belongs to user ${found.uid}`;
      return `Cannot use the data folder ${dataPath}: ${reason}. Give all of the folder to one user, or choose another one with --data DIR`;
    }
  }
}

function find(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Its own folder hides it, and was told of before.
    return undefined;
  }
}

/** None in what is no folder, or has just gone. */
function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'of this process');
  }
}
