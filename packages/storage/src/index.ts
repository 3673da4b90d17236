/** The store: ClickHouse, embedded or as a server. */
export type {
  LogPage,
  Operation,
  Reader,
  ReadOptions,
  SpanPage,
  TableStatus,
  TraceHit,
  TracePage,
} from './reader.ts';
export type { Segment, SegmentFile, Writer } from './writer.ts';
