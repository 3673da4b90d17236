/**
 * Inserter: takes closed segments to the store, oldest first, one at a time, and removes them when their
 * rows are safe.
 *
 * While the engine is absent the whole queue waits. A failure that concerns one segment sends it behind the
 * others, and when it keeps failing while others succeed, or is refused for good, it is set aside. So no segment
 * blocks those behind it, and none is lost. Whatever goes wrong here is reported and tried again; it ends nothing.
 */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Segment, Writer } from '@tracewright/model';
import { err, type Failure, failpoint, failure, ok, type Result } from '@tracewright/std';
import {
  BEHIND_UNLESS_IDLE_MS,
  INSERT_RETRY_FIRST_MS,
  INSERT_RETRY_LAST_MS,
  INSERT_TRIES_MAX,
} from './limits.ts';
import type { Quarantine } from './quarantine.ts';
import { type Checked, checkSegment } from './segment/check-segment.ts';
import type { DamagedSegment } from './segment/damage.ts';
import { removeSegment } from './segment/segment-files.ts';
import { syncFolder } from './segment/sync-folder.ts';

export type InserterEvents = {
  stored(segment: Segment): void;
  quarantined(segment: Segment, reason: string): void;
  /** Of a segment of a former life some groups are damaged; what could be saved of it goes on in its place. */
  damaged(damaged: DamagedSegment, saved: Segment | undefined): void;
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
  /** Milliseconds that never step back. */
  readonly monotonicMs: () => number;
};

type Waiting = {
  segment: Segment;
  readonly firstRowUnixMs: number;
  bytes: number;
  /** Whether its data is known to be what was written. */
  isChecked: boolean;
  /** Whether an insert of it was tried before. */
  tried: boolean;
  /** Failures of its own, counted only when another segment passed since the one before. */
  failures: number;
  successesSeen: number;
  notBeforeMs: number;
};

/** How far ahead of the newest segment the floor is written, so that it is written seldom. */
const FLOOR_AHEAD_MICROS = 5_000_000n;
const IDLE_MS = 60_000;
/** What an insert that has begun is given to end at least. */
const END_DEADLINE_MS = 2_000;

