/** Asks one question of each class again and again, while a test gives the server a hard time. */
import type { RunningServer } from './running-server.ts';

export type ProbeClass = 'id' | 'search' | 'scan';
export type ProbeTimes = {
  readonly asked: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

export type QueryProbes = AsyncDisposable & {
  readonly failed: readonly string[];
  stop(): Promise<Readonly<Record<ProbeClass, ProbeTimes>>>;
};

const PAUSE_MS = 150;
const TIMEOUT_MS = 40_000;

/** `traceId` is of a trace that is stored, `service` of one that has spans. */
export function startQueryProbes(server: RunningServer, traceId: string, service: string): QueryProbes {
  const failed: string[] = [];
  let stopping = false;
  const paths: Readonly<Record<ProbeClass, string>> = {
    id: `/traces/${traceId}`,
    search: `/search?service=${service}&minDuration=500ms&limit=20`,
    scan: `/search?q=${encodeURIComponent('{ .number = 7 && name =~ "operation [0-3]" }')}&limit=100`,
  };
  const times: Record<ProbeClass, number[]> = { id: [], search: [], scan: [] };
  const probe = async (kind: ProbeClass): Promise<void> => {
    while (!stopping) {
      const began = performance.now();
      try {
        const answer = await fetch(server.api(paths[kind]), { signal: AbortSignal.timeout(TIMEOUT_MS) });
        const text = await answer.text();
        if (answer.status !== 200) failed.push(`${kind}: ${answer.status} ${text.slice(0, 200)}`);
      } catch (error) {
        failed.push(`${kind}: ${String(error)}`);
      }
      times[kind].push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const running = Promise.all([probe('id'), probe('search'), probe('scan')]);
  const stop = async (): Promise<Record<ProbeClass, ProbeTimes>> => {
    stopping = true;
    await running;
    return { id: timesOf(times.id), search: timesOf(times.search), scan: timesOf(times.scan) };
  };
  return {
    failed,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

export function timesOf(list: readonly number[]): ProbeTimes {
  const sorted = [...list].sort((left, right) => left - right);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { asked: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
