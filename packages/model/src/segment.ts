/**
 * Segment: the write-ahead file that is the insert file, and the interface by which it reaches the store.
 *
 * A segment's files hold `Native` blocks, one file a table. They are encoded once, on the way in, and
 * handed over by path; the rows of each are inserted exactly once, however often `insert` is repeated.
 */
import type { Result } from '@tracewright/std';
import type { SegmentTable } from './record-batch.ts';

export type SegmentFile = {
  readonly table: SegmentTable;
  readonly path: string;
  /** Bytes of the file that are valid; nothing lies behind them. */
  readonly bytes: number;
  readonly rows: number;
};

export type Segment = {
  /** Unique for ever: microseconds of arrival; also the first sort key of its rows and their partition. */
  readonly id: bigint;
  readonly schemaVersion: number;
  /** In the order in which they are inserted. */
  readonly files: readonly SegmentFile[];
  /** True when an insert of it may have been tried before, as after a restart: ask which tables have it. */
  readonly replayed: boolean;
};

export type Writer = {
  /**
   * Inserts the files of a segment. Ok when all rows are safe. A failure with retry `later` means that the
   * engine was absent or overloaded and nothing is known to be wrong with the segment; `never` means that
   * the engine refuses it for good.
   */
  insert(segment: Segment): Promise<Result<void>>;
};
