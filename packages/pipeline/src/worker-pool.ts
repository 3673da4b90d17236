/**
 * WorkerPool: the ingest workers as the main thread sees them: who has which requests in hand and which segment open.
 *
 * A worker that dies is started again after a pause. What it leaves is told once and in this order: its requests as
 * failures, its open segment as left behind. A request is answered exactly once, whatever becomes of its worker.
 */
import { Worker } from 'node:worker_threads';
import type { Acceptance, Segment } from '@tracewright/model';
import { err, ok, type Result } from '@tracewright/std';
import type { IngestRequest, Signal } from './ingest.ts';
import { WORKER_RESTART_FIRST_MS, WORKER_RESTART_LAST_MS } from './limits.ts';
import { WORKER_LOST } from './worker/ingest-loop.ts';
import { type FromWorker, type ToWorker, WORKERS_MAX, type WorkerOptions } from './worker/messages.ts';

export type WorkerPoolOptions = Omit<WorkerOptions, 'segmentFloor' | 'index'> & {
  readonly workerUrl: URL;
  readonly workers: number;
  /** An id above all that were used; grows while the program runs. */
  readonly segmentFloor: () => bigint;
  readonly events: WorkerPoolEvents;
};

/** A segment that a worker writes to, with the rows of it that were answered as accepted. */
export type OpenSegment = {
  readonly segment: bigint;
  readonly atUnixMs: number;
  readonly answered: Readonly<Record<Signal, number>>;
};

export type Submitted = {
  readonly receiver: string;
  readonly signal: Signal;
};

export type WorkerPoolEvents = {
  /** Before the request's promise resolves. */
  answered(request: Submitted, result: Result<Acceptance>): void;
  opened(segment: bigint): void;
  closed(segment: Segment, firstRowUnixMs: number): void;
  /** The worker gave it up: nobody writes to it any more. */
  left(open: OpenSegment): void;
  /** The worker died, with this segment open as far as it could tell; it may have begun one more. */
  died(index: number, open: OpenSegment | undefined): void;
  failed(sentence: string): void;
};

type Pending = Submitted & {
  readonly resolve: (result: Result<Acceptance>) => void;
  readonly beganMs: number;
};

