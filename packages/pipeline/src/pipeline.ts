/**
 * Pipeline: the main thread's side of ingest. It admits requests, hands them to worker threads, keeps the
 * accounts, and takes closed segments to the store.
 *
 * Whoever dies is started again: the segment that a dead worker had open is recovered like one of a former
 * life, and requests that were in its hands are answered "try again".
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Acceptance, Segment, Writer } from '@tracewright/model';
import { err, type Failure, failure, ok, type Result } from '@tracewright/std';
import { Accounts } from './accounts.ts';
import type { Ingest, IngestRequest, Signal } from './ingest.ts';
import { Inserter } from './inserter.ts';
import {
  RETRY_AFTER_MS,
  SEGMENTS_WAITING_MAX,
  WORKER_RESTART_FIRST_MS,
  WORKER_RESTART_LAST_MS,
} from './limits.ts';
import { Quarantine, type QuarantinedSegment } from './quarantine.ts';
import { type DamagedSegment, recoverSegments } from './segment/recover.ts';
import { WORKER_LOST } from './worker/ingest-loop.ts';
import { type FromWorker, type ToWorker, WORKERS_MAX, type WorkerOptions } from './worker/messages.ts';

export type PipelineOptions = {
  /** Folder of the program's data; segments lie in `wal` and `quarantine` below it. */
  readonly dataDirectory: string;
  readonly workerUrl: URL;
  readonly workers: number;
  readonly sync: boolean;
  readonly groupIntervalMs: number;
  readonly segmentIntervalMs: number;
  readonly segmentBytesMax: number;
  readonly inFlightBytesMax: number;
  readonly backlogBytesMax: number;
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

type Pending = {
  readonly resolve: (result: Result<Acceptance>) => void;
  readonly bytes: number;
  readonly beganMs: number;
  readonly receiver: string;
  readonly signal: Signal;
};

type WorkerSlot = {
  readonly index: number;
  worker: Worker | undefined;
  readonly pending: Map<number, Pending>;
  open:
    | { readonly segment: bigint; readonly atUnixMs: number; readonly answered: Record<Signal, number> }
    | undefined;
  failures: number;
  closed: (() => void) | undefined;
};

/** How far ids may be ahead of the clock without a word: a kill leaves some seconds. */
const CLOCK_AHEAD_MS = 60_000;
/** A refusal without a further one counts as over after this time. */
const REFUSAL_REMEMBERED_MS = 30_000;
/** How long a worker may take to commit and close at the end, beyond the time for draining. */
const WORKER_CLOSE_MS = 10_000;

