/**
 * Makes the data folder, parent by parent, and says in words why it cannot be. (Node's own recursive form never comes
 * back under parents that exist but can hold nothing, such as /proc.)
 */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';

export function makeFolder(path: string): Result<void> {
  const missing: string[] = [];
  let at = path;
  for (;;) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) break;
    if (found !== undefined) return cannot(path, `${at} is a file, not a folder`);
    missing.unshift(at);
    const parent = dirname(at);
    if (parent === at) return cannot(path, `${at} does not exist`);
    at = parent;
  }
  try {
    accessSync(at, constants.W_OK | constants.X_OK);
  } catch {
    return cannot(path, `${userName()} may not write in ${at}`);
  }
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      // Another process may make the same folder at the same time.
      if (code !== 'EEXIST') return cannot(path, reasonOf(code, folder, cause));
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

function userName(): string {
  try {
    return `user ${userInfo().username}`;
  } catch {
    return 'this user';
  }
}

function cannot(path: string, reason: string): Result<void> {
  return err(
    failure(
      'unavailable',
      `Cannot use the data folder ${path}: ${reason}. Choose another one with --data DIR`,
      {
        retry: 'never',
      },
    ),
  );
}
