/** For the long runs of this room's fuzzers. */
export { pipelineFuzzTargets } from './fuzz-pipeline.ts';