export class Pipeline implements Ingest {
  readonly accounts: Accounts = new Accounts();
  readonly #options: PipelineOptions;
  readonly #wal: string;
  readonly #quarantine: Quarantine;
  readonly #inserter: Inserter;
  readonly #slots: WorkerSlot[] = [];
  readonly #owners: Map<bigint, WorkerSlot> = new Map();
  #floor = 0n;
  #nextId = 1;
  #inFlightBytes = 0;
  #backlogBytes = 0;
  #lastRefusal: { readonly reason: string; readonly atMs: number } | undefined;
  #state: 'new' | 'running' | 'stopping' = 'new';
  #workerRestarts = 0;
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
          this.#backlogBytes -= bytesOf(segment);
          this.#ownerOf(segment)?.postMessage({ type: 'setAside', segment: segment.id } satisfies ToWorker);
          options.report('error', `Segment ${segment.id} is set aside: the engine refuses it: ${reason}`);
        },
        stalled: (reason) => options.report('warn', `Inserts wait: ${reason}`),
        resumed: () => options.report('info', 'Inserts go on'),
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
    for (const segment of recovered.segments) this.#enqueueRecovered(segment);
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
    for (let index = 0; index < Math.min(this.#options.workers, WORKERS_MAX); index++) {
      const slot: WorkerSlot = {
        index,
        worker: undefined,
        pending: new Map(),
        open: undefined,
        failures: 0,
        closed: undefined,
      };
      this.#slots.push(slot);
      this.#startWorker(slot);
    }
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
    const isNew = this.#lastRefusal === undefined || this.refusing === undefined;
    this.#lastRefusal = { reason: problem.message, atMs: performance.now() };
    if (isNew) this.#options.report('warn', this.refusing ?? problem.message);
  }

  #acceptedAgain(): void {
    if (this.#lastRefusal === undefined) return;
    this.#lastRefusal = undefined;
    this.#options.report('info', 'Senders are accepted again');
  }

  startInserting(): void {
    this.#inserter.start();
  }

  /** Segments that rows are being written to. What was acknowledged is in these, in the closed ones, or stored. */
  get openSegments(): readonly bigint[] {
    return this.#slots.flatMap(({ open }) => (open === undefined ? [] : [open.segment]));
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
    const slot = this.#leastLoaded();
    const worker = slot?.worker;
    if (slot === undefined || worker === undefined) {
      this.accounts.refused(request.receiver, request.signal, WORKER_LOST, Date.now());
      return Promise.resolve(err(WORKER_LOST));
    }
    const id = this.#nextId++;
    const { bodyBytesMax, body, coding, format, receiver, signal, tenant } = request;
    this.#inFlightBytes += body.length;
    return new Promise((resolve) => {
      slot.pending.set(id, { resolve, bytes: body.length, beganMs: performance.now(), receiver, signal });
      const message: ToWorker = {
        type: 'submit',
        id,
        signal,
        format,
        coding,
        body,
        bodyBytesMax,
        tenant,
        receiver,
      };
      worker.postMessage(message, body.length > 0 ? [body.buffer] : []);
    });
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
    this.#backlogBytes += bytesOf(segment);
    this.#inserter.add(segment, Date.now());
    return true;
  }

  status(): PipelineStatus {
    const open = this.#slots.filter((slot) => slot.open !== undefined);
    const oldest = [this.#inserter.oldestUnixMs, ...open.map((slot) => slot.open?.atUnixMs)].filter(
      (time) => time !== undefined,
    );
    let inFlightRequests = 0;
    let oldestBeganMs = Number.POSITIVE_INFINITY;
    for (const { pending } of this.#slots) {
      inFlightRequests += pending.size;
      // In the order of their coming.
      const [oldest] = pending.values();
      oldestBeganMs = Math.min(oldestBeganMs, oldest?.beganMs ?? oldestBeganMs);
    }
    return {
      segmentsOpen: open.length,
      segmentsWaiting: this.#inserter.waiting,
      bytesWaiting: this.#inserter.waitingBytes,
      inFlightBytes: this.#inFlightBytes,
      inFlightRequests,
      oldestUnansweredMs: inFlightRequests === 0 ? 0 : performance.now() - oldestBeganMs,
      oldestWaitingUnixMs: oldest.length === 0 ? undefined : Math.min(...oldest),
      quarantined: this.#quarantine.list(),
      workersRunning: this.#slots.filter((slot) => slot.worker !== undefined).length,
      workerRestarts: this.#workerRestarts,
      tornSegments: this.#tornSegments,
      inserts: this.#inserter.inserts,
    };
  }

  /** Commits and answers all that was submitted, closes the segments, and inserts what time allows. */
  async stop(drainMs: number): Promise<void> {
    this.#state = 'stopping';
    const closed = Promise.all(
      this.#slots.map(
        (slot) =>
          new Promise<void>((resolve) => {
            if (slot.worker === undefined) return resolve();
            slot.closed = resolve;
            slot.worker.postMessage({ type: 'close' } satisfies ToWorker);
          }),
      ),
    );
    // A worker that hangs must not hold the end: its segment is recovered at the next start.
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, WORKER_CLOSE_MS).unref())]);
    await this.#inserter.drain(drainMs);
    await Promise.all(this.#slots.map((slot) => slot.worker?.terminate()));
  }

  #refusal(request: IngestRequest): Failure | undefined {
    if (this.#state !== 'running') {
      return failure('unavailable', 'The server is stopping: please send it again', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    const noRoom = this.#options.noRoom?.();
    if (noRoom !== undefined) return failure('unavailable', noRoom, { retryAfterMs: RETRY_AFTER_MS * 5 });
    if (
      this.#inFlightBytes > 0 &&
      this.#inFlightBytes + request.body.length > this.#options.inFlightBytesMax
    ) {
      return failure('overloaded', 'Too many bytes are in flight: please wait and send it again', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    if (this.#backlogBytes > this.#options.backlogBytesMax || this.#inserter.waiting > SEGMENTS_WAITING_MAX) {
      return failure('overloaded', 'The backlog before the store is full: please wait and send it again', {
        retryAfterMs: RETRY_AFTER_MS * 5,
      });
    }
    return undefined;
  }

  #leastLoaded(): WorkerSlot | undefined {
    let best: WorkerSlot | undefined;
    for (const slot of this.#slots) {
      if (slot.worker === undefined) continue;
      if (best === undefined || slot.pending.size < best.pending.size) best = slot;
    }
    return best;
  }

  #startWorker(slot: WorkerSlot): void {
    const { groupIntervalMs, segmentBytesMax, segmentIntervalMs, sync, workerUrl } = this.#options;
    const workerData: WorkerOptions = {
      directory: this.#wal,
      sync,
      groupIntervalMs,
      segmentIntervalMs,
      segmentBytesMax,
      segmentFloor: this.#floor,
      index: slot.index,
    };
    const worker = new Worker(workerUrl, { workerData, name: `ingest-${slot.index}` });
    slot.worker = worker;
    worker.on('message', (message: FromWorker) => this.#heard(slot, message));
    worker.on('error', (error: unknown) => {
      this.#options.report('error', `Ingest worker ${slot.index} failed: ${String(error)}`);
    });
    worker.on('exit', () => this.#workerExited(slot, worker));
  }

  #heard(slot: WorkerSlot, message: FromWorker): void {
    switch (message.type) {
      case 'answers': {
        slot.failures = 0;
        const now = Date.now();
        for (const answer of message.answers) {
          const pending = slot.pending.get(answer.id);
          if (pending === undefined) continue;
          slot.pending.delete(answer.id);
          this.#inFlightBytes -= pending.bytes;
          if (answer.acceptance !== undefined) {
            this.#acceptedAgain();
            this.accounts.answered(pending.receiver, pending.signal, answer.acceptance, now);
            if (slot.open !== undefined) slot.open.answered[pending.signal] += answer.acceptance.accepted;
            pending.resolve(ok(answer.acceptance));
          } else {
            const problem = answer.failure ?? WORKER_LOST;
            this.#noteRefusal(problem);
            this.accounts.refused(pending.receiver, pending.signal, problem, now);
            pending.resolve(err(problem));
          }
        }
        return;
      }
      case 'opened':
        slot.open = {
          segment: message.segment,
          atUnixMs: message.atUnixMs,
          answered: { traces: 0, logs: 0 },
        };
        if (message.segment > this.#floor) this.#floor = message.segment;
        return;
      case 'segment':
        slot.open = undefined;
        this.#owners.set(message.segment.id, slot);
        this.#backlogBytes += bytesOf(message.segment);
        this.#inserter.add(message.segment, message.firstRowUnixMs);
        return;
      case 'emptied':
        slot.open = undefined;
        return;
      case 'abandoned':
        this.#recoverOpenSegment(slot);
        return;
      case 'closed':
        slot.closed?.();
        return;
    }
  }

  #workerExited(slot: WorkerSlot, worker: Worker): void {
    if (slot.worker !== worker) return;
    slot.worker = undefined;
    for (const pending of slot.pending.values()) {
      this.#inFlightBytes -= pending.bytes;
      this.accounts.refused(pending.receiver, pending.signal, WORKER_LOST, Date.now());
      pending.resolve(err(WORKER_LOST));
    }
    slot.pending.clear();
    this.#recoverOpenSegment(slot);
    slot.closed?.();
    if (this.#state === 'stopping') return;
    this.#workerRestarts++;
    const pauseMs = Math.min(WORKER_RESTART_FIRST_MS * 2 ** slot.failures++, WORKER_RESTART_LAST_MS);
    setTimeout(() => {
      if (this.#state !== 'stopping') this.#startWorker(slot);
    }, pauseMs).unref();
  }

  /** Takes over the segment that a dead worker left open, and counts the rows it wrote but never answered. */
  #recoverOpenSegment(slot: WorkerSlot): void {
    const open = slot.open;
    slot.open = undefined;
    if (open === undefined) return;
    const recovered = recoverSegments(this.#folders, open.segment);
    this.#tornSegments += recovered.torn;
    for (const segment of recovered.segments) {
      this.accounts.recovered(segment, Date.now(), open.answered);
      this.#backlogBytes += bytesOf(segment);
      this.#inserter.add(segment, open.atUnixMs);
    }
    if (recovered.segments.length + recovered.damaged.length === 0) this.accounts.gone(open.answered);
    for (const damaged of recovered.damaged) this.#reportDamaged(damaged);
  }

  #reportDamaged(damaged: DamagedSegment): void {
    this.accounts.damaged(damaged.rows, Date.now());
    this.#quarantine.addDamaged(damaged.id, damaged.reason);
    this.#options.report(
      'error',
      `Segment ${damaged.id} is damaged and kept in quarantine: ${damaged.reason}`,
      {
        rows: damaged.rows,
      },
    );
  }

  #enqueueRecovered(segment: Segment): void {
    this.accounts.recovered(segment, Date.now());
    this.#backlogBytes += bytesOf(segment);
    this.#inserter.add(segment, Date.now());
  }

  #stored(segment: Segment): void {
    this.accounts.stored(segment);
    this.#backlogBytes -= bytesOf(segment);
    this.#ownerOf(segment)?.postMessage({ type: 'stored', segment: segment.id } satisfies ToWorker);
  }

  /** The worker that wrote the segment, which is asked for once. */
  #ownerOf(segment: Segment): Worker | undefined {
    const slot = this.#owners.get(segment.id);
    this.#owners.delete(segment.id);
    return slot?.worker;
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

function bytesOf(segment: Segment): number {
  let sum = 0;
  for (const file of segment.files) sum += file.bytes;
  return sum;
}
