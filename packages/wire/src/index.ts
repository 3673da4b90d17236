/** Bytes to model and back, one folder per protocol. */
export { decodeOtlpTraces } from './otlp/decode-traces.ts';
export type { IngestContext } from './otlp/ingest-context.ts';
