/**
 * Failure: what went wrong, in a form that every edge can map to its protocol's own status.
 *
 * `code` is a closed list. `retry` tells the sender whether the same bytes may succeed later; it is not
 * derived from the code, since the same cause can be final on one road and passing on another.
 */

export type FailureCode =
  | 'invalid' // the input can never be accepted as it is
  | 'too-large' // a limit of size, depth or count is passed
  | 'unauthenticated' // no or wrong credentials
  | 'forbidden' // known, but not allowed
  | 'not-found'
  | 'unsupported' // a content type, method or feature that is not there
  | 'overloaded' // back-pressure: try again later
  | 'unavailable' // a part is absent or restarting
  | 'deadline' // time ran out
  | 'cancelled' // the caller went away
  | 'resource' // memory, rows or disk ran out
  | 'internal'; // a fault of this program

export type Failure = {
  readonly code: FailureCode;
  readonly retry: 'never' | 'later';
  /** One sentence that names the action, the place and the reason. */
  readonly message: string;
  /** For `retry: 'later'`: when it makes sense to try again. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
};

export function failure(
  code: FailureCode,
  message: string,
  extra: {
    readonly retry?: 'never' | 'later';
    readonly retryAfterMs?: number;
    readonly cause?: unknown;
  } = {},
): Failure {
  const retry = extra.retry ?? (code === 'overloaded' || code === 'unavailable' ? 'later' : 'never');
  return {
    code,
    retry,
    message,
    ...(extra.retryAfterMs === undefined ? {} : { retryAfterMs: extra.retryAfterMs }),
    ...(extra.cause === undefined ? {} : { cause: extra.cause }),
  };
}
