/** What port 16686 and its neighbours answer. */
export { type ApiOptions, createApi, type NodeHandler } from './create-api.ts';
export type {
  Accounts,
  QuarantinedSegment,
  ReceiverStatus,
  RejectionCount,
  StatusReport,
  StatusSource,
  StorageStatus,
  StorageTable,
  WalStatus,
} from './status.ts';
