/** Bytes to model and back, one folder per protocol. */
export { decodeOtlpLogsJson, decodeOtlpTracesJson } from './otlp/decode-json.ts';
export { decodeOtlpLogs } from './otlp/decode-logs.ts';
export { decodeOtlpTraces } from './otlp/decode-traces.ts';
export { decodeAnyValue, decodeResource, decodeScope } from './otlp/decode-value.ts';
export { encodeLogsJson, encodeTracesJson } from './otlp/encode-json.ts';
export { encodeLogsProtobuf, encodeTracesProtobuf } from './otlp/encode-protobuf.ts';
export { type ExportSignal, encodeExportResponse } from './otlp/export-response.ts';
export type { IngestContext } from './otlp/ingest-context.ts';
export { jsonToOtlpProtobuf } from './otlp/json-to-protobuf.ts';
export { encodeRpcStatus } from './otlp/rpc-status.ts';
