/**
 * Acceptance: what became of one request, in every protocol's terms of partial success.
 * The accounts hold: accepted + rejected = received.
 */
import type { FailureCode } from '@tracewright/std';

/** Why a record can be refused alone: a closed list, by which refusals are counted whatever the sender wrote. */
export const REJECTION_KINDS = [
  'trace-id-missing',
  'trace-id-length',
  'trace-id-zero',
  'span-id-missing',
  'span-id-length',
  'span-id-zero',
  'parent-id-length',
  'id-not-hex',
] as const;
export type RejectionKind = (typeof REJECTION_KINDS)[number];

export type Rejection = {
  /** Index of the span or record within the request, counted over all resources and scopes. */
  readonly index: number;
  readonly code: FailureCode;
  readonly kind: RejectionKind;
  /** In words, for the answer; may quote the sender's text, so nothing may be keyed by it. */
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
