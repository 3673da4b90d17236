/** Chance that can be repeated, and fuzzing with it, for the tests of all rooms. */
export {
  type FuzzFailure,
  type FuzzOutcome,
  type FuzzReport,
  type FuzzTarget,
  fuzz,
  makeInput,
} from './fuzz.ts';
export { fuzzTest, keepInput } from './fuzz-test.ts';
export { joinBytes, mutateBytes, mutateText } from './mutate.ts';
export { Random } from './random.ts';
