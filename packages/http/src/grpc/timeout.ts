/** `grpc-timeout`: how long the caller of a gRPC call waits: up to eight digits and a unit. */

const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};
/** Longer timers fire at once; who waits for three weeks waits for ever. */
const TIMEOUT_MS_MAX: number = 2 ** 31 - 1;

/** In milliseconds, at least 1; undefined when there is none, or none that can be read. */
export function parseTimeoutMs(header: string | readonly string[] | undefined): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(String(header ?? ''));
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) return undefined;
  return Math.min(Math.max(Math.ceil(Number(match[1]) * unitMs), 1), TIMEOUT_MS_MAX);
}
