import { fuzzTest } from '@tracewright/std/testing';
import { otlpFuzzTargets } from '../testing/fuzz-otlp.ts';

fuzzTest(otlpFuzzTargets);
