/**
 * EmbeddedEngine: supervises the child process that holds ClickHouse, and is the only one that talks to it.
 *
 * When the child dies it is started again, at once the first time and then with growing pauses. Reads that
 * ran in it are repeated once; writes fail with retry `later`, because only the writer can find out whether
 * its rows are there. What waits keeps waiting, within its deadline. A statement that outlives its deadline
 * by far means that the engine hangs: then the child is killed, which the data folder survives.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, type Failure, failure, ok, type Result } from '@tracewright/std';
import { HOT_ONLY, type VolumeConfig } from '../volumes/cold-tier.ts';
import { Admission } from './admission.ts';
import { ChildLink } from './child-link.ts';
import { EMBEDDED_LIMITS, type EmbeddedLimits, printEmbeddedConfig } from './embedded-config.ts';
import type { Engine, EngineAnswer, EngineHealth, EngineQuery, EngineState, QueryClass } from './engine.ts';
import { readFailure, writeFailure } from './engine-failure.ts';
import type { ChildMessage } from './frame.ts';
import { boundsOf, hasAnswer, printStatement } from './statement.ts';

export type EmbeddedEngineOptions = {
  /** The folder of the engine's own files; made when it is missing. */
  readonly path: string;
  /** The child's entry; another one when the program is bundled. */
  readonly childUrl?: URL;
  readonly readSessions?: number;
  /** Further volumes for the tables; asked anew at each start of the child. */
  readonly volumes?: {
    /** What to tell the child of them: a piece of its configuration, and variables of its environment. */
    print(): VolumeConfig;
    openFailed(reason: string): void;
  };
  readonly limits?: Partial<EmbeddedLimits>;
  /** What one reading statement may use, unless its asker says otherwise. */
  readonly readMemoryBytesMax?: number;
  readonly readRowsMax?: number;
  readonly waitingMax?: Readonly<Record<QueryClass, number>>;
  /** What the engine says on its standard error, line by line. */
  readonly onLine?: (line: string) => void;
  readonly nowMs?: () => number;
};

const READ_SESSIONS = 3;
const WAITING_MAX: Readonly<Record<QueryClass, number>> = { write: 64, id: 256, search: 128, scan: 32 };
const RESTART_PAUSE_MS_MAX = 5000;
/** A child that lived this long is worth an immediate restart when it dies. */
const SETTLED_MS = 10_000;
const OPEN_DEADLINE_MS = 60_000;
/** How long past its deadline a statement may hold its session before the engine counts as hanging. */
const HANG_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;
const OVERLOADED_RETRY_MS = 1000;
const DIED_RETRY_MS = 500;
const LAST_LINES_KEPT = 5;
const ATTEMPTS_MAX = 2;

type Job = {
  readonly id: number;
  readonly query: EngineQuery;
  readonly class: QueryClass;
  readonly queuedAtMs: number;
  readonly resolve: (result: Result<EngineAnswer>) => void;
  readonly abort: () => void;
  timer: NodeJS.Timeout | undefined;
  /** Watches a started statement for hanging. */
  watch: NodeJS.Timeout | undefined;
  session: number;
  startedAtMs: number;
  attempts: number;
  settled: boolean;
  blocks: Uint8Array[];
};

export type EmbeddedEngineHandle = Engine & {
  /** Of the child, while there is one: for its memory and CPU, and for whoever wants to kill it. */
  readonly pid: number | undefined;
};

export function createEmbeddedEngine(options: EmbeddedEngineOptions): EmbeddedEngineHandle {
  return new EmbeddedEngine(options);
}

class EmbeddedEngine implements EmbeddedEngineHandle {
  readonly id = 'embedded';
  readonly #options: EmbeddedEngineOptions;
  readonly #nowMs: () => number;
  readonly #admission: Admission<Job>;
  readonly #jobs: Map<number, Job> = new Map();
  readonly #listeners: Set<(state: EngineState, reason?: string) => void> = new Set();
  #nextId = 1;
  #state: EngineState = 'absent';
  #reason: string | undefined = 'The engine has not been started';
  #restarts = -1;
  #failedOpens = 0;
  #link: ChildLink | undefined;
  #openedAtMs = 0;
  #openTimer: NodeJS.Timeout | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #lastLines: string[] = [];
  #stopping = false;
  #onGone: (() => void) | undefined;

