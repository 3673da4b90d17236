// The workload as segments: written by the program's own ingest loop under a clock that is handed in, so that rows
// can have arrived at any time in the past, as fast as they can be encoded and without a socket.

import type { Segment } from '@tracewright/model';
import { IngestLoop } from '@tracewright/pipeline';
import { RequestSource } from '../generate/request-source.ts';
import type { Workload } from '../generate/workload.ts';
import { BenchFailure } from '../harness/bench-failure.ts';

export type SegmentSourceOptions = {
  readonly workload: Workload;
  /** Spans in a request of the workload. */
  readonly batch: number;
  readonly spans: number;
  readonly seed: number;
  /** Batches between two spans of a trace. */
  readonly scatter: number;
  readonly segmentRows: number;
  /** When the last row arrives. */
  readonly endMs: number;
  /** The segments begin at equal distances over this time; zero: one right after the other. */
  readonly rangeMs: number;
  /** Where the folders of segments are made. */
  readonly directory: string;
};

/** How fast rows arrive within a segment. */
export const ARRIVING_SPANS_PER_SECOND = 60_000;

export type WrittenSegment = { readonly segment: Segment; readonly rows: number };

export class SegmentSource {
  readonly segments: number;
  readonly beginMs: number;
  readonly endMs: number;
  readonly #options: SegmentSourceOptions;
  readonly #source: RequestSource;
  readonly #loop: IngestLoop;
  readonly #batches: number;
  readonly #batchesPerSegment: number;
  readonly #distanceMs: number;
  #nowMs: number;
  #closed: Segment | undefined;
  #accepted = 0;

  constructor(options: SegmentSourceOptions) {
    this.#options = options;
    this.#batches = Math.ceil(options.spans / options.batch);
    this.#batchesPerSegment = Math.max(1, Math.round(options.segmentRows / options.batch));
    this.segments = Math.ceil(this.#batches / this.#batchesPerSegment);
    const lastsMs = this.#batchesPerSegment * this.#batchMs;
    this.#distanceMs = Math.max(lastsMs, options.rangeMs / this.segments);
    this.endMs = options.endMs;
    this.beginMs = options.endMs - this.segments * this.#distanceMs;
    this.#nowMs = this.beginMs;
    this.#source = new RequestSource({
      workload: options.workload,
      encoding: 'protobuf',
      headroom: 0,
      seed: options.seed,
      inFlightMax: 1,
      scatter: options.scatter,
      nowNs: () => BigInt(Math.round(this.#nowMs * 1_000)) * 1_000n,
    });
    this.#loop = new IngestLoop(
      {
        directory: options.directory,
        sync: false,
        // Groups and segments end where this class says so.
        groupIntervalMs: Number.MAX_SAFE_INTEGER,
        segmentIntervalMs: Number.MAX_SAFE_INTEGER,
        segmentBytesMax: Number.MAX_SAFE_INTEGER,
        segmentFloor: 0n,
        index: 0,
      },
      (message) => {
        if (message.type === 'segment') this.#closed = message.segment;
        if (message.type !== 'answers') return;
        for (const { acceptance, failure } of message.answers) {
          if (failure !== undefined) throw new BenchFailure(failure.message);
          this.#accepted += acceptance?.accepted ?? 0;
        }
      },
      { nowMs: () => Math.floor(this.#nowMs), monotonicMs: () => this.#nowMs - this.beginMs },
      { set: () => undefined, clear: () => {} },
    );
  }

  /** Batches that were written so far. */
  get batches(): number {
    return this.#source.batches;
  }

  get #batchMs(): number {
    return (this.#options.batch / ARRIVING_SPANS_PER_SECOND) * 1_000;
  }

  /** Writes the next segment; undefined when all spans are written. */
  next(): WrittenSegment | undefined {
    const first = this.#source.batches;
    const last = Math.min(first + this.#batchesPerSegment, this.#batches);
    if (first >= last) return undefined;
    this.#nowMs = this.beginMs + (first / this.#batchesPerSegment) * this.#distanceMs;
    this.#accepted = 0;
    this.#closed = undefined;
    for (let number = first; number < last; number++) {
      this.#nowMs += this.#batchMs;
      const request = this.#source.take();
      this.#loop.submit({
        type: 'submit',
        id: number,
        signal: 'traces',
        format: 'otlp/protobuf',
        coding: 'identity',
        body: new Uint8Array(request.template.bytes),
        bodyBytesMax: Number.MAX_SAFE_INTEGER,
        tenant: 'default',
        receiver: 'otlp',
      });
      this.#source.giveBack(request);
      // A commit for each request, as at this pace.
      this.#loop.commit();
    }
    this.#loop.rotate();
    const segment: Segment | undefined = this.#closed;
    if (segment === undefined) throw new BenchFailure('The ingest loop closed no segment');
    return { segment, rows: this.#accepted };
  }

  /** Says that the rows of a segment are safe, so that what it shared need not be written again on that day. */
  stored(segment: Segment): void {
    this.#loop.stored(segment.id);
  }
}
