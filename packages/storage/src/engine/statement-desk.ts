/**
 * StatementDesk: where statements come in, whichever engine runs them. It knows who waits and for how long, answers each
 * asker once, and tells what state the engine is in. The engine starts what the desk hands it and says how it ended.
 */
import { err, type Failure, failure, ok, type Result } from '@tracewright/std';
import { Admission } from './admission.ts';
import type { EngineAnswer, EngineHealth, EngineQuery, EngineState, QueryClass } from './engine.ts';

export type DeskJob<Own> = {
  readonly query: EngineQuery;
  readonly class: QueryClass;
  readonly queuedAtMs: number;
  /** Negative while it waits. */
  session: number;
  startedAtMs: number;
  /** How often it was started. */
  attempts: number;
  /** Whether the asker has an answer. The session stays taken until the engine lets go of it. */
  settled: boolean;
  /** What the engine itself keeps of it. */
  readonly own: Own;
  readonly resolve: (result: Result<EngineAnswer>) => void;
  readonly abort: () => void;
  timer: NodeJS.Timeout | undefined;
};

export type DeskOptions<Own> = {
  /** What statements wait for, as messages call it. */
  readonly name: string;
  readonly readSessions: number;
  readonly waitingMax?: Readonly<Record<QueryClass, number>>;
  readonly nowMs?: () => number;
  /** Why the engine is absent at first. */
  readonly reason: string;
  own(): Own;
  /** Begins a statement on its session. */
  start(job: DeskJob<Own>): void;
  /** The asker has an answer; what may still run of the statement is for nobody. */
  giveUp(job: DeskJob<Own>): void;
};

const WAITING_MAX: Readonly<Record<QueryClass, number>> = { write: 64, id: 256, search: 128, scan: 32 };
const OVERLOADED_RETRY_MS = 1000;

export class StatementDesk<Own> {
  readonly nowMs: () => number;
  readonly #options: DeskOptions<Own>;
  readonly #admission: Admission<DeskJob<Own>>;
  readonly #listeners: Set<(state: EngineState, reason?: string) => void> = new Set();
  #state: EngineState = 'absent';
  #reason: string | undefined;
  #stopping = false;

  constructor(options: DeskOptions<Own>) {
    this.#options = options;
    this.nowMs = options.nowMs ?? (() => performance.now());
    this.#reason = options.reason;
    const { readSessions, waitingMax = WAITING_MAX } = options;
    this.#admission = new Admission({ readSessions, waitingMax });
  }

  get state(): EngineState {
    return this.#state;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Those for reading, and the writer's. */
  get sessions(): number {
    return this.#admission.sessions;
  }

  check(restarts: number): EngineHealth {
    return {
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      restarts,
      running: this.#admission.running(),
      waiting: this.#admission.waiting(),
    };
  }

  onState(listener: (state: EngineState, reason?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  become(state: EngineState, reason?: string): void {
    this.#state = state;
    this.#reason = reason;
    for (const listener of [...this.#listeners]) listener(state, reason);
  }

  async command(sql: string, options: { readonly deadlineMs: number }): Promise<Result<void>> {
    const result = await this.query({ sql, class: 'write', deadlineMs: options.deadlineMs });
    return result.ok ? ok(undefined) : result;
  }

  query(query: EngineQuery): Promise<Result<EngineAnswer>> {
    if (this.#stopping) return Promise.resolve(err(stoppingNow()));
    if (this.#state === 'absent') return Promise.resolve(err(this.absence()));
    if (query.signal?.aborted === true) return Promise.resolve(err(cancelled()));
    return new Promise((resolve) => {
      const job: DeskJob<Own> = {
        query,
        class: query.class,
        queuedAtMs: this.nowMs(),
        session: -1,
        startedAtMs: 0,
        attempts: 0,
        settled: false,
        own: this.#options.own(),
        resolve,
        abort: () => this.settle(job, err(cancelled())),
        timer: undefined,
      };
      if (!this.#admission.enqueue(job)) {
        const reason = `Too many ${query.class} statements wait for ${this.#options.name}`;
        resolve(err(failure('overloaded', reason, { retryAfterMs: OVERLOADED_RETRY_MS })));
        return;
      }
      job.timer = setTimeout(() => this.#expire(job), query.deadlineMs);
      query.signal?.addEventListener('abort', job.abort, { once: true });
      this.pump();
    });
  }

  /** Answers the asker, once. */
  settle(job: DeskJob<Own>, result: Result<EngineAnswer>): void {
    if (job.settled) return;
    job.settled = true;
    clearTimeout(job.timer);
    job.query.signal?.removeEventListener('abort', job.abort);
    this.#admission.withdraw(job);
    this.#options.giveUp(job);
    job.resolve(result);
  }

  #expire(job: DeskJob<Own>): void {
    const where = job.session < 0 ? 'while it waited' : 'while it ran';
    const reason = `The store did not answer within ${job.query.deadlineMs} ms, ${where}`;
    this.settle(job, err(failure('deadline', reason, { retry: 'later' })));
  }

  /** Starts what may start. */
  pump(): void {
    if (this.#state !== 'ready') return;
    for (let next = this.#admission.next(); next !== undefined; next = this.#admission.next()) {
      const { job, session } = next;
      job.session = session;
      job.startedAtMs = this.nowMs();
      job.attempts++;
      this.#options.start(job);
    }
  }

  /** How much of its time a statement has left. */
  leftMs({ queuedAtMs, query }: DeskJob<Own>): number {
    return Math.max(1, queuedAtMs + query.deadlineMs - this.nowMs());
  }

  /** The statement holds its session no more. */
  release(job: DeskJob<Own>): void {
    this.#admission.release(job.session);
    job.session = -1;
  }

  /** Frees all sessions, as when the engine died, and gives what ran on them. */
  releaseAll(): readonly DeskJob<Own>[] {
    const jobs = this.#admission.releaseAll();
    for (const job of jobs) job.session = -1;
    return jobs;
  }

  /** Lets a statement wait once more; false when too many do, or it must not run twice. */
  again(job: DeskJob<Own>, attemptsMax: number): boolean {
    if (job.class === 'write' || job.attempts >= attemptsMax || this.#stopping) return false;
    return this.#admission.enqueue(job);
  }

  refuseWaiting(reason: Failure): void {
    for (const job of this.#admission.drain()) this.settle(job, err(reason));
  }

  /** From now on nothing is taken; what waits is told so. */
  stop(): void {
    this.#stopping = true;
    this.refuseWaiting(stoppingNow());
  }

  absence(): Failure {
    return failure('unavailable', `The store is absent: ${this.#reason ?? 'no reason known'}`);
  }
}

function cancelled(): Failure {
  return failure('cancelled', 'The asker went away');
}

function stoppingNow(): Failure {
  return failure('unavailable', 'The store is stopping');
}
