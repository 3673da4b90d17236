/**
 * IngestLoop: what an ingest worker does, without the thread: decode, gather, commit, answer, rotate.
 *
 * Requests are decoded as they come into one batch. A few milliseconds after the first of a group, or when
 * the batch is large, the group is committed with one write a table, and only then answered. The segment
 * is closed a few hundred milliseconds after its first row. Nothing here is asynchronous but the timers.
 */
import { type Acceptance, RecordBatch } from '@tracewright/model';
import { type Clock, type Failure, failpoint, failure, type Result } from '@tracewright/std';
import {
  decodeOtlpLogs,
  decodeOtlpLogsJson,
  decodeOtlpTraces,
  decodeOtlpTracesJson,
  type IngestContext,
} from '@tracewright/wire';
import { inflate } from '../inflate.ts';
import type { Signal, WireFormat } from '../ingest.ts';
import { GROUP_BYTES_MAX, KNOWN_SHARED_MAX, OPEN_PAUSE_MS, SEGMENT_BYTES_LARGE } from '../limits.ts';
import { removeSegment } from '../segment/segment-files.ts';
import { SegmentWriter } from '../segment/segment-writer.ts';
import {
  type Answer,
  type FromWorker,
  SEGMENT_STEP,
  type SubmitMessage,
  WORKERS_MAX,
  type WorkerOptions,
} from './messages.ts';

const MICROS_A_DAY = 86_400_000_000n;
const encoder = new TextEncoder();

type Decoder = (body: Uint8Array, batch: RecordBatch, context: IngestContext) => Result<Acceptance>;

const DECODERS: Record<WireFormat, Record<Signal, Decoder>> = {
  'otlp/protobuf': { traces: decodeOtlpTraces, logs: decodeOtlpLogs },
  'otlp/json': { traces: decodeOtlpTracesJson, logs: decodeOtlpLogsJson },
};

export type Timers = { set(callback: () => void, delayMs: number): unknown; clear(timer: unknown): void };

export class IngestLoop {
  readonly #options: WorkerOptions;
  readonly #say: (message: FromWorker) => void;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #batch: RecordBatch = new RecordBatch();
  readonly #writer: SegmentWriter;
  #waiting: Answer[] = [];
  #groupTimer: unknown;
  #segmentTimer: unknown;
  #lastSegment: bigint;
  #segment = 0n;
  #firstRowUnixMs = 0;
  #groupBeganMs = 0;
  #segmentBeganMs = 0;
  #openNotBeforeMs = 0;
  #openFailure: Failure | undefined;
  /** Shared values whose rows are safe in the store, of the day `#storedDay`. */
  #stored: Set<string> = new Set();
  #storedDay = 0n;
  /** Shared values first written in a segment that is not stored yet. */
  readonly #fresh: Map<bigint, readonly string[]> = new Map();
  readonly #contexts: Map<string, IngestContext> = new Map();

  constructor(options: WorkerOptions, say: (message: FromWorker) => void, clock: Clock, timers: Timers) {
    this.#options = options;
    this.#say = say;
    this.#clock = clock;
    this.#timers = timers;
    this.#lastSegment = options.segmentFloor;
    this.#writer = new SegmentWriter({ directory: options.directory, sync: options.sync });
  }

