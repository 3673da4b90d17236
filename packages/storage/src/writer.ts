/**
 * Writer: what the pipeline may ask of the store. A segment's files are handed over by path; the rows of
 * each are inserted exactly once, however often the call is repeated.
 */
import type { SegmentTable } from '@tracewright/model';
import type { Result } from '@tracewright/std';

export type SegmentFile = {
  readonly table: SegmentTable;
  readonly path: string;
  /** Bytes of the file that are valid. */
  readonly bytes: number;
  readonly rows: number;
};

export type Segment = {
  /** Unique for ever: microseconds of arrival; also the first sort key of its rows and their partition. */
  readonly id: bigint;
  readonly schemaVersion: number;
  readonly files: readonly SegmentFile[];
  /** True when an insert of it may have been tried before (after a restart): ask which tables have it. */
  readonly replayed: boolean;
};

export type Writer = {
  /**
   * Inserts the files of a segment in their order. Ok when all rows are safe. A failure with retry `later`
   * means the engine was absent or overloaded and nothing is known to be wrong with the segment; `never`
   * means the engine refuses it for good.
   */
  insert(segment: Segment): Promise<Result<void>>;
};
