import { fuzzTest } from '@tracewright/std/testing';
import { queryFuzzTargets } from './testing/fuzz-query.ts';

fuzzTest(queryFuzzTargets);
