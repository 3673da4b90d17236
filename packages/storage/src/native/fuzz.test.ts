import { fuzzTest } from '@tracewright/std/testing';
import { nativeFuzzTargets } from '../testing/fuzz-native.ts';

fuzzTest(nativeFuzzTargets);
