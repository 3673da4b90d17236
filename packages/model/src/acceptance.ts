/**
 * Acceptance: what became of one request, in every protocol's terms of partial success.
 * The accounts hold: accepted + rejected = received.
 */
import type { FailureCode } from '@tracewright/std';

export type Rejection = {
  /** Index of the span or record within the request, counted over all resources and scopes. */
  readonly index: number;
  readonly code: FailureCode;
  readonly reason: string;
};

export type Acceptance = {
  readonly accepted: number;
  readonly rejected: number;
  /** The first few rejections in words; `rejected` counts all of them. */
  readonly rejections: readonly Rejection[];
};

/** How many rejections an answer spells out; the rest is only counted. */
export const REJECTIONS_TOLD_MAX = 8;
