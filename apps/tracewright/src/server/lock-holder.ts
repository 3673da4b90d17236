/**
 * LockHolder: who holds a data folder, as its lock file says, and whether that process still lives.
 *
 * A process id means something only in the pid namespace of one boot of one machine. Where both are this process's
 * own, the kernel knows: the process is there, and started when the lock says. Elsewhere, in another container or on
 * another machine, nothing can be looked up; there only the heartbeat of the lock file tells.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export type LockHolder = {
  readonly pid: number;
  /** What tells this process from a later one with the same pid; empty where the system does not say. */
  readonly identity: string;
  readonly host: string;
  /** Where pids mean the same: boot and pid namespace on Linux, the host's name elsewhere. */
  readonly place: string;
  readonly since: string;
  /** Makes each lock differ from each other one. */
  readonly nonce: string;
};

export function thisHolder(change: { readonly host?: string; readonly place?: string }): LockHolder {
  return {
    pid: process.pid,
    identity: identityOf(process.pid),
    host: change.host ?? hostname(),
    place: change.place ?? ownPlace(),
    since: new Date().toISOString(),
    nonce: randomUUID(),
  };
}

export function parseHolder(text: string): LockHolder | undefined {
  let value: Partial<LockHolder> | null;
  try {
    value = JSON.parse(text) as Partial<LockHolder> | null;
  } catch {
    return undefined;
  }
  const { pid, identity, host, place, since, nonce } = value ?? {};
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof identity !== 'string' || typeof place !== 'string') return undefined;
  return { pid, identity, host: String(host), place, since: String(since), nonce: String(nonce) };
}

/** Undefined when it cannot be known from here. */
export function isAlive(holder: LockHolder, self: LockHolder): boolean | undefined {
  if (holder.place !== self.place) return undefined;
  // Without identities a lock of this very pid is one that an earlier container left, whose pid was the same.
  if (holder.pid === self.pid) return holder.identity !== '' && holder.identity === self.identity;
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EPERM')) return false;
  }
  return holder.identity === '' || holder.identity === identityOf(holder.pid);
}

function ownPlace(): string {
  try {
    return `${bootId()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return `host ${hostname()}`;
  }
}

/** On Linux the boot and the start time of the process; elsewhere unknown. Of the dead there is none. */
function identityOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the command, in parentheses, may hold spaces; the start time is the 20th field behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is only waiting for its parent to hear that it died.
    return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : `${bootId()}:${fields[19]}`;
  } catch {
    return '';
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
