/** The store: ClickHouse, embedded or as a server. */

export { inspectStore, type StoreOverview } from './check-store.ts';
export {
  type Cluster,
  type ClusterOptions,
  createCluster,
  type ShardStatus,
} from './cluster/create-cluster.ts';
export { printDefinitions } from './cluster/print-definitions.ts';
export { createReader, type ReaderOptions } from './create-reader.ts';
export type { DamagedPart } from './damaged-part.ts';
export {
  createEmbeddedEngine,
  type EmbeddedEngineHandle,
  type EmbeddedEngineOptions,
} from './engine/embedded.ts';
export type { EmbeddedLimits } from './engine/embedded-config.ts';
export type { Engine, EngineHealth, EngineQuery, EngineState, QueryClass } from './engine/engine.ts';
export { createServerEngine, type ServerEngineOptions } from './engine/server.ts';
export {
  isPlainName,
  REPLICA_NAME,
  REPLICA_PATH,
  type ServerDialect,
  translate,
} from './engine/server-dialect.ts';
export { coldPicture, freezeStore, listColdPictures, SCHEMA_VERSION, thawStore } from './freeze.ts';
export { makeFolder } from './make-folder.ts';
export { type MergeStatus, readMerges } from './merges.ts';
export { type MigrationReport, migrate } from './migrate.ts';
export { type ReadAccount, ReadBudget } from './read-budget.ts';
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
export {
  applyRetention,
  type Dropped,
  type RetentionPolicy,
  type RetentionReport,
  setPartSizes,
} from './retention.ts';
export { listSpans, pickSpans, type SpanHead, type SpanList } from './rows/span-list.ts';
export {
  checkPart,
  listSetAside,
  listUnreadable,
  type PartVerdict,
  type SetAsidePart,
  setAsideIfDamaged,
} from './set-aside.ts';
export { fillTraceSegments } from './trace-segments.ts';
export { type BucketObject, parseBucketFile, printBucketFile } from './volumes/bucket-file.ts';
export { listObjects, readObject } from './volumes/bucket-request.ts';
export { bucketMetadataPath, type ColdBucket, type ColdTier } from './volumes/cold-tier.ts';
export { ColdVolume, takeOverBucket } from './volumes/cold-volume.ts';
export { moveDays, readTiers } from './volumes/move-days.ts';
export {
  placeOf,
  readHeldElsewhere,
  readTierRecord,
  TIER_RECORD,
  type TierRecord,
  tierPartsPath,
  writeTierRecord,
} from './volumes/tier-record.ts';
export { createTieredReader } from './volumes/tiered-reader.ts';
export {
  createWriter,
  INSERT_SETTINGS,
  type Segment,
  type SegmentFile,
  type Writer,
  type WriterOptions,
} from './writer.ts';
