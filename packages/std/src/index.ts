/** Bricks without domain. Everything here runs in a browser and in a fuzzer. */
export { AssertionError, assert, unreachable } from './assert.ts';
export type { Chance, Clock } from './clock.ts';
export { armFailpoints, FAILPOINT_VARIABLE, failpoint } from './failpoint.ts';
export { type Failure, type FailureCode, failure } from './failure.ts';
export { parseHex, printHex } from './hex.ts';
export { type Err, err, type Ok, ok, type Result } from './result.ts';
