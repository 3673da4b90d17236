// When the next request is due. A closed loop sends as soon as a connection is free; an open loop has a timetable
// that does not wait for the server: a request that starts late because all connections were busy is measured
// from when it should have started, so that a server that stalls cannot hide the stall (no coordinated omission).

export type Pace = {
  /** The time the next request is due, or undefined when the run is over. Each call takes one slot. */
  readonly next: (nowMs: number) => number | undefined;
  /** Slots that came due before `nowMs` but were never taken; always empty for a closed loop. */
  readonly missed: (nowMs: number) => number[];
};

export type PaceOptions = {
  readonly startMs: number;
  /** Requests a second, or undefined for a closed loop. */
  readonly requestsPerSecond: number | undefined;
  readonly durationMs: number | undefined;
  readonly requestsMax: number | undefined;
};

export function createPace(options: PaceOptions): Pace {
  const { startMs, requestsPerSecond } = options;
  const endMs = options.durationMs === undefined ? Number.POSITIVE_INFINITY : startMs + options.durationMs;
  const requestsMax = options.requestsMax ?? Number.POSITIVE_INFINITY;
  const dueMs = (slot: number): number => startMs + (slot * 1_000) / (requestsPerSecond ?? 1);
  let taken = 0;
  return {
    next: (nowMs) => {
      if (taken >= requestsMax || nowMs >= endMs) return undefined;
      const due = requestsPerSecond === undefined ? nowMs : dueMs(taken);
      if (due >= endMs) return undefined;
      taken++;
      return due;
    },
    missed: (nowMs) => {
      const missed: number[] = [];
      if (requestsPerSecond === undefined) return missed;
      for (let slot = taken; slot < requestsMax; slot++) {
        const due = dueMs(slot);
        if (due >= Math.min(endMs, nowMs)) break;
        missed.push(due);
      }
      return missed;
    },
  };
}