type Slot = {
  readonly index: number;
  worker: Worker | undefined;
  readonly pending: Map<number, Pending>;
  open: (OpenSegment & { readonly answered: Record<Signal, number> }) | undefined;
  failures: number;
  closed: (() => void) | undefined;
};

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #slots: Slot[] = [];
  /** Whose a closed segment is, until it is stored or set aside. */
  readonly #owners: Map<bigint, Slot> = new Map();
  #nextId = 1;
  #closing = false;
  #restarts = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  start(): void {
    for (let index = 0; index < Math.min(this.#options.workers, WORKERS_MAX); index++) {
      const slot: Slot = {
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
  }

  /** Hands the request to the worker with the fewest; undefined when none runs. */
  submit(request: IngestRequest): Promise<Result<Acceptance>> | undefined {
    const slot = this.#leastLoaded();
    const worker = slot?.worker;
    if (slot === undefined || worker === undefined) return undefined;
    const id = this.#nextId++;
    const { bodyBytesMax, body, coding, format, receiver, signal, tenant } = request;
    return new Promise((resolve) => {
      slot.pending.set(id, { resolve, beganMs: performance.now(), receiver, signal });
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

  /** Tells the worker that wrote a segment what became of it, once. */
  settle(segment: bigint, type: 'stored' | 'setAside'): void {
    const slot = this.#owners.get(segment);
    this.#owners.delete(segment);
    slot?.worker?.postMessage({ type, segment } satisfies ToWorker);
  }

  get open(): readonly OpenSegment[] {
    return this.#slots.flatMap(({ open }) => (open === undefined ? [] : [open]));
  }

  get running(): number {
    return this.#slots.filter(({ worker }) => worker !== undefined).length;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Requests without an answer, and how long the oldest of them waits. */
  get unanswered(): { readonly requests: number; readonly oldestMs: number } {
    let requests = 0;
    let oldestBeganMs = Number.POSITIVE_INFINITY;
    for (const { pending } of this.#slots) {
      requests += pending.size;
      // In the order of their coming.
      const [oldest] = pending.values();
      oldestBeganMs = Math.min(oldestBeganMs, oldest?.beganMs ?? oldestBeganMs);
    }
    return { requests, oldestMs: requests === 0 ? 0 : performance.now() - oldestBeganMs };
  }

  /** Has all workers commit, answer and close their segments; resolves when they did or died. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(
      this.#slots.map(
        (slot) =>
          new Promise<void>((resolve) => {
            if (slot.worker === undefined) return resolve();
            slot.closed = resolve;
            slot.worker.postMessage({ type: 'close' } satisfies ToWorker);
          }),
      ),
    );
  }

  async terminate(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#slots.map((slot) => slot.worker?.terminate()));
  }

  #leastLoaded(): Slot | undefined {
    let best: Slot | undefined;
    for (const slot of this.#slots) {
      if (slot.worker === undefined) continue;
      if (best === undefined || slot.pending.size < best.pending.size) best = slot;
    }
    return best;
  }

  #startWorker(slot: Slot): void {
    const { directory, groupIntervalMs, segmentBytesMax, segmentIntervalMs, sync } = this.#options;
    const workerData: WorkerOptions = {
      directory,
      sync,
      groupIntervalMs,
      segmentIntervalMs,
      segmentBytesMax,
      segmentFloor: this.#options.segmentFloor(),
      index: slot.index,
      node: this.#options.node ?? 0,
    };
    const worker = new Worker(this.#options.workerUrl, { workerData, name: `ingest-${slot.index}` });
    slot.worker = worker;
    worker.on('message', (message: FromWorker) => this.#heard(slot, message));
    worker.on('error', (error: unknown) => {
      this.#options.events.failed(`Ingest worker ${slot.index} failed: ${String(error)}`);
    });
    // The last messages of a worker come before this.
    worker.on('exit', () => this.#exited(slot, worker));
  }

  #heard(slot: Slot, message: FromWorker): void {
    switch (message.type) {
      case 'answers':
        slot.failures = 0;
        for (const { id, acceptance, failure } of message.answers) {
          if (acceptance !== undefined) {
            const signal = slot.pending.get(id)?.signal;
            if (slot.open !== undefined && signal !== undefined)
              slot.open.answered[signal] += acceptance.accepted;
            this.#answer(slot, id, ok(acceptance));
          } else this.#answer(slot, id, err(failure ?? WORKER_LOST));
        }
        return;
      case 'opened': {
        const { atUnixMs, segment } = message;
        slot.open = { segment, atUnixMs, answered: { traces: 0, logs: 0 } };
        this.#options.events.opened(segment);
        return;
      }
      case 'segment':
        slot.open = undefined;
        this.#owners.set(message.segment.id, slot);
        this.#options.events.closed(message.segment, message.firstRowUnixMs);
        return;
      case 'emptied':
        slot.open = undefined;
        return;
      case 'abandoned': {
        const { open } = slot;
        slot.open = undefined;
        if (open !== undefined) this.#options.events.left(open);
        return;
      }
      case 'closed':
        slot.closed?.();
        return;
    }
  }

  #answer(slot: Slot, id: number, result: Result<Acceptance>): void {
    const pending = slot.pending.get(id);
    if (pending === undefined) return;
    slot.pending.delete(id);
    this.#options.events.answered(pending, result);
    pending.resolve(result);
  }

  #exited(slot: Slot, worker: Worker): void {
    if (slot.worker !== worker) return;
    slot.worker = undefined;
    for (const id of [...slot.pending.keys()]) this.#answer(slot, id, err(WORKER_LOST));
    const { open } = slot;
    slot.open = undefined;
    this.#options.events.died(slot.index, open);
    slot.closed?.();
    if (this.#closing) return;
    this.#restarts++;
    const pauseMs = Math.min(WORKER_RESTART_FIRST_MS * 2 ** slot.failures++, WORKER_RESTART_LAST_MS);
    setTimeout(() => {
      if (!this.#closing) this.#startWorker(slot);
    }, pauseMs).unref();
  }
}
