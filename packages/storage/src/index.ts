/** The store: ClickHouse, embedded or as a server. */
export {
  createEmbeddedEngine,
  type EmbeddedEngineHandle,
  type EmbeddedEngineOptions,
} from './engine/embedded.ts';
export type { EmbeddedLimits } from './engine/embedded-config.ts';
export type { Engine, EngineHealth, EngineQuery, EngineState, QueryClass } from './engine/engine.ts';
export { type MergeStatus, readMerges } from './merges.ts';
export { type MigrationReport, migrate } from './migrate.ts';
export {
  createReader,
  type LogPage,
  type Operation,
  type Reader,
  type ReaderOptions,
  type ReadOptions,
  type SpanPage,
  type TableStatus,
  type TraceHit,
  type TracePage,
} from './reader.ts';
export { applyRetention, type DroppedDay, type RetentionPolicy, type RetentionReport } from './retention.ts';
export { createWriter, type Segment, type SegmentFile, type Writer, type WriterOptions } from './writer.ts';
