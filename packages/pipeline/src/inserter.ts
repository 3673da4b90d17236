/**
 * Inserter: takes closed segments to the store, oldest first, one at a time, and removes them when their
 * rows are safe.
 *
 * A failure that may pass is tried again, with growing pauses, for as long as nothing else gets through
 * either; a segment that keeps failing while others succeed, or that the engine refuses for good, is
 * set aside. So no segment blocks those behind it, and none is lost.
 */
import { writeFile } from 'node:fs/promises';
import type { Segment, Writer } from '@tracewright/model';
import { INSERT_RETRY_FIRST_MS, INSERT_RETRY_LAST_MS, INSERT_TRIES_MAX } from './limits.ts';
import type { Quarantine } from './quarantine.ts';
import { removeSegment } from './segment/recover.ts';

export type InserterEvents = {
  stored(segment: Segment): void;
  quarantined(segment: Segment, reason: string): void;
  /** Said at the first of a row of failures, and when it is over. */
  stalled(reason: string): void;
  resumed(): void;
};

export type InserterOptions = {
  readonly directory: string;
  readonly writer: Writer;
  readonly quarantine: Quarantine;
  readonly events: InserterEvents;
  /** File that keeps an id above all that were ever stored. */
  readonly floorPath: string;
  readonly nowMs: () => number;
};

type Waiting = {
  readonly segment: Segment;
  readonly firstRowUnixMs: number;
  tries: number;
  notBeforeMs: number;
};

/** How far ahead of the newest segment the floor is written, so that it is written seldom. */
const FLOOR_AHEAD_MICROS = 5_000_000n;

export class Inserter {
  readonly #options: InserterOptions;
  readonly #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #stopping = false;
  #stalled = false;
  #floor = 0n;
  #newest = 0n;
  #successes = 0;
  #insertMsTotal = 0;
  #inserts = 0;

  constructor(options: InserterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  add(segment: Segment, firstRowUnixMs: number): void {
    this.#queue.push({ segment, firstRowUnixMs, tries: 0, notBeforeMs: 0 });
    this.#wake?.();
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get waitingBytes(): number {
    let sum = 0;
    for (const { segment } of this.#queue) for (const file of segment.files) sum += file.bytes;
    return sum;
  }

  /** When the oldest waiting row arrived; undefined when nothing waits. */
  get oldestUnixMs(): number | undefined {
    let oldest: number | undefined;
    for (const { firstRowUnixMs } of this.#queue) {
      if (oldest === undefined || firstRowUnixMs < oldest) oldest = firstRowUnixMs;
    }
    return oldest;
  }

  get inserts(): { readonly count: number; readonly totalMs: number } {
    return { count: this.#inserts, totalMs: this.#insertMsTotal };
  }

  /** Inserts what waits until the queue is empty or time runs out; what remains is replayed at the next start. */
  async drain(deadlineMs: number): Promise<void> {
    const until = this.#options.nowMs() + deadlineMs;
    while (this.#queue.length > 0 && this.#options.nowMs() < until) {
      this.#wake?.();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.#stopping = true;
    this.#wake?.();
    // A clean end leaves no gap, so that ids stay close to the clock however often the program is started.
    if (this.#newest > 0n && this.#queue.length === 0) await this.#writeFloor(this.#newest);
    await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const now = this.#options.nowMs();
      const next = this.#queue.find((waiting) => waiting.notBeforeMs <= now);
      if (next === undefined) {
        const soonest = Math.min(...this.#queue.map((waiting) => waiting.notBeforeMs - now), 60_000);
        await this.#sleep(soonest);
        continue;
      }
      await this.#insert(next);
    }
  }

  async #insert(waiting: Waiting): Promise<void> {
    const { segment } = waiting;
    const began = performance.now();
    const result = await this.#options.writer.insert(
      waiting.tries === 0 ? segment : { ...segment, replayed: true },
    );
    if (result.ok) {
      this.#inserts++;
      this.#insertMsTotal += performance.now() - began;
      this.#successes++;
      await this.#keepFloor(segment.id);
      this.#take(waiting);
      removeSegment(this.#options.directory, segment.id);
      this.#options.events.stored(segment);
      if (this.#stalled) {
        this.#stalled = false;
        this.#options.events.resumed();
      }
      return;
    }
    const reason = result.failure.message;
    waiting.tries++;
    const othersPass = this.#successes > 0;
    if (result.failure.retry === 'never' || (waiting.tries >= INSERT_TRIES_MAX && othersPass)) {
      this.#take(waiting);
      this.#options.quarantine.add(segment, this.#options.directory, reason);
      this.#options.events.quarantined(segment, reason);
      return;
    }
    if (waiting.tries === 1) this.#successes = 0;
    if (!this.#stalled) {
      this.#stalled = true;
      this.#options.events.stalled(reason);
    }
    const pauseMs = Math.min(INSERT_RETRY_FIRST_MS * 2 ** (waiting.tries - 1), INSERT_RETRY_LAST_MS);
    waiting.notBeforeMs = this.#options.nowMs() + pauseMs;
  }

  #take(waiting: Waiting): void {
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /** Before a stored segment's files go, an id above its own is on disk: ids are never used twice. */
  async #keepFloor(id: bigint): Promise<void> {
    if (id > this.#newest) this.#newest = id;
    if (id >= this.#floor) await this.#writeFloor(id + FLOOR_AHEAD_MICROS);
  }

  async #writeFloor(floor: bigint): Promise<void> {
    await writeFile(this.#options.floorPath, `${floor}\n`, { flush: true });
    this.#floor = floor;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.max(ms, 1));
      const self = this;
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        self.#wake = undefined;
        resolve();
      }
    });
  }
}
