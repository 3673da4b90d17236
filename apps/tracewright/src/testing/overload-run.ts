/**
 * OverloadRun: many times what the program can take, for a while, from senders who take no advice, while a modest sender
 * goes on, questions of every class are asked, and memory is watched. Afterwards it must recover by itself, and every
 * acknowledged row be stored exactly once. What it found is a value: a short test asserts it, a long run reports it.
 */
import type { StatusReport } from '@tracewright/api';
import { GREEDY_SPANS_A_REQUEST, type GreedyFound, startGreedySenders } from './greedy-senders.ts';
import { watchLive } from './live-watch.ts';
import { type MemoryPeaks, watchMemory } from './memory-watch.ts';
import { startNumberedLoad, tallyStored } from './numbered-load.ts';
import { type ProbeClass, type ProbeTimes, startQueryProbes, timesOf } from './query-probes.ts';
import { RunningServer } from './running-server.ts';
import { postOtlp } from './send-otlp.ts';
import { encodeTraces, goodSpan, hexId } from './span-messages.ts';
import { type StoredRow, storedNumbers } from './stored-rows.ts';

export type OverloadOptions = {
  readonly durationMs: number;
  readonly signal?: AbortSignal;
  readonly say?: (line: string) => void;
};

export type OverloadFound = {
  readonly offeredPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly refused: { readonly http: number; readonly grpc: number };
  readonly queries: Readonly<Record<ProbeClass, ProbeTimes>>;
  readonly live: { readonly asked: number; readonly slowestMs: number };
  readonly modest: ProbeTimes & { readonly refused: number };
  readonly memory: MemoryPeaks;
  /** After the load: until a sender is served again, and until all that was accepted is stored and found. */
  readonly servedAfterMs: number;
  readonly recoveredAfterMs: number;
  readonly rows: number;
  /** Whatever did not hold, in words. */
  readonly faults: readonly string[];
};

/** The main process with its threads, and the engine's: its own limit and what lies outside of it. */
export const MAIN_BYTES_MAX: number = 900 * 1024 * 1024;
export const ENGINE_BYTES_MAX: number = 2_200 * 1024 * 1024;
const RECOVERY_MS = 30_000;
const MIB: number = 1024 * 1024;

export async function runOverload(options: OverloadOptions): Promise<OverloadFound> {
  // Little room for requests in memory: what it can take is then soon passed, on a machine of any size.
  const server = await RunningServer.start(['--ingest.inFlightBytesMax', '4MiB', '--ingest.workers', '1']);
  try {
    return await overload(server, options);
  } finally {
    await server.dispose();
  }
}

