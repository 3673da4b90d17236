import { fuzzTest } from '@tracewright/std/testing';
import { terminalFuzzTargets } from './fuzz-terminal.ts';

fuzzTest(terminalFuzzTargets);
