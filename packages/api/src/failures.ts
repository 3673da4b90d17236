/**
 * The one table of failures: which HTTP status a code has, and the JSON that tells of it.
 */
import type { Failure, FailureCode } from '@tracewright/std';
import { type ApiAnswer, jsonAnswer } from './exchange.ts';

export const FAILURE_STATUS: Readonly<Record<FailureCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'too-large': 413,
  unsupported: 415,
  overloaded: 429,
  /** The caller is gone and sees none of it; the number is for logs. */
  cancelled: 499,
  internal: 500,
  unavailable: 503,
  deadline: 504,
  resource: 507,
};

/** A failure that may name the parameter it is about. */
export type RouteFailure = Failure & {
  readonly field?: string;
  /** Where in an expression the fault lies. */
  readonly query?: {
    readonly position: number;
    readonly length: number;
    readonly expected?: string;
    readonly suggestion?: string;
  };
};

export type ErrorJson = {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly field?: string;
    readonly position?: number;
    readonly length?: number;
    readonly expected?: string;
    readonly suggestion?: string;
  };
};

export function failureAnswer(failure: RouteFailure): ApiAnswer {
  const { code, message, field, query, retryAfterMs } = failure;
  const json: ErrorJson = {
    error: { code, message, ...(field === undefined ? {} : { field }), ...query },
  };
  const answer = jsonAnswer(json, FAILURE_STATUS[code]);
  const headers: Record<string, string> = { ...answer.headers, ...retryAfter(retryAfterMs) };
  if (code === 'unauthenticated') headers['www-authenticate'] = 'Bearer';
  return { ...answer, headers };
}

/** The header that says when to come again, in whole seconds. */
export function retryAfter(retryAfterMs: number | undefined): Readonly<Record<string, string>> {
  if (retryAfterMs === undefined) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
}
