import { fuzzTest } from '@tracewright/std/testing';
import { pipelineFuzzTargets } from './testing/fuzz-pipeline.ts';

fuzzTest(pipelineFuzzTargets);