async function overload(server: RunningServer, options: OverloadOptions): Promise<OverloadFound> {
  const { durationMs, say = () => undefined } = options;
  const faults: string[] = [];
  const known = 424_242;
  await postOtlp(server, 'traces', encodeTraces('known', [goodSpan(known, 1)]));
  await server.settled();
  using memory = watchMemory(server);
  await using live = watchLive(server);
  await using probes = startQueryProbes(server, hexId(16, known), 'numbers');
  await using modest = startNumberedLoad(server, 1, ['traces'], { pauseMs: 100 });
  await using senders = startGreedySenders(server, {
    connections: 300,
    grpcConnections: 4,
    streamsEach: 100,
    pauseMs: 25,
  });
  const beganMs = performance.now();
  await tellWhile(durationMs, options.signal, () => {
    const { mainBytes, engineBytes } = memory.now();
    say(`memory ${Math.round(mainBytes / MIB)} + ${Math.round(engineBytes / MIB)} MiB`);
  });
  const seconds = (performance.now() - beganMs) / 1000;
  const greedy = await senders.stop();
  const peaks = memory.stop();
  const stoppedMs = performance.now();
  const queries = await probes.stop();
  const accepted = acceptedBy(greedy);
  const offered =
    accepted + greedy.refused.http + greedy.refused.grpc + sum(greedy.bodies.map((one) => one.unknown));

  // A sender is served at once again, and all that was acknowledged is found.
  const servedMs = performance.now();
  for (;;) {
    const answer = await postOtlp(server, 'traces', encodeTraces('after', [goodSpan(known + 1, 1)]));
    if (answer.status === 200) break;
    if (performance.now() - servedMs > RECOVERY_MS) {
      faults.push('after the load senders are still refused');
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const servedAfterMs = Math.round(performance.now() - servedMs);
  await modest.stop();
  const status = await stored(server, Math.max(60_000, durationMs * 3));
  const recoveredAfterMs = Math.round(performance.now() - stoppedMs);
  const watched = await live.stop();

  if (greedy.odd.length > 0) faults.push(`answers outside of the protocol: ${greedy.odd.join('; ')}`);
  if (modest.refused.length > 0) faults.push(`the modest sender was refused for good: ${modest.refused[0]}`);
  faults.push(...probes.failed.map((one) => `a question failed: ${one}`));
  if (watched.failed > 0) faults.push(`${watched.failed} times it did not say that it lives`);
  const { accounts } = status;
  if (accounts.spans.accepted !== accounts.spans.stored)
    faults.push(`${accounts.spans.accepted} spans accepted, ${accounts.spans.stored} stored`);
  if (peaks.mainBytes > MAIN_BYTES_MAX)
    faults.push(`the main process took ${Math.round(peaks.mainBytes / MIB)} MiB`);
  if (peaks.engineBytes > ENGINE_BYTES_MAX)
    faults.push(`the engine took ${Math.round(peaks.engineBytes / MIB)} MiB`);
  await server.stop();
  const rows = await storedNumbers(server.dataPath);
  faults.push(...tallyStored(modest.acknowledged, modest.unknown, rows).faults.slice(0, 20));
  faults.push(...tallyGreedy(greedy, rows));
  return {
    offeredPerSecond: Math.round((offered * GREEDY_SPANS_A_REQUEST) / seconds),
    acceptedPerSecond: Math.round((accepted * GREEDY_SPANS_A_REQUEST) / seconds),
    refused: greedy.refused,
    queries,
    live: watched,
    modest: { ...timesOf(modest.answerMs), refused: modest.unknown.length },
    memory: peaks,
    servedAfterMs,
    recoveredAfterMs,
    rows: accounts.spans.stored,
    faults,
  };
}

/** Waits until all that was accepted is stored: what the store could not keep up with is made up for now. */
async function stored(server: RunningServer, patienceMs: number): Promise<StatusReport> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const status = await server.status();
    const isDone = status?.accounts.spans.inFlight === 0 && status.wal.segmentsOpen === 0;
    if (status !== undefined && (isDone || performance.now() > endMs)) return status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function acceptedBy(greedy: GreedyFound): number {
  return sum(greedy.bodies.map(({ acknowledged }) => acknowledged));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Each span of a body is stored as often as the body was acknowledged; where an answer was lost, perhaps once more. */
function tallyGreedy(greedy: GreedyFound, rows: ReadonlyMap<string, StoredRow>): string[] {
  return greedy.bodies.flatMap(({ first, acknowledged, unknown }) => {
    const counts = Array.from(
      { length: GREEDY_SPANS_A_REQUEST },
      (_, at) => rows.get((first + at + 1).toString(16).padStart(16, '0'))?.count ?? 0,
    );
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    if (least >= acknowledged && most <= acknowledged + unknown) return [];
    return [
      `a body was acknowledged ${acknowledged} times (${unknown} unknown), its spans are there ${least} to ${most} times`,
    ];
  });
}

async function tellWhile(
  durationMs: number,
  signal: AbortSignal | undefined,
  tell: () => void,
): Promise<void> {
  const endMs = performance.now() + durationMs;
  let told = performance.now();
  while (performance.now() < endMs && signal?.aborted !== true) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (performance.now() - told < 5_000) continue;
    told = performance.now();
    tell();
  }
}
