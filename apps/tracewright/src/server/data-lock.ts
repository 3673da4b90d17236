/**
 * DataLock: one process a data folder. The lock is a file that names its holder; it counts only while that very
 * process lives, so nothing has to be cleaned up after a `kill -9` or in a container that starts anew.
 *
 * Taking it. Each process writes a private file first and links it to the lock's name: the name exists with all of
 * its content or not at all, and only one can make it. The lock of a dead process is not removed, since between a
 * look and a removal it may have become another's. Who wants to replace it links its private file to a name made of
 * that lock's content, which only one can do, looks once more whether the lock is still the dead one's, and renames
 * its file over it. Should it die in between, its claim is taken over in the same way.
 *
 * Judging it. In the same boot and pid namespace the kernel says whether the holder lives. A lock of another
 * container or machine is judged by its heartbeat: the holder writes the file again every two seconds, and one that
 * has not for twenty is dead. Who finds a younger one waits until either shows. So a container that was killed and
 * made anew under another name starts by itself, after twenty seconds at most; and so does a machine after a crash,
 * whose boot is another one. Ages are measured on the file system's own clock, which machines that share it share.
 * A holder that was frozen for longer may lose its lock, and is told with `onLost`.
 */
import { createHash } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import { isAlive, type LockHolder, parseHolder, thisHolder } from './lock-holder.ts';

export type DataLock = { release(): void };

export type LockOptions = {
  /** Called once when the lock turns out to be another's; the program must stop then. SIGTERM to itself if absent. */
  readonly onLost?: () => void;
  readonly beatIntervalMs?: number;
  readonly staleMs?: number;
  /** Where this process says it is. */
  readonly host?: string;
  readonly place?: string;
};

const BEAT_INTERVAL_MS = 2_000;
const STALE_MS = 20_000;
const POLL_INTERVAL_MS = 50;
const TRIES = 100;
/** Nobody tries for so long. */
const LEFTOVER_AGE_MS = 3_600_000;

type Attempt = {
  readonly self: LockHolder;
  readonly text: string;
  /** This process's own file, to be linked or renamed. */
  readonly file: string;
  readonly path: string;
  readonly staleMs: number;
};

/** Waits, and blocks the process meanwhile, only while the lock is one that just the heartbeat can tell about. */
export function lockDataFolder(directory: string, options: LockOptions = {}): Result<DataLock> {
  const path = join(directory, 'tracewright.lock');
  const self = thisHolder(options);
  const attempt: Attempt = {
    self,
    text: `${JSON.stringify(self)}\n`,
    file: `${path}.${self.nonce}`,
    path,
    staleMs: options.staleMs ?? STALE_MS,
  };
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      writeFileSync(attempt.file, attempt.text, { flush: true });
      if (create(attempt, path)) return ok(keep(attempt, options));
      const found = read(path);
      if (found === undefined) continue;
      if (isHeld(attempt, path, found)) return err(inUse(directory, attempt, found));
      if (takeOver(attempt, found)) return ok(keep(attempt, options));
      pause(POLL_INTERVAL_MS * Math.random());
    }
    return err(refusal(`Cannot lock the data folder ${directory}: others try as well`));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return err(refusal(`Cannot lock the data folder ${directory}: ${reason}`));
  } finally {
    remove(attempt.file);
  }
}

/** The name that whoever takes over from this lock, or this claim, must make first. */
export function claimPath(path: string, text: string): string {
  return `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}.claim`;
}

/** True when this process, and no other, made the name. */
function create({ file, text }: Attempt, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(codeOf(cause))) throw cause;
  }
  // A file system without links. What is half written counts as held, since it is young.
  try {
    writeFileSync(name, text, { flag: 'wx', flush: true });
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}

