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
import { ChildLink } from './child-link.ts';
import { EMBEDDED_LIMITS, type EmbeddedLimits, printEmbeddedConfig } from './embedded-config.ts';
import type { Engine, EngineAnswer, EngineHealth, EngineQuery, QueryClass } from './engine.ts';
import { readFailure, writeFailure } from './engine-failure.ts';
import type { ChildMessage } from './frame.ts';
import { boundsOf, hasAnswer, printStatement } from './statement.ts';
import { type DeskJob, StatementDesk } from './statement-desk.ts';

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
const RESTART_PAUSE_MS_MAX = 5000;
/** A child that lived this long is worth an immediate restart when it dies. */
const SETTLED_MS = 10_000;
const OPEN_DEADLINE_MS = 60_000;
/** How long past its deadline a statement may hold its session before the engine counts as hanging. */
const HANG_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;
const DIED_RETRY_MS = 500;
const LAST_LINES_KEPT = 5;
const ATTEMPTS_MAX = 2;

type Job = DeskJob<{
  readonly id: number;
  /** Watches a started statement for hanging. */
  watch: NodeJS.Timeout | undefined;
  blocks: Uint8Array[];
}>;

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
  readonly #desk: StatementDesk<Job['own']>;
  readonly #jobs: Map<number, Job> = new Map();
  #nextId = 1;
  #restarts = -1;
  #failedOpens = 0;
  #link: ChildLink | undefined;
  #openedAtMs = 0;
  #openTimer: NodeJS.Timeout | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #lastLines: string[] = [];
  #onGone: (() => void) | undefined;

  constructor(options: EmbeddedEngineOptions) {
    this.#options = options;
    const { nowMs, waitingMax } = options;
    this.#desk = new StatementDesk<Job['own']>({
      name: 'the store',
      reason: 'The engine has not been started',
      readSessions: options.readSessions ?? READ_SESSIONS,
      ...(waitingMax === undefined ? {} : { waitingMax }),
      ...(nowMs === undefined ? {} : { nowMs }),
      own: () => ({ id: this.#nextId++, watch: undefined, blocks: [] }),
      start: (job) => this.#begin(job),
      giveUp: (job) => this.#giveUp(job),
    });
  }

  get pid(): number | undefined {
    return this.#link?.pid;
  }

  start(): Promise<Result<void>> {
    if (this.#link === undefined && this.#restartTimer === undefined) this.#spawn();
    if (this.#desk.state === 'ready') return Promise.resolve(ok(undefined));
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
    return this.#desk.check(Math.max(0, this.#restarts));
  }

  onState(listener: Parameters<Engine['onState']>[0]): () => void {
    return this.#desk.onState(listener);
  }

  command(sql: string, options: { readonly deadlineMs: number }): Promise<Result<void>> {
    return this.#desk.command(sql, options);
  }

  query(query: EngineQuery): Promise<Result<EngineAnswer>> {
    return this.#desk.query(query);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#desk.stopping) return;
    this.#desk.stop();
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
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
    this.#desk.become('absent', 'The store has been stopped');
  }

  #begin(job: Job): void {
    const leftMs = this.#desk.leftMs(job);
    const { own, query } = job;
    own.blocks = [];
    own.watch = setTimeout(() => this.#hang(job), leftMs + HANG_MS);
    this.#jobs.set(own.id, job);
    this.#link?.send({
      kind: 'query',
      id: own.id,
      session: job.session,
      sql: printStatement(query, leftMs, boundsOf(job.class, this.#options)),
      answers: hasAnswer(query.sql),
    });
  }

  /** The session stays taken until the child says so, which kills what still reads. */
  #giveUp({ class: kind, own }: Job): void {
    own.blocks = [];
    if (kind !== 'write' && this.#jobs.has(own.id)) this.#link?.send({ kind: 'cancel', id: own.id });
  }

  #hang(job: Job): void {
    this.#note(`A ${job.class} statement hung`);
    this.#desk.settle(
      job,
      err(failure('deadline', 'The store hung and is being restarted', { retry: 'later' })),
    );
    this.#link?.kill();
  }

  #receive(message: ChildMessage, body: Uint8Array): void {
    switch (message.kind) {
      case 'opened':
        clearTimeout(this.#openTimer);
        this.#openedAtMs = this.#desk.nowMs();
        this.#failedOpens = 0;
        this.#desk.become('ready');
        this.#desk.pump();
        return;
      case 'refused':
        this.#note(message.message);
        this.#link?.kill();
        return;
      case 'block': {
        const job = this.#jobs.get(message.id);
        if (job === undefined || job.settled) return;
        if (job.query.onBlock === undefined) job.own.blocks.push(body);
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
            blocks: job.own.blocks,
            waitedMs: job.startedAtMs - job.queuedAtMs,
            ranMs: this.#desk.nowMs() - job.startedAtMs,
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
    clearTimeout(job.own.watch);
    this.#desk.release(job);
    this.#desk.settle(job, result(job));
    this.#desk.pump();
  }

  #spawn(): void {
    this.#restarts++;
    this.#lastLines = [];
    if (this.#failedOpens === 0) this.#desk.become('starting', 'The engine is opening');
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
    const { sessions } = this.#desk;
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
    const wasReady = this.#desk.state === 'ready';
    this.#link = undefined;
    this.#onGone?.();
    for (const job of this.#desk.releaseAll()) this.#recover(job, how);
    this.#jobs.clear();
    if (this.#desk.stopping) return;
    const settled = wasReady && this.#desk.nowMs() - this.#openedAtMs > SETTLED_MS;
    if (!wasReady) this.#failedOpens++;
    const reason = `The engine ${how}${this.#lastLines.length === 0 ? '' : `: ${this.#lastLines.join(' ')}`}`;
    if (!wasReady) this.#options.volumes?.openFailed(reason);
    if (this.#failedOpens > 0) {
      this.#desk.become('absent', reason);
      this.#desk.refuseWaiting(failure('unavailable', reason));
    } else {
      this.#desk.become('starting', reason);
    }
    const pauseMs = settled ? 0 : Math.min(RESTART_PAUSE_MS_MAX, 50 * 2 ** Math.min(this.#failedOpens, 10));
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      this.#spawn();
    }, pauseMs);
  }

  /** What becomes of a statement that ran in a child that died. */
  #recover(job: Job, how: string): void {
    clearTimeout(job.own.watch);
    if (job.settled) return;
    job.own.blocks = [];
    if (this.#desk.again(job, ATTEMPTS_MAX)) return;
    const lost: Failure = failure('unavailable', `The engine ${how} while it ran the statement`, {
      retryAfterMs: DIED_RETRY_MS,
    });
    this.#desk.settle(job, err(lost));
  }
}
