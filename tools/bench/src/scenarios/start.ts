// How soon the program accepts its first span: with an empty folder, and after a crash under load with data in the
// tables and segments that wait to be replayed, because the engine had stood still for a while. After the crash every acknowledged span must be there.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchFailure } from '../harness/bench-failure.ts';
import { diskUsage } from '../harness/disk-usage.ts';
import { runLoader } from '../harness/loader-process.ts';
import { makeFolder, Program, removeFolder } from '../harness/program.ts';
import { type Figure, figuresOf } from '../report/figure.ts';
import { measureStart } from './measured-start.ts';
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
  const dataFolder = makeFolder('start');
  try {
    const figures: Figure[] = [];
    let acknowledged = 0;
    let unanswered = 0;
    {
      await using program = await Program.start({ ...context, dataFolder });
      const empty = await measureStart(
        program,
        context.seed,
        context.signal,
        (moment) => `start.empty${moment}`,
        'empty folder: ',
      );
      figures.push(...empty.figures);
      acknowledged += empty.sent;
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
      const { sent, rows, ...crashed } = await measureStart(
        program,
        context.seed + 2,
        context.signal,
        (moment) => `start.crash${moment}`,
        'after a crash: ',
      );
      acknowledged += sent;
      if (rows < acknowledged || rows > acknowledged + unanswered) {
        throw new BenchFailure(
          `After the crash ${rows} spans are stored; ${acknowledged} were acknowledged and ${unanswered} had no answer`,
        );
      }
      const stopMs = performance.now();
      await program.stop();
      const stoppedMs = performance.now() - stopMs;
      figures.push(...crashed.figures, figuresOf('start')('stop', 'orderly stop', 'ms', 'less', stoppedMs));
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
