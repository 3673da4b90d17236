/** Health: the parts of the program that can fail by themselves, and since when each is as it is. */
import type { HealthReport, HealthSource } from '@tracewright/api';
import { printBytes } from '@tracewright/config';
import type { ShardStatus } from '@tracewright/storage';

export type WatchedPart = {
  readonly id: string;
  /** undefined when the part is well, else what it waits for. */
  readonly problem: () => string | undefined;
  /** The program does its work without it: a problem is told and does not make it degraded. */
  readonly isSpare?: boolean;
};

export type HealthKeeper = {
  readonly source: HealthSource;
  /** The first time that all is open; before, problems mean "starting". */
  opened(): void;
  stopping(): void;
};

/**
 * A part for each shard. One that is away makes no node degraded: its rows wait here, and a balancer that left out every
 * node for it would stop the others too. What is missing everywhere is the store's problem.
 */
export function watchShards(shards: () => readonly ShardStatus[], nowMs: () => number): WatchedPart[] {
  return shards().map(({ shard }, at) => ({
    id: `shard-${shard}`,
    isSpare: true,
    problem: () => {
      const now = shards()[at];
      if (now === undefined) return undefined;
      const { bytes, oldestUnixMs, parts } = now.kept;
      if (oldestUnixMs === undefined) return now.problem;
      const age = Math.round((nowMs() - oldestUnixMs) / 1000);
      const waiting = `Parts of ${parts} segments (${printBytes(bytes)}) wait on this node for shard ${shard}, the oldest for ${age} s`;
      return now.problem === undefined ? waiting : `${waiting}. ${now.problem}`;
    },
  }));
}

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
    let well = true;
    const components = parts.map(({ id, isSpare, problem }) => {
      const current = problem();
      const known = since.get(id);
      const unixMs =
        known !== undefined && (known.problem === undefined) === (current === undefined) ? known.unixMs : now;
      since.set(id, { problem: current, unixMs });
      if (current !== undefined && isSpare !== true) well = false;
      return {
        id,
        healthy: current === undefined,
        sinceUnixMs: unixMs,
        ...(current === undefined ? {} : { error: current }),
      };
    });
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
