/**
 * SmallDisk: a file system of a few megabytes in memory, for tests that fill it.
 *
 * Who may mount one, mounts it; who may not makes a user namespace of its own in which it may, held by a process that
 * waits. The programs under test are started with `prefix`, which takes them there, and the test looks at the same
 * files through `seenAt`. Both ways end without a trace, and any number may exist at a time. Where neither is allowed
 * the test fails: it does not pretend to have filled a disk.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type SmallDisk = AsyncDisposable & {
  /** The folder as the programs under test see it. */
  readonly path: string;
  /** What they are started with. */
  readonly prefix: readonly string[];
  /** The same folder as this process sees it. */
  readonly seenAt: string;
  freeBytes(): number;
  /** Lets a foreign file take what is free but for `leaveBytes`; again to take what has become free. */
  fill(leaveBytes?: number): void;
  /** Removes the foreign files. */
  empty(): void;
  /** Copies all that lies there to an ordinary folder, which the caller removes. */
  copyOut(): string;
};

type Mounted = Pick<SmallDisk, 'path' | 'prefix' | 'seenAt'> & { unmount(): Promise<void> };

const CHUNK_BYTES = 64 * 1024;

export async function makeSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const path = mkdtempSync(join(tmpdir(), 'tracewright-disk-'));
  const mounted = mount(path, mebibytes) ?? (await mountInNamespace(path, mebibytes));
  if (typeof mounted === 'string') {
    rmSync(path, { recursive: true });
    throw new Error(
      `This test needs a small file system of its own, and this machine allows neither mounting one nor a user namespace: ${mounted}`,
    );
  }
  const { seenAt, prefix } = mounted;
  let fillers = 0;
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(seenAt);
    return bavail * bsize;
  };
  return {
    path,
    prefix,
    seenAt,
    freeBytes,
    fill: (leaveBytes = 0) => {
      const descriptor = openSync(join(seenAt, `foreign-${fillers++}`), 'w');
      try {
        const chunk = Buffer.alloc(CHUNK_BYTES, 1);
        while (freeBytes() > leaveBytes)
          writeSync(descriptor, chunk, 0, Math.min(CHUNK_BYTES, freeBytes() - leaveBytes));
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause;
      } finally {
        closeSync(descriptor);
      }
    },
    empty: () => {
      for (let at = 0; at < fillers; at++) rmSync(join(seenAt, `foreign-${at}`), { force: true });
    },
    copyOut: () => {
      const copy = mkdtempSync(join(tmpdir(), 'tracewright-copy-'));
      cpSync(seenAt, copy, { recursive: true, filter: (from) => !from.includes('/foreign-') });
      return copy;
    },
    [Symbol.asyncDispose]: async () => {
      await mounted.unmount();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function mount(path: string, mebibytes: number): Mounted | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tracewright-test', path], {
      stdio: 'pipe',
    });
  } catch {
    return undefined;
  }
  return {
    path,
    prefix: [],
    seenAt: path,
    unmount: async () => {
      execFileSync('umount', ['-l', path], { stdio: 'pipe' });
    },
  };
}

/** Gives the reason where that is not allowed either. */
async function mountInNamespace(path: string, mebibytes: number): Promise<Mounted | string> {
  const script = `mount -t tmpfs -o size=${mebibytes}m tracewright-test '${path}' && echo mounted && exec cat`;
  const holder = spawn('unshare', ['-U', '-r', '-m', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const failed = new Promise<string>((resolve) => {
    holder.on('error', (error) => resolve(error.message));
    holder.on('close', () => resolve(said.trim()));
  });
  const started = await Promise.race([once(holder.stdout, 'data').then(() => undefined), failed]);
  if (started !== undefined) return started;
  return {
    path,
    prefix: ['nsenter', '--preserve-credentials', '-U', '-m', '-t', String(holder.pid)],
    seenAt: `/proc/${holder.pid}/root${path}`,
    unmount: async () => {
      const ended = once(holder, 'close');
      holder.stdin.end();
      await ended;
    },
  };
}
