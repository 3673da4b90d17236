/** Health: the parts of the program that can fail by themselves, and since when each is as it is. */
import type { HealthReport, HealthSource } from '@tracewright/api';

export type WatchedPart = {
  readonly id: string;
  /** undefined when the part is well, else what it waits for. */
  readonly problem: () => string | undefined;
};

export type HealthKeeper = {
  readonly source: HealthSource;
  /** The first time that all is open; before, problems mean "starting". */
  opened(): void;
  stopping(): void;
};

type State = HealthReport['state'];

export function keepHealth(
  parts: readonly WatchedPart[],
  startedUnixMs: number,
  nowMs: () => number,
): HealthKeeper {
  const since = new Map<string, { problem: string | undefined; unixMs: number }>();
  let phase: 'starting' | 'open' | 'stopping' = 'starting';
  let last: { state: State; unixMs: number } = { state: 'starting', unixMs: startedUnixMs };

  function source(): HealthReport {
    const now = nowMs();
    const components = parts.map(({ id, problem }) => {
      const current = problem();
      const known = since.get(id);
      const unixMs =
        known !== undefined && (known.problem === undefined) === (current === undefined) ? known.unixMs : now;
      since.set(id, { problem: current, unixMs });
      return {
        id,
        healthy: current === undefined,
        sinceUnixMs: unixMs,
        ...(current === undefined ? {} : { error: current }),
      };
    });
    const well = components.every((component) => component.healthy);
    const state: State = phase === 'open' ? (well ? 'ready' : 'degraded') : phase;
    if (state !== last.state) last = { state, unixMs: now };
    return { state, startedUnixMs, sinceUnixMs: last.unixMs, components };
  }

  return {
    source,
    opened: () => {
      phase = 'open';
    },
    stopping: () => {
      phase = 'stopping';
    },
  };
}
