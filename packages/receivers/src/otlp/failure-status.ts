/**
 * The one table from a failure to OTLP's statuses, over gRPC and over HTTP.
 *
 * What a sender does next depends on the status alone: over HTTP it tries again after 429, 502, 503 and 504, over
 * gRPC after UNAVAILABLE and a few others, and never otherwise. So `retry` of the failure decides first, its code
 * second. Overload is told as 503 and UNAVAILABLE: the specification allows 429 and RESOURCE_EXHAUSTED too, but
 * senders are in use that drop their data at both.
 */
import { GRPC_CODE } from '@tracewright/http';
import type { Failure, FailureCode } from '@tracewright/std';
import { RETRY_AFTER_MS } from '../limits.ts';

export type OtlpStatus = {
  readonly grpc: number;
  readonly http: number;
  /** Set when, and only when, the sender should try again. */
  readonly retryAfterMs: number | undefined;
};

type Pair = readonly [grpc: number, http: number];

const FINAL: Readonly<Record<FailureCode, Pair>> = {
  invalid: [GRPC_CODE.invalidArgument, 400],
  // Without RetryInfo this code means "never again", as gRPC libraries say it of messages that are too long.
  'too-large': [GRPC_CODE.resourceExhausted, 413],
  unauthenticated: [GRPC_CODE.unauthenticated, 401],
  forbidden: [GRPC_CODE.permissionDenied, 403],
  'not-found': [GRPC_CODE.notFound, 404],
  unsupported: [GRPC_CODE.unimplemented, 415],
  overloaded: [GRPC_CODE.resourceExhausted, 500],
  unavailable: [GRPC_CODE.internal, 500],
  deadline: [GRPC_CODE.internal, 500],
  cancelled: [GRPC_CODE.internal, 500],
  resource: [GRPC_CODE.resourceExhausted, 500],
  internal: [GRPC_CODE.internal, 500],
};

const PASSING: Pair = [GRPC_CODE.unavailable, 503];

export function otlpStatus(failure: Failure): OtlpStatus {
  const later = failure.retry === 'later';
  const [grpc, http] = later ? PASSING : FINAL[failure.code];
  return { grpc, http, retryAfterMs: later ? (failure.retryAfterMs ?? RETRY_AFTER_MS) : undefined };
}

/** `Retry-After` counts in whole seconds; rounding up keeps senders from coming too early. */
export function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
}
