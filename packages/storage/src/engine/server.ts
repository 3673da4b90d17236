/**
 * ServerEngine: a ClickHouse server, or the replicas of one shard, behind the same interface as the embedded
 * engine: who runs next, deadlines, bounds, and what becomes of everything when a server goes away.
 *
 * One replica is used at a time. When it does not answer, the others are tried in turn; reads that it left
 * without an answer run again on the next one, writes fail with retry `later`, because only the writer can
 * find out whether its rows are there. While no replica answers the engine is absent, refuses at once, and
 * goes on looking. Whoever gives a statement up has it killed on the server.
 */
import { randomUUID } from 'node:crypto';
import { err, failure, ok, type Result } from '@tracewright/std';
import { printText } from '../compile/literal.ts';
import { decodeNativeBlocks } from '../native/decode.ts';
import { hungUpWords } from './connection-words.ts';
import {
  type Engine,
  type EngineAnswer,
  type EngineHealth,
  type EngineQuery,
  type EngineState,
  INPUT,
  type QueryClass,
} from './engine.ts';
import { readFailure, writeFailure } from './engine-failure.ts';
import { type ServerDialect, translate } from './server-dialect.ts';
import { ServerLink, type ServerReply } from './server-link.ts';
import { boundsOf, hasAnswer, isPlain, settingsOf } from './statement.ts';
import { type DeskJob, StatementDesk } from './statement-desk.ts';

export type ServerEngineOptions = {
  /** What it is called in messages, as in `shard 2`. */
  readonly name: string;
  /** The replicas, without user or password; the one at `preferred` is tried first. */
  readonly urls: readonly string[];
  readonly preferred?: number;
  readonly username: string;
  readonly password: string;
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly caCert?: Buffer;
  readonly dialect: ServerDialect;
  /** How many replicas must have an insert before it counts; absent: the one that was asked. */
  readonly insertQuorum?: number;
  readonly readSessions?: number;
  readonly waitingMax?: Readonly<Record<QueryClass, number>>;
  readonly nowMs?: () => number;
};

const READ_SESSIONS = 6;
const PROBE_DEADLINE_MS = 5_000;
/** How often a server that says nothing is asked whether it is there. */
const PROBE_EVERY_MS = 5_000;
const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 5_000;
const KILL_DEADLINE_MS = 2_000;
const LOST_RETRY_MS = 500;
const ANSWER_BYTES_MAX: number = 600 * 1024 * 1024;
/** The first version with every setting that the statements use. */
const VERSION_MIN: readonly [number, number] = [25, 12];

const AUTHENTICATION: ReadonlySet<number> = new Set([192, 193, 194, 516]);
/** Answers of a replica that cannot do its work while others may: it has lost its Keeper or its peers. */
const REPLICA_AILING: ReadonlySet<number> = new Set([225, 242, 285, 999]);

type Job = DeskJob<{ running: AbortController | undefined }>;

export function createServerEngine(options: ServerEngineOptions): Engine {
  return new ServerEngine(options);
}

class ServerEngine implements Engine {
  readonly id: string = 'server';
  readonly #options: ServerEngineOptions;
  readonly #desk: StatementDesk<Job['own']>;
  readonly #links: readonly ServerLink[];
  #current: number;
  #started = false;
  #restarts = 0;
  #failures = 0;
  #heardAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #probing: Promise<void> | undefined;
  readonly #ended = new AbortController();
  readonly #tasks: Set<Promise<void>> = new Set();

