/** For the tests of this and of other rooms. */
export { type NativeRows, type NativeValue, readNativeBlock } from './read-native-block.ts';
