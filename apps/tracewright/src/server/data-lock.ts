/**
 * DataLock: one process a data folder. The lock is a file that names its holder; it counts only while that
 * very process lives, so nothing has to be cleaned up after a `kill -9` or in a container that starts anew.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';

export type DataLock = { release(): void };

type Holder = {
  readonly pid: number;
  /** What tells this process from a later one with the same pid; empty where the system does not say. */
  readonly identity: string;
  readonly since: string;
};

const TRIES = 5;

export function lockDataFolder(directory: string): Result<DataLock> {
  const path = join(directory, 'tracewright.lock');
  const self: Holder = {
    pid: process.pid,
    identity: identityOf(process.pid),
    since: new Date().toISOString(),
  };
  const text = `${JSON.stringify(self)}\n`;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      writeFileSync(path, text, { flag: 'wx', flush: true });
      return ok({ release: () => releaseOwn(path, text) });
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        return err(
          failure('unavailable', `Cannot lock the data folder ${directory}: ${reason}`, { retry: 'never' }),
        );
      }
    }
    const found = read(path);
    if (found === undefined) continue;
    const holder = parse(found);
    if (holder !== undefined && isAlive(holder)) {
      return err(
        failure(
          'unavailable',
          `The data folder ${directory} is in use by process ${holder.pid} since ${holder.since}: ` +
            'stop it, or choose another folder with --data DIR',
          { retry: 'never' },
        ),
      );
    }
    removeStale(path, found);
  }
  return err(
    failure('unavailable', `Cannot lock the data folder ${directory}: others try as well`, {
      retry: 'never',
    }),
  );
}

function releaseOwn(path: string, text: string): void {
  if (read(path) === text) rmSync(path, { force: true });
}

/** Takes the stale file aside first and looks again, so that a lock made in the meantime is put back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    if (read(aside) === stale) rmSync(aside, { force: true });
    else renameSync(aside, path);
  } catch {
    // Somebody else was quicker; the next attempt sees what they left.
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder>;
    if (typeof value.pid !== 'number' || typeof value.identity !== 'string') return undefined;
    return { pid: value.pid, identity: value.identity, since: String(value.since) };
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.pid === process.pid)
    return holder.identity !== '' && holder.identity === identityOf(process.pid);
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EPERM')) return false;
  }
  return holder.identity === '' || holder.identity === identityOf(holder.pid);
}

/** On Linux the boot and the start time of the process; elsewhere unknown. */
function identityOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the command, in parentheses, may hold spaces; the start time is the 20th field behind it.
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot}:${startTicks}`;
  } catch {
    return '';
  }
}
