/** What the main thread and an ingest worker say to each other. Bodies are transferred, not copied. */
import type { Acceptance, Segment } from '@tracewright/model';
import type { Failure } from '@tracewright/std';
import type { ContentCoding, Signal, WireFormat } from '../ingest.ts';

export type WorkerOptions = {
  readonly directory: string;
  readonly sync: boolean;
  readonly groupIntervalMs: number;
  readonly segmentIntervalMs: number;
  readonly segmentBytesMax: number;
  /** The segment ids of this worker are above this and leave `node` · WORKERS_MAX + `index` modulo SEGMENT_STEP. */
  readonly segmentFloor: bigint;
  readonly index: number;
  /** Which of the nodes that share a store this is, below NODES_MAX; 0 when absent. */
  readonly node?: number;
};

export const WORKERS_MAX = 16;
/** So many nodes may write to one store without ever making the same segment id. */
export const NODES_MAX = 64;
export const SEGMENT_STEP: number = WORKERS_MAX * NODES_MAX;

export type SubmitMessage = {
  readonly type: 'submit';
  readonly id: number;
  readonly signal: Signal;
  readonly format: WireFormat;
  readonly coding: ContentCoding;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly bodyBytesMax: number;
  readonly tenant: string;
  readonly receiver: string;
};

export type ToWorker =
  | SubmitMessage
  /** The rows of a segment are safe in the store: what it shared need not be written again today. */
  | { readonly type: 'stored'; readonly segment: bigint }
  /** The segment was set aside: what it shared is not in the store. */
  | { readonly type: 'setAside'; readonly segment: bigint }
  /** Commit, close the segment, and say `closed`. */
  | { readonly type: 'close' };

export type Answer = {
  readonly id: number;
  readonly acceptance?: Acceptance;
  readonly failure?: Failure;
};

export type FromWorker =
  | { readonly type: 'answers'; readonly answers: readonly Answer[] }
  /** A segment got its first row. */
  | { readonly type: 'opened'; readonly segment: bigint; readonly atUnixMs: number }
  /** The open segment was closed and removed, since nothing could be written to it. */
  | { readonly type: 'emptied' }
  /** The open segment was given up after a failed write: recovery says what of it counts. */
  | { readonly type: 'abandoned' }
  | { readonly type: 'segment'; readonly segment: Segment; readonly firstRowUnixMs: number }
  | { readonly type: 'closed' };
