// How soon the program accepts its first span: with an empty folder, and after a crash under load with data in the
// tables and segments that wait to be replayed, because the engine had stood still for a while. After the crash every acknowledged span must be there.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchFailure } from '../harness/bench-failure.ts';
import { diskUsage } from '../harness/disk-usage.ts';
import { firstAccepted } from '../harness/first-accepted.ts';
import { runLoader } from '../harness/loader-process.ts';
import { makeFolder, Program, removeFolder } from '../harness/program.ts';
import { untilReplayed } from '../harness/program-status.ts';
import type { Figure } from '../report/figure.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

/** Shares of the load's duration. */
const ENGINE_STOPS_AT = 0.5;
const CRASH_AT = 0.9;

export const startScenario: Scenario = {
  name: 'start',
  summary: 'time to the first accepted span: empty folder, and after a crash under load',
  byDefault: true,
  run: start,
};

async function start(context: ScenarioContext): Promise<ScenarioResult> {
  const figure = (id: string, label: string, value: number): Figure => ({
    id: `start.${id}`,
    label,
    unit: 'ms',
    better: 'less',
    value,
  });
  const dataFolder = makeFolder('start');
  try {
    const figures: Figure[] = [];
    let acknowledged = 0;
    let unanswered = 0;
    {
      await using program = await Program.start({ ...context, dataFolder });
      const first = await firstAccepted(program, context.seed, context.signal);
      await program.ready(context.signal);
      figures.push(
        figure('emptyAccepted', 'empty folder: first span accepted', first.afterMs),
        figure(
          'emptyReady',
          'empty folder: ready to answer questions',
          performance.now() - program.startedMs,
        ),
      );
      acknowledged += first.spans;
      const load = runLoader(
        [
          ...['--url', program.otlpHttp, '--duration', `${context.durationMs}ms`, '--timeout', '2s'],
          ...['--connections', String(context.connections), '--seed', String(context.seed + 1)],
        ],
        context.signal,
      );
      await sleep(context.durationMs * ENGINE_STOPS_AT, undefined, { signal: context.signal });
      stopEngine(program);
      // The crash comes while requests are under way; from then on the loader finds nobody.
      await sleep(context.durationMs * (CRASH_AT - ENGINE_STOPS_AT), undefined, { signal: context.signal });
      await program.kill();
      const { accounts } = await load;
      acknowledged += accounts.acceptedSpans;
      unanswered = accounts.lostSpans;
    }
    const waiting = await diskUsage(join(dataFolder, 'wal'));
    {
      await using program = await Program.start({ ...context, dataFolder });
      const first = await firstAccepted(program, context.seed + 2, context.signal);
      acknowledged += first.spans;
      await program.ready(context.signal);
      const readyMs = performance.now() - program.startedMs;
      const rows = await untilReplayed(program, context.signal);
      const replayedMs = performance.now() - program.startedMs;
      if (rows < acknowledged || rows > acknowledged + unanswered) {
        throw new BenchFailure(
          `After the crash ${rows} spans are stored; ${acknowledged} were acknowledged and ${unanswered} had no answer`,
        );
      }
      figures.push(
        figure('crashAccepted', 'after a crash: first span accepted', first.afterMs),
        figure('crashReady', 'after a crash: ready to answer questions', readyMs),
        figure('crashReplayed', 'after a crash: everything stored', replayedMs),
      );
      const stopMs = performance.now();
      await program.stop();
      figures.push(figure('stop', 'orderly stop', performance.now() - stopMs));
    }
    return {
      conditions: [
        `killed with SIGKILL under full load after ${((context.durationMs * CRASH_AT) / 1_000).toFixed(0)} s with ` +
          `${acknowledged.toLocaleString('en-US')} spans acknowledged, each of which was stored once; ` +
          `${(waiting.apparentBytes / 1024 ** 2).toFixed(0)} MiB of segments to replay, the engine having stood still`,
      ],
      figures,
    };
  } finally {
    await removeFolder(dataFolder);
  }
}

/** Lets the processes below the main one stand still, as an engine does that hangs: segments pile up meanwhile. */
function stopEngine(program: Program): void {
  const [, ...children] = program.use().processes;
  if (children.length === 0)
    throw new BenchFailure('The program has no engine process that could stand still');
  for (const { pid } of children) process.kill(pid, 'SIGSTOP');
}
