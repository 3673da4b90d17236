/** Plans, and the languages that lower to them. */
export { readDuration } from './duration.ts';
export { EMPTY_SPAN_NAME } from './jaeger/conditions.ts';
export { printGoDuration } from './jaeger/go-duration.ts';
export {
  type JaegerSearch,
  type JaegerTraceId,
  readJaegerFlag,
  readJaegerSearch,
  readJaegerTraceId,
  readMicros,
} from './jaeger/search-parameters.ts';
export { NANO_MAX, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX } from './limits.ts';
export { digestSearch, parseCursor, printCursor } from './native/cursor.ts';
export { type LogInput, readLogSearch } from './native/log-input.ts';
export type { ParameterError } from './native/parameter-error.ts';
export { readTime } from './native/read-time.ts';
export { readSearch, type SearchContext, type SearchInput } from './native/search-input.ts';
export { checkPattern } from './pattern.ts';
export {
  type AttributeScope,
  type CompareOperator,
  type Cursor,
  EVERYTHING,
  type Literal,
  type LogField,
  type LogPredicate,
  type LogSearch,
  type Plan,
  type Predicate,
  type SpanField,
  type SpanPredicate,
  type SpanSearch,
  type TextOperator,
  type TraceLookup,
  type TraceSearch,
} from './plan.ts';
export { lowerLogFilter, lowerSpanFilter, NOTHING } from './traceql/lower.ts';
export { parseFilter } from './traceql/parse.ts';
export { printFilter } from './traceql/print.ts';
export type { Filter, QueryError } from './traceql/syntax.ts';
export { LOG_VOCABULARY, SPAN_VOCABULARY } from './traceql/vocabulary.ts';
