/** Limits of the receivers that no user sets. */

/** What a sender is told to wait when a failure passes but does not say when. */
export const RETRY_AFTER_MS = 1_000;

/**
 * Bodies of one receiver that are being read, together. It is never less than two bodies of the largest size, since
 * one remote address gets half of it.
 */
export const UNFINISHED_BYTES_MAX: number = 256 * 1024 * 1024;

/** How long requests in flight may go on once a receiver stops. */
export const DRAIN_TIMEOUT_MS = 10_000;

/** How long a browser may remember the answer to its question whether it may send. */
export const CORS_MAX_AGE_SECONDS = 7_200;
