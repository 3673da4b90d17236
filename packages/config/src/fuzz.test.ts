import { fuzzTest } from '@tracewright/std/testing';
import { configFuzzTargets } from './testing/fuzz-config.ts';

fuzzTest(configFuzzTargets);