export class Inserter {
  readonly #options: InserterOptions;
  /** Segments in the order of their arrival; those before `#head` are done. */
  #queue: Waiting[] = [];
  #head = 0;
  /** Segments with failures of their own. */
  readonly #deferred: Set<Waiting> = new Set();
  #bytes = 0;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  /** Nobody waits any more for what cannot be inserted now. */
  #draining = false;
  #stopping = false;
  #stalled = false;
  /** Pause of the whole queue while the engine is absent. */
  #absentTries = 0;
  #absentUntilMs = 0;
  #floor = 0n;
  #newest = 0n;
  #successes = 0;
  #insertMsTotal = 0;
  #inserts = 0;
  #storedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: InserterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** `isChecked` is false for a segment of a former life, whose data nobody has looked at. */
  add(segment: Segment, firstRowUnixMs: number, isChecked: boolean = true): void {
    const bytes = bytesOf(segment);
    this.#bytes += bytes;
    const { replayed } = segment;
    this.#queue.push({
      segment,
      firstRowUnixMs,
      bytes,
      isChecked,
      tried: replayed,
      failures: 0,
      successesSeen: 0,
      notBeforeMs: 0,
    });
    this.#wake?.();
  }

  get waiting(): number {
    return this.#queue.length - this.#head + this.#deferred.size;
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  get segments(): readonly Segment[] {
    return [...this.#queue.slice(this.#head), ...this.#deferred].map(({ segment }) => segment);
  }

  /** When the oldest waiting row arrived; undefined when nothing waits. */
  get oldestUnixMs(): number | undefined {
    let oldest = this.#queue[this.#head]?.firstRowUnixMs;
    for (const { firstRowUnixMs } of this.#deferred) {
      if (oldest === undefined || firstRowUnixMs < oldest) oldest = firstRowUnixMs;
    }
    return oldest;
  }

  /**
   * How old the oldest row is that waits for a store that takes what comes; 0 while it is away, and while what a former
   * life left is taken, since nobody who sends now can do anything about either.
   */
  lagMs(nowUnixMs: number): number {
    const head = this.#queue[this.#head];
    if (head === undefined || head.tried || this.#stalled) return 0;
    if (this.#options.monotonicMs() - this.#storedAtMs > BEHIND_UNLESS_IDLE_MS) return 0;
    return nowUnixMs - head.firstRowUnixMs;
  }

  get inserts(): { readonly count: number; readonly totalMs: number } {
    return { count: this.#inserts, totalMs: this.#insertMsTotal };
  }

  /**
   * Inserts what the store takes at once. Whatever it holds back, or has no time for, is on disk and replayed at the next
   * start.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true;
    this.#wake?.();
    await Promise.race([this.#running, pause(Math.max(deadlineMs, END_DEADLINE_MS))]);
    this.#stopping = true;
    // A clean end leaves no gap, so that ids stay close to the clock however often the program is started.
    if (this.#newest > 0n && this.waiting === 0) await this.#writeFloor(this.#newest);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const next = this.#next();
      if (typeof next !== 'number') await this.#insert(next);
      else if (this.#draining) return;
      else await this.#sleep(next);
    }
  }

  /** The segment whose turn it is, or how long to wait for one. */
  #next(): Waiting | number {
    const now = this.#options.monotonicMs();
    if (this.#absentUntilMs > now) return this.#absentUntilMs - now;
    let soonestMs = IDLE_MS;
    for (const waiting of this.#deferred) {
      if (waiting.notBeforeMs <= now) return waiting;
      soonestMs = Math.min(soonestMs, waiting.notBeforeMs - now);
    }
    return this.#queue[this.#head] ?? soonestMs;
  }

  async #insert(waiting: Waiting): Promise<void> {
    const began = performance.now();
    const checked = waiting.isChecked ? ok(true) : await this.#check(waiting);
    if (checked.ok && !checked.value) return;
    const { segment } = waiting;
    const result = checked.ok ? await this.#insertAndRemove(segment, waiting.tried) : checked;
    waiting.tried = true;
    if (result.ok) {
      this.#inserts++;
      this.#insertMsTotal += performance.now() - began;
      this.#successes++;
      this.#storedAtMs = this.#options.monotonicMs();
      this.#absentTries = 0;
      this.#take(waiting);
      this.#options.events.stored(segment);
      if (this.#stalled) {
        this.#stalled = false;
        this.#options.events.resumed();
      }
      return;
    }
    const { code, message, retry, retryAfterMs } = result.failure;
    if (!this.#stalled && retry === 'later') {
      this.#stalled = true;
      this.#options.events.stalled(message);
    }
    const now = this.#options.monotonicMs();
    if (retry === 'later' && code === 'unavailable') {
      // Nothing is wrong with the segment: the engine is away, for all of them.
      this.#absentUntilMs = now + pauseMs(this.#absentTries++);
      return;
    }
    // The store asks for patience with this one: that is no failure, and others go on.
    if (code === 'overloaded' && retryAfterMs !== undefined) return this.#defer(waiting, now + retryAfterMs);
    if (waiting.failures === 0 || this.#successes > waiting.successesSeen) waiting.failures++;
    waiting.successesSeen = this.#successes;
    if (retry === 'never' || waiting.failures >= INSERT_TRIES_MAX) {
      if (this.#setAside(waiting, message)) return;
    }
    this.#defer(waiting, now + pauseMs(waiting.failures));
  }

  /** Looks at the data of a segment of a former life; false when nothing of it can be inserted. */
  async #check(waiting: Waiting): Promise<Result<boolean>> {
    const { segment } = waiting;
    const { directory, events, quarantine } = this.#options;
    let found: Checked;
    try {
      found = await checkSegment({ wal: directory, aside: quarantine.directory }, segment);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return err(failure('internal', `Segment ${segment.id} cannot be read: ${reason}`, { retry: 'later' }));
    }
    waiting.isChecked = true;
    if (found.segment === undefined) this.#take(waiting);
    else {
      const bytes = bytesOf(found.segment);
      this.#bytes += bytes - waiting.bytes;
      waiting.segment = found.segment;
      waiting.bytes = bytes;
    }
    if (found.damaged !== undefined) events.damaged(found.damaged, found.segment);
    return ok(found.segment !== undefined);
  }

  async #insertAndRemove(segment: Segment, tried: boolean): Promise<Result<void>> {
    try {
      failpoint('insert.begin');
      const inserted = await this.#options.writer.insert(tried ? { ...segment, replayed: true } : segment);
      if (!inserted.ok) return inserted;
      failpoint('insert.done');
      await this.#keepFloor(segment.id);
      removeSegment(this.#options.directory, segment.id);
      return inserted;
    } catch (cause) {
      // The rows are safe or will be: a repeat finds out. What failed is the disk, for all segments.
      return err(troubleWith(segment, cause));
    }
  }

  #setAside(waiting: Waiting, reason: string): boolean {
    const { segment } = waiting;
    try {
      this.#options.quarantine.add(segment, this.#options.directory, reason);
    } catch (cause) {
      this.#options.events.stalled(troubleWith(segment, cause).message);
      return false;
    }
    this.#take(waiting);
    this.#options.events.quarantined(segment, reason);
    return true;
  }

  #defer(waiting: Waiting, notBeforeMs: number): void {
    waiting.notBeforeMs = notBeforeMs;
    if (this.#deferred.has(waiting)) return;
    this.#advance();
    this.#deferred.add(waiting);
  }

  #take(waiting: Waiting): void {
    this.#bytes -= waiting.bytes;
    if (!this.#deferred.delete(waiting)) this.#advance();
  }

  #advance(): void {
    this.#head++;
    if (this.#head < 1024 && this.#head < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** Before a stored segment's files go, an id above its own is on disk: ids are never used twice. */
  async #keepFloor(id: bigint): Promise<void> {
    if (id > this.#newest) this.#newest = id;
    if (id >= this.#floor) await this.#writeFloor(id + FLOOR_AHEAD_MICROS);
  }

  async #writeFloor(floor: bigint): Promise<void> {
    const fresh = `${this.#options.floorPath}.new`;
    // Of a file whose sync failed the kernel may believe what the disk does not have: each try begins a new one.
    await rm(fresh, { force: true });
    failpoint('floor.write.begin');
    const file = await open(fresh, 'wx');
    try {
      await file.writeFile(`${floor}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    failpoint('floor.write.synced');
    await rename(fresh, this.#options.floorPath);
    failpoint('floor.write.renamed');
    // Until the name is on the disk, too, a power cut brings the old floor back.
    syncFolder(dirname(this.#options.floorPath));
    this.#floor = floor;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, Math.max(ms, 1));
      this.#wake = done;
    });
  }
}

function bytesOf(segment: Segment): number {
  return segment.files.reduce((sum, file) => sum + file.bytes, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function pauseMs(tries: number): number {
  return Math.min(INSERT_RETRY_FIRST_MS * 2 ** Math.min(tries, 20), INSERT_RETRY_LAST_MS);
}

function troubleWith(segment: Segment, cause: unknown): Failure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return failure('unavailable', `Segment ${segment.id} cannot be finished: ${reason}`, { cause });
}
