/** For the tests of this and of other rooms. */
export { readLogs, readSpans } from './read-batch.ts';
export { sortAttributes } from './sort-attributes.ts';
