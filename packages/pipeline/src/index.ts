/** From decoded columns to durable rows. */
export type { ContentCoding, Ingest, IngestRequest, Signal, WireFormat } from './ingest.ts';