/** Whether the file, which held `text`, is that of a living process; false too when it is gone or has changed. */
function isHeld(attempt: Attempt, name: string, text: string): boolean {
  const holder = parseHolder(text);
  const known = holder === undefined ? undefined : isAlive(holder, attempt.self);
  if (known !== undefined) return known;
  const beganMs = performance.now();
  const first = modifiedMs(name);
  // The private file has just been written: its time is the file system's own now.
  const ageMs = (modifiedMs(attempt.file) ?? 0) - (first ?? 0);
  for (;;) {
    const waitedMs = performance.now() - beganMs;
    if (read(name) !== text) return false;
    // Only a holder writes again; a file that nobody can have finished yet is no sign of life.
    if (modifiedMs(name) !== first) return true;
    if (Math.max(ageMs, 0) + waitedMs >= attempt.staleMs) return false;
    pause(POLL_INTERVAL_MS);
  }
}

/** Replaces the lock of a dead process, which held `stale`; false when somebody else does, or did. */
function takeOver(attempt: Attempt, stale: string): boolean {
  const claims: string[] = [];
  for (let text = stale; ; ) {
    const claim = claimPath(attempt.path, text);
    claims.push(claim);
    if (create(attempt, claim)) break;
    const claimant = read(claim);
    if (claimant === undefined || isHeld(attempt, claim, claimant)) return false;
    text = claimant;
  }
  const own = claims.at(-1) ?? '';
  if (read(attempt.path) !== stale) {
    // Somebody was done with it before this claim was made.
    remove(own);
    return false;
  }
  renameSync(attempt.file, attempt.path);
  for (const claim of claims) remove(claim);
  return true;
}

/** Holds the lock that has been taken: beats, and gives it back. */
function keep({ path, text }: Attempt, options: LockOptions): DataLock {
  sweepLeftovers(path);
  let isOpen = true;
  const end = (): void => {
    isOpen = false;
    clearInterval(beating);
  };
  const onBeat = (isOwn: boolean): void => {
    if (isOwn || !isOpen) return;
    end();
    if (options.onLost !== undefined) options.onLost();
    else {
      process.emitWarning(`${path} is another process's now; this one stops`);
      process.kill(process.pid, 'SIGTERM');
    }
  };
  const beating = setInterval(
    // A disk that fails now may not at the next beat.
    () => void beat(path, text).then(onBeat, () => undefined),
    options.beatIntervalMs ?? BEAT_INTERVAL_MS,
  ).unref();
  return {
    release: () => {
      if (isOpen && read(path) === text) remove(path);
      end();
    },
  };
}

/** Shows that this process lives; false when the lock is not its own any more. Never waits on the main thread. */
async function beat(path: string, text: string): Promise<boolean> {
  try {
    await using file = await open(path, 'r+');
    if ((await file.readFile('utf8')) !== text) return false;
    // The same bytes again, so whoever reads meanwhile sees no difference. A full disk may refuse even those.
    await file.write(text, 0).catch(() => file.utimes(new Date(), new Date()));
    await file.sync();
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false;
    throw cause;
  }
}

/** Private files and claims of processes that were killed while they tried, long ago. */
function sweepLeftovers(path: string): void {
  const nowMs = modifiedMs(path) ?? 0;
  for (const name of readdirSync(dirname(path))) {
    const file = join(dirname(path), name);
    if (!name.startsWith(`${basename(path)}.`)) continue;
    if (nowMs - (modifiedMs(file) ?? nowMs) > LEFTOVER_AGE_MS) remove(file);
  }
}

function inUse(directory: string, { self, path }: Attempt, text: string): ReturnType<typeof failure> {
  const holder = parseHolder(text);
  const advice = 'stop it, or choose another folder with --data DIR';
  if (holder === undefined)
    return refusal(
      `The data folder ${directory} is being taken by another process: ${advice}. If there is none, remove ${path}`,
    );
  const { pid, host, since } = holder;
  if (holder.place === self.place)
    return refusal(`The data folder ${directory} is in use by process ${pid} since ${since}: ${advice}`);
  return refusal(
    `The data folder ${directory} is in use by process ${pid} on host ${host} since ${since}, another container or ` +
      `machine that still writes its lock: ${advice}. If you know that it is gone, remove ${path}`,
  );
}

function refusal(message: string): ReturnType<typeof failure> {
  return failure('unavailable', message, { retry: 'never' });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

function modifiedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function remove(path: string): void {
  rmSync(path, { force: true });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

function pause(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
