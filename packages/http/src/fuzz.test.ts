import { fuzzTest } from '@tracewright/std/testing';
import { httpFuzzTargets } from './testing/fuzz-http.ts';

fuzzTest(httpFuzzTargets);