  constructor(options: ServerEngineOptions) {
    this.#options = options;
    const { nowMs, readSessions = READ_SESSIONS, waitingMax } = options;
    this.#desk = new StatementDesk<Job['own']>({
      name: options.name,
      reason: 'The server has not been asked yet',
      readSessions,
      ...(waitingMax === undefined ? {} : { waitingMax }),
      ...(nowMs === undefined ? {} : { nowMs }),
      own: () => ({ running: undefined }),
      start: (job) => {
        const task = this.#run(job);
        this.#tasks.add(task);
        void task.finally(() => this.#tasks.delete(task));
      },
      // A statement that still runs is killed.
      giveUp: (job) => job.own.running?.abort(),
    });
    this.#links = options.urls.map(
      (url) =>
        new ServerLink({
          url,
          username: options.username,
          password: options.password,
          compression: options.compression,
          ...(options.caCert === undefined ? {} : { caCert: options.caCert }),
          // Probes and kills must not wait behind statements.
          connectionsMax: readSessions + 3,
        }),
    );
    this.#current = (options.preferred ?? 0) % Math.max(1, options.urls.length);
  }

  async start(): Promise<Result<void>> {
    this.#started = true;
    if (this.#desk.state !== 'ready') await this.#probe();
    if (this.#desk.state === 'ready') return ok(undefined);
    return err(failure('unavailable', this.#desk.reason ?? 'The server does not answer'));
  }

  check(): EngineHealth {
    return this.#desk.check(this.#restarts);
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
    clearTimeout(this.#timer);
    this.#ended.abort();
    await Promise.allSettled([...this.#tasks, this.#probing]);
    await Promise.all(this.#links.map((link) => link.close()));
    this.#become('absent', 'The store has been stopped');
  }

  async #run(job: Job): Promise<void> {
    const { query } = job;
    const at = this.#current;
    const link = this.#link(at);
    const queryId = randomUUID();
    const running = new AbortController();
    job.own.running = running;
    const reply = await link.ask({
      sql: this.#print(query),
      queryId,
      settings: this.#settings(job),
      ...(query.input === undefined ? {} : { bodyPath: query.input.path }),
      answerBytesMax: ANSWER_BYTES_MAX,
      signal: AbortSignal.any([running.signal, this.#ended.signal]),
    });
    const wasGivenUp = job.settled;
    job.own.running = undefined;
    // The server does not count as free before it has let go of what nobody waits for.
    if (wasGivenUp) await this.#kill(link, queryId);
    this.#desk.release(job);
    if (!wasGivenUp) this.#finish(job, reply, at);
    this.#desk.pump();
  }

  #finish(job: Job, reply: ServerReply, at: number): void {
    const link = this.#link(at);
    switch (reply.kind) {
      case 'answer': {
        this.#heardAtMs = this.#desk.nowMs();
        const { onBlock } = job.query;
        if (onBlock !== undefined && reply.bytes.length > 0 && !job.settled) onBlock(reply.bytes);
        const blocks = onBlock === undefined && reply.bytes.length > 0 ? [reply.bytes] : [];
        const waitedMs = job.startedAtMs - job.queuedAtMs;
        this.#desk.settle(job, ok({ blocks, waitedMs, ranMs: this.#desk.nowMs() - job.startedAtMs }));
        return;
      }
      case 'exception': {
        this.#heardAtMs = this.#desk.nowMs();
        if (AUTHENTICATION.has(reply.code)) {
          this.#lost(at, this.#refused(link));
          this.#desk.settle(job, err(failure('unavailable', this.#refused(link))));
          return;
        }
        const ails = REPLICA_AILING.has(reply.code);
        if (ails && this.#links.length > 1)
          this.#lost(at, `${link.url} ails: ${reply.message.slice(0, 200)}`);
        const explain = job.class === 'write' ? writeFailure : readFailure;
        const what = `The server ${link.url} refused the statement`;
        this.#desk.settle(job, err(explain(what, reply.code, reply.message)));
        return;
      }
      case 'broken': {
        const reason = `The server ${link.url} gave no answer: ${reply.reason}`;
        this.#lost(at, reason);
        if (this.#desk.again(job, this.#links.length + 1)) return;
        this.#desk.settle(job, err(failure('unavailable', reason, { retryAfterMs: LOST_RETRY_MS })));
      }
    }
  }

  #link(at: number): ServerLink {
    return this.#links[at] as ServerLink;
  }

  #refused({ url }: ServerLink): string {
    const { username } = this.#options;
    return `The server ${url} does not let user "${username}" in: the name or the password is wrong`;
  }

  #print(query: EngineQuery): string {
    const sql = translate(query.sql, this.#options.dialect);
    const { input } = query;
    if (input !== undefined) {
      return `${sql.replace(INPUT, () => `input(${printText(input.structure)})`)} FORMAT Native`;
    }
    return hasAnswer(sql) ? `${sql}\nFORMAT Native` : sql;
  }

  #settings(job: Job): Record<string, string | number> {
    const { query } = job;
    const common: Record<string, string | number> = {};
    if (this.#options.dialect.onCluster !== undefined && isPlain(query.sql)) {
      // A definition counts when all that can be reached have it; the others catch up by themselves.
      common['distributed_ddl_output_mode'] = 'null_status_on_timeout';
    }
    if (isPlain(query.sql)) return common;
    const bounds = settingsOf(query, this.#desk.leftMs(job), boundsOf(job.class, {}));
    if (job.class === 'write') {
      const quorum = this.#options.insertQuorum;
      return {
        ...bounds,
        ...(quorum === undefined ? {} : { insert_quorum: quorum, insert_quorum_parallel: 1 }),
      };
    }
    return { ...bounds, cancel_http_readonly_queries_on_client_close: 1 };
  }

  /** By its id; the server does not wait for the end of it, but closes the connection. */
  async #kill(link: ServerLink, queryId: string): Promise<void> {
    if (this.#desk.stopping) return;
    await link.ask({
      sql: `KILL QUERY WHERE query_id = '${queryId}' ASYNC`,
      queryId: randomUUID(),
      settings: {},
      answerBytesMax: 1024 * 1024,
      signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(KILL_DEADLINE_MS)]),
    });
  }

  /** The replica at `at` did not do its work: the next one is tried, or all are looked for. */
  #lost(at: number, reason: string): void {
    if (this.#desk.stopping || at !== this.#current) return;
    this.#current = (at + 1) % this.#links.length;
    if (this.#desk.state === 'ready') {
      this.#restarts++;
      this.#become('starting', reason);
    }
    void this.#probe();
  }

  /** Looks for a replica that answers; there is one such search at a time. */
  #probe(): Promise<void> {
    this.#probing ??= this.#search().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #search(): Promise<void> {
    clearTimeout(this.#timer);
    const reasons: string[] = [];
    for (let tried = 0; tried < this.#links.length && !this.#desk.stopping; tried++) {
      const at = (this.#current + tried) % this.#links.length;
      const reason = await this.#greet(this.#link(at));
      if (reason !== undefined) {
        reasons.push(reason);
        continue;
      }
      this.#current = at;
      this.#failures = 0;
      this.#heardAtMs = this.#desk.nowMs();
      if (this.#desk.state !== 'ready') this.#become('ready');
      this.#schedule(PROBE_EVERY_MS);
      this.#desk.pump();
      return;
    }
    if (this.#desk.stopping) return;
    this.#failures++;
    this.#become('absent', reasons.join('; '));
    this.#desk.refuseWaiting(this.#desk.absence());
    this.#schedule(Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures - 1, 10)));
  }

  /** Undefined when the server answers and is one that can be used; otherwise why not. */
  async #greet(link: ServerLink): Promise<string | undefined> {
    const reply = await link.ask({
      sql: 'SELECT version() AS version FORMAT Native',
      queryId: randomUUID(),
      settings: {},
      answerBytesMax: 1024 * 1024,
      signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(PROBE_DEADLINE_MS)]),
    });
    if (reply.kind === 'broken')
      return `The server ${link.url} does not answer: ${hungUpWords(reply.reason, link.url)}`;
    if (reply.kind === 'exception') {
      if (AUTHENTICATION.has(reply.code)) return this.#refused(link);
      return `The server ${link.url} refuses: ${reply.message.slice(0, 300)}`;
    }
    const blocks = decodeNativeBlocks([reply.bytes]);
    const version = blocks.ok ? (blocks.value[0]?.strings('version').text(0) ?? '') : '';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1])) return undefined;
    return version === ''
      ? `What answers at ${link.url} is no ClickHouse`
      : `The server ${link.url} is ClickHouse ${version}, and ${VERSION_MIN.join('.')} or later is needed`;
  }

  #schedule(pauseMs: number): void {
    if (!this.#started || this.#desk.stopping) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const isQuiet = this.#desk.nowMs() - this.#heardAtMs >= PROBE_EVERY_MS;
      if (this.#desk.state === 'ready' && !isQuiet) this.#schedule(PROBE_EVERY_MS);
      else void this.#probe();
    }, pauseMs);
    this.#timer.unref();
  }

  #become(state: EngineState, reason?: string): void {
    if (this.#desk.state !== state || this.#desk.reason !== reason) this.#desk.become(state, reason);
  }
}
