/**
 * Exit codes: what a script learns without reading a word.
 */
import type { FailureCode } from '@tracewright/std';

export const exitCode = {
  ok: 0,
  /** It did not work, or what was asked for does not exist. */
  failure: 1,
  /** The command line, the configuration or the question was wrong. */
  usage: 2,
  /** The server wants a token, or refuses this one. */
  auth: 3,
  /** Part of the answer was printed before something failed. */
  partial: 4,
  /** The question was given up, by a deadline or by the server. */
  cancelled: 5,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export function exitCodeOf(code: FailureCode): ExitCode {
  switch (code) {
    case 'invalid':
      return exitCode.usage;
    case 'unauthenticated':
    case 'forbidden':
      return exitCode.auth;
    case 'deadline':
    case 'cancelled':
      return exitCode.cancelled;
    default:
      return exitCode.failure;
  }
}
