/** For the tests of this and of other rooms. */
export { otlpFuzzTargets } from './fuzz-otlp.ts';
export { plainLog, plainSpan, sortPlain } from './plain-record.ts';
export { readLogs, readSpans } from './read-batch.ts';
export { sortAttributes } from './sort-attributes.ts';
