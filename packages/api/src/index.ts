/** What port 16686 and its neighbours answer. */
export { type ApiOptions, createApi } from './create-api.ts';
export {
  createHealth,
  type HealthComponent,
  type HealthReport,
  type HealthSource,
} from './health/create-health.ts';
export type { Maintenance, SnapshotJson } from './maintenance.ts';
export { createMetrics } from './metrics/create-metrics.ts';
export type {
  HistogramSample,
  Labels,
  MetricFamily,
  MetricsSource,
  NumberSample,
} from './metrics/metric-family.ts';
export type { NodeHandler } from './serve.ts';
export type {
  Accounts,
  QuarantinedSegment,
  ReceiverStatus,
  RejectionCount,
  SetAsidePart,
  StatusReport,
  StatusSource,
  StorageShard,
  StorageStatus,
  StorageTable,
  StorageTier,
  WalStatus,
} from './status.ts';
