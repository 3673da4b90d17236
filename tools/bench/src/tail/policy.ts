// The policies that the spike of tail sampling imitates, as SQL: failures and slow roots are kept for sure, of all
// others a share by trace id. Each decision says why, and with which probability, so that what is kept can be counted
// back to what there was (Horvitz-Thompson: the weight is one over the probability).

export type Policy = {
  /** The share of traces that nothing else keeps. */
  readonly probability: number;
  /** A root that takes longer is slow. */
  readonly slowNano: number;
};

const ROOT = `parent_id = toFixedString('', 8)`;

/** 56 bits of the trace id; W3C calls them random. */
const RANDOMNESS = `bitAnd(reinterpretAsUInt64(reverse(substring(trace_id, 9, 8))), ${2n ** 56n - 1n})`;

/** What a decision is made of, for a query that groups the rows of traces by `trace_id`. */
export const EVIDENCE: string = `countIf(status_code = 2) AS failures, maxIf(duration_nano, ${ROOT}) AS root_nano`;

/** Columns `keep`, `weight` and `reason` from the evidence of a trace. */
export function verdict({ probability, slowNano }: Policy): string {
  const threshold = BigInt(Math.round((1 - probability) * 2 ** 28)) << 28n;
  const isSlow = `root_nano >= ${slowNano}`;
  const isLucky = `${RANDOMNESS} >= ${threshold}`;
  return [
    `toUInt8(failures > 0 OR ${isSlow} OR ${isLucky}) AS keep`,
    `toFloat32(multiIf(failures > 0 OR ${isSlow}, 1, ${isLucky}, ${1 / probability}, 0)) AS weight`,
    `multiIf(failures > 0, 'failure', ${isSlow}, 'slow root', ${isLucky}, 'share ${probability}', 'left out') AS reason`,
  ].join(', ');
}
