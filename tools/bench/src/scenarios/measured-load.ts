// One load against a fresh program, measured whole: from the first byte sent until everything is stored, every
// merge has ended and the accounts have been proven. What is accepted but not stored fails the run.

import { setTimeout as sleep } from 'node:timers/promises';
import { BenchFailure } from '../harness/bench-failure.ts';
import { diskUsage } from '../harness/disk-usage.ts';
import { type LoadFigures, runLoader } from '../harness/loader-process.ts';
import type { TreeUse } from '../harness/process-tree.ts';
import type { Program } from '../harness/program.ts';
import { type ProgramStatus, readStatus } from '../harness/program-status.ts';
import { watchResources } from '../harness/resource-watch.ts';
import { settle } from '../harness/settle.ts';
import { type ThreadTime, watchThreads } from '../harness/thread-watch.ts';
import type { ScenarioContext } from './scenario.ts';

export type MeasuredLoad = {
  readonly load: LoadFigures;
  readonly status: ProgramStatus;
  readonly cpuSecondsPerMillion: number;
  /** The part of it that processes below the main one used: the engine. */
  readonly engineCpuSecondsPerMillion: number;
  readonly idleResidentBytes: number;
  readonly peakResidentBytes: number;
  /** From the last answer until nothing was in flight any more. */
  readonly storedAfterMs: number;
  readonly settledAfterMs: number;
  readonly tableBytesPerSpan: number;
  readonly folderBytesPerSpan: number;
  /** Where the CPU time went, in a run that is profiled; CPU seconds of all spans. */
  readonly threads: readonly ThreadTime[];
  readonly peakProportionalBytes: number | undefined;
  readonly spans: number;
};

const SETTLE_PATIENCE_MS = 10 * 60_000;
/** How long the program rests before its idle memory is taken. */
const IDLE_MS = 2_000;

/** Somebody else who sends while the load runs; when it has ended, `end` tells how many spans were accepted. */
export type Alongside = { readonly begin: () => void; readonly end: () => Promise<number> };

export async function measureLoad(
  program: Program,
  loaderArgs: readonly string[],
  context: ScenarioContext,
  alongside?: Alongside,
): Promise<MeasuredLoad> {
  const { signal } = context;
  await sleep(IDLE_MS, undefined, { signal });
  const before = await readStatus(program, signal);
  const idle = program.use();
  using watch = watchResources(() => program.use());
  using threads = context.profileFolder === undefined ? undefined : watchThreads(() => program.use());
  alongside?.begin();
  const load = await runLoader(loaderArgs, signal);
  const endedMs = performance.now();
  const others = (await alongside?.end()) ?? 0;
  await program.until(
    'everything stored',
    async () => ((await readStatus(program, signal)).spans.inFlight === 0 ? true : undefined),
    signal,
    SETTLE_PATIENCE_MS,
  );
  const storedAfterMs = performance.now() - endedMs;
  context.say(
    `  ${Math.round(load.acceptedSpansPerSecond).toLocaleString('en-US')} spans/s; waiting for merges`,
  );
  const rest = await settle({
    cpuSeconds: () => program.use().cpuSeconds,
    inFlight: async () => (await readStatus(program, signal)).spans.inFlight,
    patienceMs: SETTLE_PATIENCE_MS,
    signal,
  });
  if (!rest.settled) throw new BenchFailure('Merges did not come to rest within ten minutes');
  const { peakResidentBytes, peakProportionalBytes } = await watch.stop();
  const threadTimes = (await threads?.stop()) ?? [];
  const engineCpuSeconds = belowRoot(program.use()) - belowRoot(idle);
  const status = await readStatus(program, signal);
  proveAccounts(load, before, status, others);
  const sent = load.accounts.acceptedSpans + others;
  const folder = await diskUsage(program.dataFolder);
  return {
    load,
    status,
    cpuSecondsPerMillion: ((rest.cpuSeconds - idle.cpuSeconds) / sent) * 1e6,
    engineCpuSecondsPerMillion: (engineCpuSeconds / sent) * 1e6,
    idleResidentBytes: idle.residentBytes,
    peakResidentBytes,
    storedAfterMs,
    settledAfterMs: rest.waitedMs,
    tableBytesPerSpan: status.bytesOnDisk / status.spanRows,
    folderBytesPerSpan: folder.allocatedBytes / status.spanRows,
    threads: threadTimes,
    peakProportionalBytes,
    spans: sent,
  };
}

/** CPU seconds of all processes but the first, which is the main one. */
function belowRoot(use: TreeUse): number {
  return use.processes.slice(1).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** Every span that was answered with success is stored, once; none is invented. */
function proveAccounts(load: LoadFigures, before: ProgramStatus, after: ProgramStatus, others: number): void {
  const { acceptedSpans, lostSpans, failedSpans, rejectedSpans } = load.accounts;
  const told = load.problems.map((problem) => `${problem.count} × ${problem.what}`).join('; ');
  if (acceptedSpans === 0) throw new BenchFailure(`No span was accepted: ${told}`);
  if (failedSpans > 0 || rejectedSpans > 0) throw new BenchFailure(`Good spans were turned down: ${told}`);
  const expected = acceptedSpans + others;
  // A request without an answer may or may not have been taken.
  const bounds = [
    ['accepted', after.spans.accepted - before.spans.accepted],
    ['stored', after.spans.stored - before.spans.stored],
    ['rows in the table', after.spanRows - before.spanRows],
  ] as const;
  for (const [what, count] of bounds) {
    if (count < expected || count > expected + lostSpans) {
      const lost = lostSpans === 0 ? '' : ` (and up to ${lostSpans} more without an answer)`;
      throw new BenchFailure(
        `The accounts do not add up: ${expected} spans were acknowledged${lost}, ${what}: ${count}`,
      );
    }
  }
  if (after.spans.quarantined !== before.spans.quarantined) {
    throw new BenchFailure(`${after.spans.quarantined} spans are quarantined`);
  }
}
