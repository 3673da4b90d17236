/**
 * RecordBatch: what one group commit writes: spans, log records, and the resources and scopes that they
 * refer to. The unit of queueing, acknowledgement and back-pressure.
 */
import { KeyTable } from './key-table.ts';
import { LogBatch } from './log-batch.ts';
import { encodeNativeBlock } from './native-block.ts';
import { SharedBatch } from './shared-batch.ts';
import { SpanBatch } from './span-batch.ts';

/** Counts the changes of the segment file format; a segment names the version that it was written with. */
export const SEGMENT_SCHEMA_VERSION = 1;

/** The tables that a segment has a file for, in the order in which they are inserted: references before referrers. */
export const SEGMENT_TABLES = ['shared', 'spans', 'logs'] as const;
export type SegmentTable = (typeof SEGMENT_TABLES)[number];

/** How many keys `known` takes: beyond it shared values are written again, which does no harm. */
export const KNOWN_SHARED_MAX = 100_000;
/** A batch that has grown larger than this gives all its buffers back when it is emptied. */
const BYTES_HELD_MAX: number = 64 * 1024 * 1024;

export class RecordBatch {
  readonly spans: SpanBatch;
  readonly logs: LogBatch;
  readonly shared: SharedBatch;
  /**
   * Keys (SharedId.key with the tenant in front) of shared values that need no row any more.
   * A decoder asks `needsShared` before it writes one, which adds it while there are fewer than KNOWN_SHARED_MAX.
   */
  readonly known: Set<string> = new Set();
  /** Keys that this request has added to `known`. */
  readonly #added: string[] = [];

  constructor(keyTable: KeyTable = new KeyTable()) {
    this.spans = new SpanBatch(keyTable);
    this.logs = new LogBatch(keyTable);
    this.shared = new SharedBatch(keyTable);
  }

  /**
   * Whether a shared value needs a row; the answer is yes only once, since the caller then writes it, unless
   * `known` is full.
   * `key` is the tenant, a `|`, and SharedId.key.
   */
  needsShared(key: string): boolean {
    if (this.known.has(key)) return false;
    if (this.known.size >= KNOWN_SHARED_MAX) return true;
    this.known.add(key);
    this.#added.push(key);
    return true;
  }

  /** Marks the start of a request, to which `rollbackRequest` returns. */
  markRequest(): void {
    this.spans.markRequest();
    this.logs.markRequest();
    this.shared.markRequest();
    this.#added.length = 0;
  }

  /** Gives back everything appended since `markRequest`: the batch is as it was. */
  rollbackRequest(): void {
    this.spans.rollbackRequest();
    this.logs.rollbackRequest();
    this.shared.rollbackRequest();
    for (const key of this.#added) this.known.delete(key);
    this.#added.length = 0;
  }

  rows(table: SegmentTable): number {
    return this[table].rows;
  }

  /** What the rows take in a segment: the length of all columns. */
  bytes(): number {
    return this.spans.bytes() + this.logs.bytes() + this.shared.bytes();
  }

  /** The Native block of one table, as chunks; empty when the table has no rows. Valid until `reset`. */
  block(table: SegmentTable, segment: bigint): Uint8Array[] {
    const batch = this[table];
    return batch.rows === 0 ? [] : encodeNativeBlock(batch.columns(segment), batch.rows);
  }

  /** Whether a value found no room since `markRequest`: the request must be rolled back. */
  hasOverflowed(): boolean {
    return this.spans.hasOverflowed() || this.logs.hasOverflowed() || this.shared.hasOverflowed();
  }

  /** The memory behind the columns, used or not. */
  bytesHeld(): number {
    return this.spans.bytesHeld() + this.logs.bytesHeld() + this.shared.bytesHeld();
  }

  /** Empties the batch; `known` stays. Buffers are kept within reason, so that one large request is not held for ever. */
  reset(): void {
    const isHeavy = this.bytesHeld() > BYTES_HELD_MAX;
    for (const table of SEGMENT_TABLES) {
      if (isHeavy) this[table].release();
      else this[table].reset();
    }
  }
}
