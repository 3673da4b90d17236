/** For the long runs of this room's fuzzers. */
export { apiFuzzTargets } from './fuzz-api.ts';
