/**
 * Admission: who runs next when sessions are short.
 *
 * Session 0 belongs to the writer. Of the read sessions, scans never hold all but one and searches never
 * the last, so that a trace by its id always finds one free. Within a class it is first come, first served;
 * queues are bounded, and whoever finds one full is told so at once.
 */
import type { QueryClass, ReadClass } from './engine.ts';

export const QUERY_CLASSES: readonly QueryClass[] = ['write', 'id', 'search', 'scan'];

export type AdmissionLimits = {
  readonly readSessions: number;
  readonly waitingMax: Readonly<Record<QueryClass, number>>;
};

export class Admission<Job extends { readonly class: QueryClass }> {
  readonly #limits: AdmissionLimits;
  readonly #queues: Readonly<Record<QueryClass, Set<Job>>> = {
    write: new Set(),
    id: new Set(),
    search: new Set(),
    scan: new Set(),
  };
  readonly #running: Record<QueryClass, number> = { write: 0, id: 0, search: 0, scan: 0 };
  readonly #sessions: (Job | undefined)[];

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.#sessions = new Array<Job | undefined>(limits.readSessions + 1).fill(undefined);
  }

  get sessions(): number {
    return this.#sessions.length;
  }

  /** False when the queue of the job's class is full. */
  enqueue(job: Job): boolean {
    const queue = this.#queues[job.class];
    if (queue.size >= this.#limits.waitingMax[job.class]) return false;
    queue.add(job);
    return true;
  }

  /** Takes a job that waits out of its queue; false when it does not wait. */
  withdraw(job: Job): boolean {
    return this.#queues[job.class].delete(job);
  }

  /** The next job that may start and the session for it; it counts as running until `release`. */
  next(): { readonly job: Job; readonly session: number } | undefined {
    for (const kind of QUERY_CLASSES) {
      const job = first(this.#queues[kind]);
      if (job === undefined) continue;
      const session = kind === 'write' ? this.#writeSession() : this.#readSession(kind);
      if (session === undefined) continue;
      this.#queues[kind].delete(job);
      this.#sessions[session] = job;
      this.#running[kind]++;
      return { job, session };
    }
    return undefined;
  }

  release(session: number): void {
    const job = this.#sessions[session];
    if (job === undefined) return;
    this.#sessions[session] = undefined;
    this.#running[job.class]--;
  }

  /** Frees all sessions, as when the engine died, and returns what ran on them. */
  releaseAll(): Job[] {
    const jobs = this.#sessions.filter((job) => job !== undefined);
    for (let session = 0; session < this.#sessions.length; session++) this.release(session);
    return jobs;
  }

  /** Takes out and returns everything that waits. */
  drain(): Job[] {
    const jobs = QUERY_CLASSES.flatMap((kind) => [...this.#queues[kind]]);
    for (const kind of QUERY_CLASSES) this.#queues[kind].clear();
    return jobs;
  }

  running(): Record<QueryClass, number> {
    return { ...this.#running };
  }

  waiting(): Record<QueryClass, number> {
    const { write, id, search, scan } = this.#queues;
    return { write: write.size, id: id.size, search: search.size, scan: scan.size };
  }

  #writeSession(): number | undefined {
    return this.#sessions[0] === undefined ? 0 : undefined;
  }

  #readSession(kind: ReadClass): number | undefined {
    const total = this.#limits.readSessions;
    const { search, scan } = this.#running;
    if (kind === 'scan' && scan >= Math.max(1, total - 2)) return undefined;
    if (kind !== 'id' && search + scan >= Math.max(1, total - 1)) return undefined;
    for (let session = 1; session <= total; session++) {
      if (this.#sessions[session] === undefined) return session;
    }
    return undefined;
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const value of set) return value;
  return undefined;
}
