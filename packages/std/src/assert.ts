/**
 * Assertions: a programmer's error ends the request, or the process where data would be spoiled.
 * Never used for what a sender or a user may do.
 */

export class AssertionError extends Error {
  override name = 'AssertionError';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

export function unreachable(value: never): never {
  throw new AssertionError(`Unreachable value: ${String(value)}`);
}
