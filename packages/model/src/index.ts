/** What a trace is: ids, attributes, spans and logs to read, and batches of columns to write. */
export {
  type Acceptance,
  REJECTION_KINDS,
  REJECTIONS_TOLD_MAX,
  type Rejection,
  type RejectionKind,
} from './acceptance.ts';
export {
  ATTRIBUTE_TYPE,
  type Attribute,
  type AttributeValue,
  attributeJson,
  attributeText,
  findAttribute,
} from './attribute.ts';
export { AttributeColumns, MapColumn } from './attribute-columns.ts';
export { Column } from './column.ts';
export {
  parseSpanId,
  parseTraceId,
  parseTraceReference,
  SPAN_ID_BYTES,
  type SpanId,
  TRACE_ID_BYTES,
  type TraceId,
  type TraceReference,
} from './ids.ts';
export { KeyTable } from './key-table.ts';
export { LOG_BODY_TYPE, LogBatch } from './log-batch.ts';
export { type ColumnSpec, encodeNativeBlock, type NativeColumn } from './native-block.ts';
export { PROMOTED_ATTRIBUTES, type PromotedAttribute } from './promoted.ts';
export {
  KNOWN_SHARED_MAX,
  RecordBatch,
  SEGMENT_SCHEMA_VERSION,
  SEGMENT_TABLES,
  type SegmentTable,
} from './record-batch.ts';
export type { RowContext } from './row-context.ts';
export type { Segment, SegmentFile, Writer } from './segment.ts';
export { SHARED_KIND, SharedBatch, type SharedId, sharedId } from './shared-batch.ts';
export {
  type EntityRef,
  type LogRecord,
  type Resource,
  type Scope,
  SPAN_KINDS,
  SPAN_STATUSES,
  type Span,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
  type SpanStatus,
} from './span.ts';
export { SpanBatch } from './span-batch.ts';
export { TableBatch } from './table-batch.ts';
