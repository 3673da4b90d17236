/**
 * Pipeline: the main thread's side of ingest. It admits requests, hands them to worker threads, keeps the
 * accounts, and takes closed segments to the store.
 *
 * Whoever dies is started again: the segment that a dead worker had open is recovered like one of a former
 * life, and requests that were in its hands are answered "try again".
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Acceptance, Segment, Writer } from '@tracewright/model';
import { err, type Failure, failure, type Result } from '@tracewright/std';
import { Accounts } from './accounts.ts';
import { FairQueue } from './fair-queue.ts';
import type { Ingest, IngestRequest, Signal } from './ingest.ts';
import { Inserter } from './inserter.ts';
import { RETRY_AFTER_MS, SEGMENTS_WAITING_MAX } from './limits.ts';
import { Quarantine, type QuarantinedSegment } from './quarantine.ts';
import type { DamagedSegment } from './segment/damage.ts';
import { recoverSegments } from './segment/recover.ts';
import { WORKER_LOST } from './worker/ingest-loop.ts';
import { WORKERS_MAX } from './worker/messages.ts';
import { type OpenSegment, type Submitted, WorkerPool } from './worker-pool.ts';

export type PipelineOptions = {
  /** Folder of the program's data; segments lie in `wal` and `quarantine` below it. */
  readonly dataDirectory: string;
  readonly workerUrl: URL;
  readonly workers: number;
  /** Which of the nodes that share a store this is; 0 for the only one. */
  readonly node?: number;
  readonly sync: boolean;
  readonly groupIntervalMs: number;
  readonly segmentIntervalMs: number;
  readonly segmentBytesMax: number;
  readonly inFlightBytesMax: number;
  readonly backlogBytesMax: number;
  /** While a row waits longer for the store, senders wait for their answers; 0 or absent never holds anybody. */
  readonly lagMaxMs?: number;
  readonly writer: Writer;
  /** Asked at each request: why nothing may be taken now although all is well here, such as a disk without room. */
  readonly noRoom?: () => string | undefined;
  /** Says what an operator should know, in a sentence. */
  readonly report: (
    level: 'info' | 'warn' | 'error',
    message: string,
    fields?: Record<string, unknown>,
  ) => void;
};

export type PipelineStatus = {
  readonly segmentsOpen: number;
  readonly segmentsWaiting: number;
  readonly bytesWaiting: number;
  readonly inFlightBytes: number;
  readonly inFlightRequests: number;
  /** How long the request waits that waits longest for its answer: what a slow disk shows first. */
  readonly oldestUnansweredMs: number;
  /** When the oldest row arrived that cannot be found yet. */
  readonly oldestWaitingUnixMs: number | undefined;
  readonly quarantined: readonly QuarantinedSegment[];
  readonly workersRunning: number;
  readonly workerRestarts: number;
  readonly tornSegments: number;
  readonly inserts: { readonly count: number; readonly totalMs: number };
};

/** How far ids may be ahead of the clock without a word: a kill leaves some seconds. */
const CLOCK_AHEAD_MS = 60_000;
/** A refusal without a further one counts as over after this time. */
const REFUSAL_REMEMBERED_MS = 30_000;
/** So long nobody must have been refused before that is said to be over. */
const CALM_MS = 3_000;
/** How long a worker may take to commit and close at the end, beyond the time for draining. */
const WORKER_CLOSE_MS = 10_000;

