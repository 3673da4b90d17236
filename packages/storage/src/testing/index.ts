/** For the long runs of this room's fuzzers. */
export { nativeFuzzTargets } from './fuzz-native.ts';
