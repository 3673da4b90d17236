/** Plans, and the languages that lower to them. */
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
