/** For the long runs of this room's fuzzers. */
export { configFuzzTargets } from './fuzz-config.ts';
