/** For tests of this room and of those who compile or answer plans: rows, and what a plan means. */
export { evaluateLog, evaluateSpan } from './evaluate.ts';
export { queryFuzzTargets } from './fuzz-query.ts';
export { attributes, log, NO_SCOPE, resource, type SpanWish, span } from './rows.ts';
