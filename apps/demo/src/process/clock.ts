// A wrong wall clock for one process. Spans, logs and everything else that asks for the time of day get the
// shifted one, as on a machine whose clock is not synchronised; durations stay right, for they come from the
// monotonic clock.

const trueNow = Date.now;

/** Shifts the wall clock of this process; 0 puts it right again. */
export function setClockSkew(skewMs: number): void {
  Date.now = skewMs === 0 ? trueNow : () => trueNow() + skewMs;
}
