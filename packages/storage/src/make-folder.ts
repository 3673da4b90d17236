/**
 * Makes a folder that somebody named, parent by parent, and says in words why it cannot be. (Node's own recursive form
 * never comes back under parents that exist but can hold nothing, such as /proc.)
 */
import { accessSync, constants, mkdirSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';

/** The failure's message is the reason alone: whoever asked says what cannot be used. */
export function makeFolder(path: string): Result<void> {
  const missing: string[] = [];
  let at = path;
  for (;;) {
    let found: Stats | undefined;
    try {
      found = statSync(at, { throwIfNoEntry: false });
    } catch (cause) {
      return cannot(reasonOf(codeOf(cause), at, cause));
    }
    if (found?.isDirectory() === true) break;
    if (found !== undefined) return cannot(`${at} is a file, not a folder`);
    missing.unshift(at);
    const parent = dirname(at);
    if (parent === at) return cannot(`${at} does not exist`);
    at = parent;
  }
  try {
    accessSync(at, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const isReadOnly = codeOf(cause) === 'EROFS';
    return cannot(isReadOnly ? reasonOf('EROFS', at, cause) : `${userName()} may not write in ${at}`);
  }
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (cause) {
      const code = codeOf(cause);
      // Another process may make the same folder at the same time.
      if (code !== 'EEXIST') return cannot(reasonOf(code, folder, cause));
    }
  }
  return ok(undefined);
}

function reasonOf(code: string, folder: string, cause: unknown): string {
  switch (code) {
    case 'ENOSPC':
      return `there is no space left for ${folder}`;
    case 'EROFS':
      return `${folder} lies on a file system that is read-only`;
    case 'EACCES':
    case 'EPERM':
      return `${userName()} may not make ${folder}`;
    case 'ENOENT':
      return `${dirname(folder)} cannot hold folders`;
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

function userName(): string {
  try {
    return `user ${userInfo().username}`;
  } catch {
    return 'this user';
  }
}

function cannot(reason: string): Result<void> {
  return err(failure('unavailable', reason, { retry: 'never' }));
}
