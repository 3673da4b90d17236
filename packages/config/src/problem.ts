/**
 * Problem: one mistake of the user in the configuration, with its place.
 *
 * Problems are gathered, never thrown, so that all of them are reported at once. A message never repeats the
 * value of a secret.
 */
import { nearestName } from './nearest.ts';

/** Where a value came from, or where a mistake stands. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly path: string; readonly line: number; readonly column: number }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'flag'; readonly name: string };

export interface Problem {
  readonly origin: Origin;
  /** What is wrong, in the words of the place: "unknown key listen.hsot". */
  readonly message: string;
  /** What would have been right, as a noun phrase. */
  readonly expected?: string;
  /** The known name that was probably meant, spelled as it would be written in that place. */
  readonly nearest?: string;
}

export function unknownName(
  origin: Origin,
  what: string,
  name: string,
  known: Iterable<string>,
  expected?: string,
): Problem {
  const nearest = nearestName(name, known);
  return {
    origin,
    message: `unknown ${what} ${name}`,
    ...(nearest === undefined ? {} : { nearest }),
    ...(expected === undefined || nearest !== undefined ? {} : { expected }),
  };
}

/** "tracewright.yaml:3", "env TRACEWRIGHT_WAL_SYNC", "flag --wal.sync", "default". */
export function printOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `${origin.path}:${origin.line}`;
    case 'env':
      return `env ${origin.name}`;
    case 'flag':
      return `flag ${origin.name}`;
  }
}

/** One line: place, what is wrong, what was expected, what was probably meant. */
export function printProblem(problem: Problem): string {
  const { origin, message, expected, nearest } = problem;
  const place = origin.kind === 'file' ? `${printOrigin(origin)}:${origin.column}` : printOrigin(origin);
  const tail = [
    expected === undefined ? '' : `; expected ${expected}`,
    nearest === undefined ? '' : `; did you mean ${nearest}?`,
  ];
  return `${place}: ${message}${tail.join('')}`;
}