  constructor(options: EmbeddedEngineOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#admission = new Admission({
      readSessions: options.readSessions ?? READ_SESSIONS,
      waitingMax: options.waitingMax ?? WAITING_MAX,
    });
  }

  get pid(): number | undefined {
    return this.#link?.pid;
  }

  start(): Promise<Result<void>> {
    if (this.#link === undefined && this.#restartTimer === undefined) this.#spawn();
    if (this.#state === 'ready') return Promise.resolve(ok(undefined));
    return new Promise((resolve) => {
      const end = this.onState((state, reason) => {
        if (state === 'starting') return;
        end();
        resolve(
          state === 'ready' ? ok(undefined) : err(failure('unavailable', reason ?? 'The engine is absent')),
        );
      });
    });
  }

  check(): EngineHealth {
    return {
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      restarts: Math.max(0, this.#restarts),
      running: this.#admission.running(),
      waiting: this.#admission.waiting(),
    };
  }

  onState(listener: (state: EngineState, reason?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async command(sql: string, options: { readonly deadlineMs: number }): Promise<Result<void>> {
    const result = await this.query({ sql, class: 'write', deadlineMs: options.deadlineMs });
    return result.ok ? ok(undefined) : result;
  }

  query(query: EngineQuery): Promise<Result<EngineAnswer>> {
    if (this.#stopping) return Promise.resolve(err(failure('unavailable', 'The store is stopping')));
    if (this.#state === 'absent') {
      return Promise.resolve(
        err(failure('unavailable', `The store is absent: ${this.#reason ?? 'no reason known'}`)),
      );
    }
    if (query.signal?.aborted === true) return Promise.resolve(err(cancelled()));
    return new Promise((resolve) => {
      const job: Job = {
        id: this.#nextId++,
        query,
        class: query.class,
        queuedAtMs: this.#nowMs(),
        resolve,
        abort: () => this.#settle(job, err(cancelled())),
        timer: undefined,
        watch: undefined,
        session: -1,
        startedAtMs: 0,
        attempts: 0,
        settled: false,
        blocks: [],
      };
      if (!this.#admission.enqueue(job)) {
        const reason = `Too many ${query.class} statements wait for the store`;
        resolve(err(failure('overloaded', reason, { retryAfterMs: OVERLOADED_RETRY_MS })));
        return;
      }
      job.timer = setTimeout(() => this.#expire(job), query.deadlineMs);
      query.signal?.addEventListener('abort', job.abort, { once: true });
      this.#pump();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    for (const job of this.#admission.drain()) {
      this.#settle(job, err(failure('unavailable', 'The store is stopping')));
    }
    const link = this.#link;
    if (link !== undefined) {
      const gone = new Promise<void>((resolve) => {
        this.#onGone = resolve;
      });
      link.send({ kind: 'stop' });
      const timer = setTimeout(() => link.kill(), STOP_DEADLINE_MS);
      await gone;
      clearTimeout(timer);
    }
    this.#become('absent', 'The store has been stopped');
  }

  /** Answers the asker, once; the session stays taken until the child says so, which kills what still reads. */
  #settle(job: Job, result: Result<EngineAnswer>): void {
    if (job.settled) return;
    job.settled = true;
    clearTimeout(job.timer);
    job.query.signal?.removeEventListener('abort', job.abort);
    job.blocks = [];
    this.#admission.withdraw(job);
    if (job.class !== 'write' && this.#jobs.has(job.id)) this.#link?.send({ kind: 'cancel', id: job.id });
    job.resolve(result);
  }

  #expire(job: Job): void {
    const where = job.session < 0 ? 'while it waited' : 'while it ran';
    this.#settle(
      job,
      err(
        failure('deadline', `The store did not answer within ${job.query.deadlineMs} ms, ${where}`, {
          retry: 'later',
        }),
      ),
    );
  }

  #pump(): void {
    if (this.#state !== 'ready') return;
    for (let next = this.#admission.next(); next !== undefined; next = this.#admission.next()) {
      const { job, session } = next;
      const now = this.#nowMs();
      const leftMs = Math.max(1, job.queuedAtMs + job.query.deadlineMs - now);
      job.session = session;
      job.startedAtMs = now;
      job.attempts++;
      job.blocks = [];
      job.watch = setTimeout(() => this.#hang(job), leftMs + HANG_MS);
      this.#jobs.set(job.id, job);
      this.#link?.send({
        kind: 'query',
        id: job.id,
        session,
        sql: printStatement(job.query, leftMs, boundsOf(job.class, this.#options)),
        answers: hasAnswer(job.query.sql),
      });
    }
  }

  #hang(job: Job): void {
    this.#reason = `A ${job.class} statement hung`;
    this.#settle(job, err(failure('deadline', 'The store hung and is being restarted', { retry: 'later' })));
    this.#link?.kill();
  }

  #receive(message: ChildMessage, body: Uint8Array): void {
    switch (message.kind) {
      case 'opened':
        clearTimeout(this.#openTimer);
        this.#openedAtMs = this.#nowMs();
        this.#failedOpens = 0;
        this.#become('ready');
        this.#pump();
        return;
      case 'refused':
        this.#note(message.message);
        this.#link?.kill();
        return;
      case 'block': {
        const job = this.#jobs.get(message.id);
        if (job === undefined || job.settled) return;
        if (job.query.onBlock === undefined) job.blocks.push(body);
        else {
          // Whoever took a block cannot be served from the beginning again.
          job.attempts = ATTEMPTS_MAX;
          job.query.onBlock(body);
        }
        return;
      }
      case 'done':
        this.#finish(message.id, (job) =>
          ok({
            blocks: job.blocks,
            waitedMs: job.startedAtMs - job.queuedAtMs,
            ranMs: this.#nowMs() - job.startedAtMs,
          }),
        );
        return;
      case 'failed':
        this.#finish(message.id, (job) => {
          const explain = job.class === 'write' ? writeFailure : readFailure;
          return err(explain('The store refused the statement', message.code, message.message));
        });
    }
  }

  #finish(id: number, result: (job: Job) => Result<EngineAnswer>): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#jobs.delete(id);
    clearTimeout(job.watch);
    this.#admission.release(job.session);
    this.#settle(job, result(job));
    this.#pump();
  }

  #spawn(): void {
    this.#restarts++;
    this.#lastLines = [];
    if (this.#failedOpens === 0) this.#become('starting', 'The engine is opening');
    const { path } = this.#options;
    const configPath = join(path, 'engine.xml');
    const limits = { ...EMBEDDED_LIMITS, ...this.#options.limits };
    const volumes = this.#options.volumes?.print() ?? HOT_ONLY;
    try {
      mkdirSync(path, { recursive: true });
      writeFileSync(configPath, printEmbeddedConfig(limits, volumes.xml));
    } catch (cause) {
      this.#note(cause instanceof Error ? cause.message : String(cause));
      this.#gone('could not be started');
      return;
    }
    const { sessions } = this.#admission;
    const link = new ChildLink({
      entry: this.#options.childUrl ?? new URL('./embedded-child.ts', import.meta.url),
      folder: path,
      sessions,
      environment: volumes.environment,
      onMessage: (message, body) => this.#receive(message, body),
      onLine: (line) => {
        this.#note(line);
        this.#options.onLine?.(line);
      },
      onGone: (how) => this.#gone(how),
    });
    this.#link = link;
    this.#openTimer = setTimeout(() => link.kill(), OPEN_DEADLINE_MS);
    link.send({ kind: 'open', path, configPath, sessions });
  }

  /** Keeps the last words of a child, for the reason of its end. */
  #note(line: string): void {
    this.#lastLines = [...this.#lastLines, line].slice(-LAST_LINES_KEPT);
  }

  #gone(how: string): void {
    clearTimeout(this.#openTimer);
    const wasReady = this.#state === 'ready';
    this.#link = undefined;
    this.#onGone?.();
    for (const job of this.#admission.releaseAll()) this.#recover(job, how);
    this.#jobs.clear();
    if (this.#stopping) return;
    const settled = wasReady && this.#nowMs() - this.#openedAtMs > SETTLED_MS;
    if (!wasReady) this.#failedOpens++;
    const reason = `The engine ${how}${this.#lastLines.length === 0 ? '' : `: ${this.#lastLines.join(' ')}`}`;
    if (!wasReady) this.#options.volumes?.openFailed(reason);
    if (this.#failedOpens > 0) {
      this.#become('absent', reason);
      for (const job of this.#admission.drain()) {
        this.#settle(job, err(failure('unavailable', reason)));
      }
    } else {
      this.#become('starting', reason);
    }
    const pauseMs = settled ? 0 : Math.min(RESTART_PAUSE_MS_MAX, 50 * 2 ** Math.min(this.#failedOpens, 10));
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      this.#spawn();
    }, pauseMs);
  }

  /** What becomes of a statement that ran in a child that died. */
  #recover(job: Job, how: string): void {
    clearTimeout(job.watch);
    job.session = -1;
    if (job.settled) return;
    const repeatable = job.class !== 'write' && job.attempts < ATTEMPTS_MAX && !this.#stopping;
    job.blocks = [];
    if (repeatable && this.#admission.enqueue(job)) return;
    const lost: Failure = failure('unavailable', `The engine ${how} while it ran the statement`, {
      retryAfterMs: DIED_RETRY_MS,
    });
    this.#settle(job, err(lost));
  }

  #become(state: EngineState, reason?: string): void {
    this.#state = state;
    this.#reason = reason;
    for (const listener of [...this.#listeners]) listener(state, reason);
  }
}

function cancelled(): Failure {
  return failure('cancelled', 'The asker went away');
}
