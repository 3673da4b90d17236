/** From decoded columns to durable rows. */
export { Accounts, type ReasonCount, type ReceiverAccounts, type SignalAccounts } from './accounts.ts';
export type { ContentCoding, Ingest, IngestRequest, Signal, WireFormat } from './ingest.ts';
export { Pipeline, type PipelineOptions, type PipelineStatus } from './pipeline.ts';
export type { QuarantinedSegment } from './quarantine.ts';
export { type CheckedSegments, checkSegments } from './segment/check-segments.ts';
export { IngestLoop } from './worker/ingest-loop.ts';
