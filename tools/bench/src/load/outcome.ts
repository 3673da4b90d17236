// What became of one export request, in words that fit HTTP and gRPC alike. Every span sent is counted under
// exactly one of them.

export type Outcome =
  /** Answered with success; `rejectedSpans` of its spans were turned down by a partial success. */
  | { readonly kind: 'accepted'; readonly rejectedSpans: number; readonly message: string }
  /** "Later", or nobody listens: nothing was taken. The connection stays quiet for `retryAfterMs`, if the server named a time. */
  | {
      readonly kind: 'refused';
      readonly status: string;
      readonly message: string;
      readonly retryAfterMs: number | undefined;
    }
  /** "Never": the server turned the whole request down for good. */
  | { readonly kind: 'failed'; readonly status: string; readonly message: string }
  /** The connection broke or the time ran out; whether the spans were taken is unknown. */
  | { readonly kind: 'lost'; readonly message: string };

/** The status of a refusal because no connection came about. */
export const UNREACHABLE = 'unreachable';

/** One connection that carries one request at a time. */
export type Sender = {
  /** Sends bytes from `from` on and waits for the answer; resolves once nothing holds the bytes any more. */
  readonly send: (bytes: Buffer, from: number) => Promise<Outcome>;
  readonly close: () => void;
};
