/** For whoever tests a store from outside: rows, segments of them, and what compares answers with the oracle. */
export { attribute, bool, ConditionStore, double, int, OPERATORS, string } from './condition-store.ts';
export { nativeFuzzTargets } from './fuzz-native.ts';
export { Random } from './random.ts';
export { attributesOf, makeLog, makeSpan, NOON_NANO, resourceOf, spanId, traceId } from './rows.ts';
export { testDecoders, writeSegment } from './segments.ts';
export { expectOk, type TestStore } from './store.ts';