  submit(message: SubmitMessage): void {
    const result = this.#decode(message);
    this.#waiting.push(
      result.ok ? { id: message.id, acceptance: result.value } : { id: message.id, failure: result.failure },
    );
    const now = this.#clock.monotonicMs();
    if (this.#waiting.length === 1) this.#groupBeganMs = now;
    // Messages that wait are delivered before timers run: without a look at the clock a crowd of small requests
    // would hold the group open.
    const isDue = now - this.#groupBeganMs >= this.#options.groupIntervalMs && this.#waiting.length > 1;
    if (isDue || this.#batch.bytes() >= GROUP_BYTES_MAX) this.commit();
    else this.#groupTimer ??= this.#timers.set(() => this.commit(), this.#options.groupIntervalMs);
  }

  /** The rows of a segment are safe: its shared values need no rows any more. */
  stored(segment: bigint): void {
    const fresh = this.#fresh.get(segment);
    this.#fresh.delete(segment);
    if (fresh === undefined || segment / MICROS_A_DAY !== this.#storedDay) return;
    if (this.#stored.size + fresh.length > KNOWN_SHARED_MAX) this.#stored.clear();
    for (const key of fresh) this.#stored.add(key);
  }

  /** The segment was set aside: what it shared has to be written again. */
  setAside(segment: bigint): void {
    this.#fresh.delete(segment);
  }

  /** Writes what is gathered and answers it. */
  commit(): void {
    this.#timers.clear(this.#groupTimer);
    this.#groupTimer = undefined;
    const answers = this.#waiting;
    this.#waiting = [];
    if (answers.length === 0) return;
    const problem = this.#write();
    this.#batch.reset();
    if (problem === undefined) {
      failpoint('wal.answer.begin');
      this.#say({ type: 'answers', answers });
      failpoint('wal.answer.said');
    } else {
      // The rows are gone, and with them what they would have shared.
      this.#batch.known.clear();
      this.#say({ type: 'answers', answers: answers.map((answer) => unanswered(answer, problem)) });
    }
    if (this.#writer.isBroken) this.#abandon();
    const isFull = this.#writer.bytes >= this.#options.segmentBytesMax;
    const ageMs = this.#clock.monotonicMs() - this.#segmentBeganMs;
    // What a segment costs by itself is spread over enough rows now: waiting for more would only make them wait.
    const isLarge = this.#writer.bytes >= SEGMENT_BYTES_LARGE;
    const isOld = ageMs >= this.#options.segmentIntervalMs * (isLarge ? 0.5 : 1);
    if (this.#writer.isOpen && (isFull || isOld)) this.rotate();
  }

  /** Closes the open segment and hands it over. */
  rotate(): void {
    this.#timers.clear(this.#segmentTimer);
    this.#segmentTimer = undefined;
    if (!this.#writer.isOpen) return;
    failpoint('wal.close.begin');
    const { id, segment } = this.#writer.close();
    failpoint('wal.close.done');
    if (segment === undefined) {
      removeSegment(this.#options.directory, id);
      this.#say({ type: 'emptied' });
      return;
    }
    this.#fresh.set(
      id,
      [...this.#batch.known].filter((key) => !this.#stored.has(key)),
    );
    this.#say({ type: 'segment', segment, firstRowUnixMs: this.#firstRowUnixMs });
    failpoint('wal.close.handed');
  }

  close(): void {
    this.commit();
    this.rotate();
    this.#say({ type: 'closed' });
  }

  #decode(message: SubmitMessage): Result<Acceptance> {
    const inflated = inflate(message.body, message.coding, message.bodyBytesMax);
    if (!inflated.ok) return inflated;
    if (!this.#writer.isOpen) this.#resetKnown();
    const context = this.#contextOf(message);
    return DECODERS[message.format][message.signal](inflated.value, this.#batch, context);
  }

  /** Before the first row of a segment: known is just what the store has of the day. */
  #resetKnown(): void {
    if (this.#batch.spans.rows + this.#batch.logs.rows + this.#batch.shared.rows > 0) return;
    const day = (BigInt(this.#clock.nowMs()) * 1000n) / MICROS_A_DAY;
    if (day !== this.#storedDay) {
      this.#stored = new Set();
      this.#storedDay = day;
    }
    this.#batch.known.clear();
    for (const key of this.#stored) this.#batch.known.add(key);
  }

  #contextOf(message: SubmitMessage): IngestContext {
    const key = `${message.tenant}\n${message.receiver}`;
    let context = this.#contexts.get(key);
    if (context === undefined) {
      const dialect = message.format.slice(0, message.format.indexOf('/'));
      context = {
        tenant: encoder.encode(message.tenant),
        receiver: encoder.encode(message.receiver),
        dialect: encoder.encode(dialect),
        arrivedMs: 0,
      };
      if (this.#contexts.size >= 1024) this.#contexts.clear();
      this.#contexts.set(key, context);
    }
    return { ...context, arrivedMs: this.#clock.nowMs() };
  }

  #write(): Failure | undefined {
    const { spans, logs, shared } = this.#batch;
    if (spans.rows + logs.rows + shared.rows === 0) return undefined;
    if (!this.#writer.isOpen) {
      const opened = this.#open();
      if (opened !== undefined) return opened;
    }
    const written = this.#writer.commit(this.#batch, this.#clock.nowMs());
    return written.ok ? undefined : written.failure;
  }

  #abandon(): void {
    this.#timers.clear(this.#segmentTimer);
    this.#segmentTimer = undefined;
    this.#writer.abandon();
    this.#say({ type: 'abandoned' });
  }

  #open(): Failure | undefined {
    const now = this.#clock.nowMs();
    if (this.#clock.monotonicMs() < this.#openNotBeforeMs) return this.#openFailure;
    const step = BigInt(SEGMENT_STEP);
    const micros = BigInt(now) * 1000n;
    const base = micros > this.#lastSegment ? micros : this.#lastSegment + step;
    const { index, node = 0 } = this.#options;
    const id = base - (base % step) + BigInt(node * WORKERS_MAX + index);
    this.#segment = id > this.#lastSegment ? id : id + step;
    const opened = this.#writer.open(this.#segment);
    if (!opened.ok) {
      // A disk that is full stays so for a while; trying at each group would only wear it.
      this.#openFailure = opened.failure;
      this.#openNotBeforeMs = this.#clock.monotonicMs() + OPEN_PAUSE_MS;
      return opened.failure;
    }
    this.#segmentBeganMs = this.#clock.monotonicMs();
    this.#lastSegment = this.#segment;
    this.#firstRowUnixMs = now;
    this.#say({ type: 'opened', segment: this.#segment, atUnixMs: now });
    this.#segmentTimer = this.#timers.set(() => {
      this.commit();
      this.rotate();
    }, this.#options.segmentIntervalMs);
    return undefined;
  }
}

function unanswered(answer: Answer, problem: Failure): Answer {
  // What was refused for itself stays refused; what was accepted is not, since it could not be written.
  return answer.failure !== undefined ? answer : { id: answer.id, failure: problem };
}

/** The answer for requests whose worker died before it answered. */
export const WORKER_LOST: Failure = failure(
  'unavailable',
  'The request was interrupted: please send it again',
  {
    retryAfterMs: 1000,
  },
);
