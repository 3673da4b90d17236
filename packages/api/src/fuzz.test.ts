import { fuzzTest } from '@tracewright/std/testing';
import { apiFuzzTargets } from './testing/fuzz-api.ts';

fuzzTest(apiFuzzTargets);
