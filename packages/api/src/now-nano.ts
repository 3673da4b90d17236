/** The clock in nanoseconds, as plans want it. */
import type { Clock } from '@tracewright/std';

export function nowNano(clock: Clock): bigint {
  return BigInt(Math.trunc(clock.nowMs())) * 1_000_000n;
}