export class Pipeline implements Ingest {
  readonly accounts: Accounts = new Accounts();
  readonly #options: PipelineOptions;
  readonly #wal: string;
  readonly #quarantine: Quarantine;
  readonly #inserter: Inserter;
  readonly #pool: WorkerPool;
  readonly #queue: FairQueue;
  #floor = 0n;
  #lastRefusal: { readonly reason: string; readonly atMs: number } | undefined;
  #refusedAtMs = 0;
  #isRefusalTold = false;
  #state: 'new' | 'running' | 'stopping' = 'new';
  #tornSegments = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#wal = join(options.dataDirectory, 'wal');
    this.#quarantine = new Quarantine(join(options.dataDirectory, 'quarantine'));
    this.#inserter = new Inserter({
      directory: this.#wal,
      writer: options.writer,
      quarantine: this.#quarantine,
      floorPath: join(options.dataDirectory, 'segment-floor'),
      monotonicMs: () => performance.now(),
      events: {
        stored: (segment) => this.#stored(segment),
        quarantined: (segment, reason) => {
          this.accounts.quarantined(segment);
          this.#pool.settle(segment.id, 'setAside');
          options.report('error', `Segment ${segment.id} is set aside: the engine refuses it: ${reason}`);
        },
        damaged: (damaged) => {
          this.accounts.lost(damaged.rows);
          this.#reportDamaged(damaged);
        },
        stalled: (reason) => options.report('warn', `Inserts wait: ${reason}`),
        resumed: () => options.report('info', 'Inserts go on'),
      },
    });
    const lagMaxMs = options.lagMaxMs ?? 0;
    this.#queue = new FairQueue(
      options.inFlightBytesMax,
      options.workers,
      (request) => this.#hand(request),
      () => (lagMaxMs > 0 && this.#state === 'running' ? this.#inserter.lagMs(Date.now()) - lagMaxMs : 0),
    );
    this.#pool = new WorkerPool({
      ...options,
      directory: this.#wal,
      segmentFloor: () => this.#floor,
      events: {
        answered: (request, result) => this.#answered(request, result),
        opened: (segment) => {
          if (segment > this.#floor) this.#floor = segment;
        },
        closed: (segment, firstRowUnixMs) => this.#inserter.add(segment, firstRowUnixMs),
        left: (open) => this.#recoverLeft(open, (id) => id === open.segment),
        died: (index, open) => this.#recoverDead(index, open),
        failed: (sentence) => options.report('error', sentence),
      },
    });
  }

  get #folders(): { readonly wal: string; readonly aside: string } {
    return { wal: this.#wal, aside: this.#quarantine.directory };
  }

  /** Recovers what a former life left and starts the workers. Inserting begins with `startInserting`. */
  start(): void {
    mkdirSync(this.#wal, { recursive: true });
    const quarantinedHighest = this.#quarantine.open();
    for (const { segment } of this.#quarantine.list()) {
      if (segment === undefined) continue;
      this.accounts.recovered(segment, Date.now());
      this.accounts.quarantined(segment);
    }
    const recovered = recoverSegments(this.#folders);
    this.#tornSegments += recovered.torn;
    for (const damaged of recovered.damaged) this.#reportDamaged(damaged);
    for (const segment of recovered.segments) this.#enqueueRecovered(segment, Date.now());
    if (recovered.segments.length > 0 || recovered.torn > 0) {
      this.#options.report(
        'info',
        `Recovered ${recovered.segments.length} segments that waited for the store`,
        {
          torn: recovered.torn,
        },
      );
    }
    const floors = [this.#readFloor(), recovered.highestId, quarantinedHighest];
    this.#floor = floors.reduce((highest, id) => (id > highest ? id : highest), 0n);
    const aheadMs = Number(this.#floor / 1000n) - Date.now();
    if (aheadMs > CLOCK_AHEAD_MS) {
      this.#options.report(
        'warn',
        'The clock is behind what was stored: new rows count as arrived later than they do',
        {
          aheadMs,
        },
      );
    }
    this.#pool.start();
    this.#state = 'running';
  }

  /** Why senders are told to try again later; undefined while they are not. */
  get refusing(): string | undefined {
    const noRoom = this.#options.noRoom?.();
    if (noRoom !== undefined) return `Senders are told to try again later: ${noRoom}`;
    if (this.#lastRefusal === undefined || performance.now() - this.#lastRefusal.atMs > REFUSAL_REMEMBERED_MS)
      return undefined;
    return `Senders are told to try again later: ${this.#lastRefusal.reason}`;
  }

  #noteRefusal(problem: Failure): void {
    if (problem.retry !== 'later' || this.#state === 'stopping') return;
    this.#lastRefusal = { reason: problem.message, atMs: performance.now() };
    this.#refusedAtMs = performance.now();
    if (this.#isRefusalTold) return;
    this.#isRefusalTold = true;
    this.#options.report('warn', this.refusing ?? problem.message);
  }

  #acceptedAgain(): void {
    this.#lastRefusal = undefined;
    // Under a load that is too much some are refused and some accepted all the while: the log tells of it once.
    if (!this.#isRefusalTold || performance.now() - this.#refusedAtMs < CALM_MS) return;
    this.#isRefusalTold = false;
    this.#options.report('info', 'Senders are accepted again');
  }

  startInserting(): void {
    this.#inserter.start();
  }

  /** Segments that rows are being written to. What was acknowledged is in these, in the closed ones, or stored. */
  get openSegments(): readonly bigint[] {
    return this.#pool.open.map(({ segment }) => segment);
  }

  /** Segments that are complete and wait for the store; each may be stored, and its files gone, at any moment. */
  get closedSegments(): readonly Segment[] {
    return this.#inserter.segments;
  }

  submit(request: IngestRequest): Promise<Result<Acceptance>> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      this.#noteRefusal(refusal);
      this.accounts.refused(request.receiver, request.signal, refusal, Date.now());
      return Promise.resolve(err(refusal));
    }
    return this.#queue.submit(request);
  }

  #hand(request: IngestRequest): Promise<Result<Acceptance>> {
    const answer = this.#pool.submit(request);
    if (answer !== undefined) return answer;
    this.accounts.refused(request.receiver, request.signal, WORKER_LOST, Date.now());
    return Promise.resolve(err(WORKER_LOST));
  }

  countRefused(receiver: string, signal: Signal | 'metrics', reason: string): void {
    this.accounts.refused(receiver, signal, { code: reason as Failure['code'] }, Date.now());
  }

  countDiscarded(receiver: string, _signal: 'metrics', requests: number): void {
    this.accounts.discarded(receiver, requests, Date.now());
  }

  /** Puts a quarantined segment back into the queue; false when there is none of that id. */
  retryQuarantined(id: bigint): boolean {
    const segment = this.#quarantine.release(id, this.#wal);
    if (segment === undefined) return false;
    this.accounts.released(segment);
    this.#inserter.add(segment, Date.now());
    return true;
  }

  status(): PipelineStatus {
    const { open, restarts, running, unanswered } = this.#pool;
    const oldest = [this.#inserter.oldestUnixMs, ...open.map(({ atUnixMs }) => atUnixMs)].filter(
      (time) => time !== undefined,
    );
    const { waiting } = this.#queue;
    return {
      segmentsOpen: open.length,
      segmentsWaiting: this.#inserter.waiting,
      bytesWaiting: this.#inserter.waitingBytes,
      inFlightBytes: this.#queue.bytes,
      inFlightRequests: unanswered.requests + waiting.requests,
      oldestUnansweredMs: Math.max(unanswered.oldestMs, waiting.oldestMs),
      oldestWaitingUnixMs: oldest.length === 0 ? undefined : Math.min(...oldest),
      quarantined: this.#quarantine.list(),
      workersRunning: running,
      workerRestarts: restarts,
      tornSegments: this.#tornSegments,
      inserts: this.#inserter.inserts,
    };
  }

  /** Commits and answers all that was submitted, closes the segments, and inserts what the store takes in this time. */
  async stop(drainMs: number): Promise<void> {
    this.#state = 'stopping';
    this.#queue.flush();
    // A worker that hangs must not hold the end: its segment is recovered at the next start.
    await Promise.race([
      this.#pool.close(),
      new Promise((resolve) => setTimeout(resolve, WORKER_CLOSE_MS).unref()),
    ]);
    await this.#inserter.drain(drainMs);
    await this.#pool.terminate();
  }

  #refusal(request: IngestRequest): Failure | undefined {
    if (this.#state !== 'running') {
      return failure('unavailable', 'The server is stopping: please send it again', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    const noRoom = this.#options.noRoom?.();
    if (noRoom !== undefined) return failure('unavailable', noRoom, { retryAfterMs: RETRY_AFTER_MS * 5 });
    if (!this.#queue.admits(request.sender ?? '', request.body.length)) {
      return failure('overloaded', 'Too many bytes are in flight: please wait and send it again', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    if (
      this.#inserter.waitingBytes > this.#options.backlogBytesMax ||
      this.#inserter.waiting > SEGMENTS_WAITING_MAX
    ) {
      return failure('overloaded', 'The backlog before the store is full: please wait and send it again', {
        retryAfterMs: RETRY_AFTER_MS * 5,
      });
    }
    return undefined;
  }

  #answered({ receiver, signal }: Submitted, result: Result<Acceptance>): void {
    if (result.ok) {
      this.#acceptedAgain();
      this.accounts.answered(receiver, signal, result.value, Date.now());
    } else {
      this.#noteRefusal(result.failure);
      this.accounts.refused(receiver, signal, result.failure, Date.now());
    }
  }

  /** Takes over whatever a dead worker left, also what it had no time to tell of. */
  #recoverDead(index: number, open: OpenSegment | undefined): void {
    const known = new Set(this.#inserter.segments.map(({ id }) => id));
    this.#recoverLeft(open, (id) => id % BigInt(WORKERS_MAX) === BigInt(index) && !known.has(id));
  }

  /** Takes over segments that nobody writes to any more, and counts the rows in them that were never answered. */
  #recoverLeft(open: OpenSegment | undefined, isLeft: (id: bigint) => boolean): void {
    const recovered = recoverSegments(this.#folders, isLeft);
    this.#tornSegments += recovered.torn;
    for (const segment of recovered.segments) {
      if (segment.id === open?.segment) this.#enqueueRecovered(segment, open.atUnixMs, open.answered);
      else this.#enqueueRecovered(segment, Date.now());
    }
    for (const damaged of recovered.damaged) this.#reportDamaged(damaged);
    const found = [...recovered.segments, ...recovered.damaged];
    if (open !== undefined && !found.some(({ id }) => id === open.segment)) this.accounts.gone(open.answered);
  }

  #reportDamaged(damaged: DamagedSegment): void {
    this.#quarantine.addDamaged(damaged.id, damaged.reason);
    this.#options.report(
      'error',
      `Segment ${damaged.id} is damaged and kept in quarantine: ${damaged.reason}`,
      {
        rows: damaged.rows,
      },
    );
  }

  #enqueueRecovered(
    segment: Segment,
    firstRowUnixMs: number,
    answered?: Readonly<Record<Signal, number>>,
  ): void {
    this.accounts.recovered(segment, Date.now(), answered);
    this.#inserter.add(segment, firstRowUnixMs, false);
  }

  #stored(segment: Segment): void {
    this.accounts.stored(segment);
    this.#pool.settle(segment.id, 'stored');
  }

  #readFloor(): bigint {
    const path = join(this.#options.dataDirectory, 'segment-floor');
    if (!existsSync(path)) return 0n;
    const text = readFileSync(path, 'utf8').trim();
    if (/^\d+$/.test(text)) return BigInt(text);
    this.#options.report('warn', `${path} is damaged: the ids of segments go on from the clock`);
    return BigInt(Date.now()) * 1000n;
  }
}
