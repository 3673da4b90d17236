// How much the program takes in, and what that costs: a closed loop as fast as answers come.

import { Program } from '../harness/program.ts';
import type { Protocol } from '../load/run-load.ts';
import { type Figure, figuresOf, percentile } from '../report/figure.ts';
import { type MeasuredLoad, measureLoad } from './measured-load.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const MIB = 1024 ** 2;

export function ingestScenario(
  name: string,
  protocol: Protocol,
  workload: 'standard' | 'jaeger',
  byDefault: boolean,
): Scenario {
  const what = workload === 'jaeger' ? "Jaeger's public recipe" : 'the standard workload';
  return {
    name,
    summary: `${what} over ${protocol}, as fast as answers come`,
    byDefault,
    run: (context) => ingest(name, protocol, workload, context),
  };
}

async function ingest(
  name: string,
  protocol: Protocol,
  workload: 'standard' | 'jaeger',
  context: ScenarioContext,
): Promise<ScenarioResult> {
  await using program = await Program.start(context);
  await program.ready(context.signal);
  const measured = await measureLoad(
    program,
    [
      ...['--url', protocol === 'grpc' ? program.otlpGrpc : program.otlpHttp],
      ...['--protocol', protocol],
      ...['--workload', workload],
      ...['--duration', `${context.durationMs}ms`],
      ...['--connections', String(context.connections)],
      ...['--seed', String(context.seed)],
      ...['--scatter', String(context.scatter)],
    ],
    context,
  );
  await program.stop();
  const { load } = measured;
  const figure = figuresOf(name);
  // The first second warms up and the last one is not whole.
  const seconds = load.acceptedPerSecond.slice(1, -1);
  return {
    conditions: [
      `${protocol}, ${workload} workload, ${load.bytesPerSpan.toFixed(0)} bytes a span, batches of ${load.spansPerBatch}, uncompressed, ` +
        `${context.connections} connections, ${(load.durationMs / 1_000).toFixed(0)} s, ${load.accounts.acceptedSpans.toLocaleString('en-US')} spans, ` +
        (context.scatter === 0
          ? 'traces whole in a batch'
          : `a span of a trace every ${context.scatter} batches`),
      ...(context.settings.length > 0 ? [`settings ${context.settings.join(' ')}`] : []),
    ],
    figures: [
      figure('spansPerSecond', 'acknowledged', 'spans/s', 'more', load.acceptedSpansPerSecond),
      figure(
        'slowestSecond',
        'slowest second',
        'spans/s',
        'more',
        seconds.length === 0 ? Number.NaN : Math.min(...seconds),
      ),
      figure('medianSecond', 'median second', 'spans/s', 'more', percentile(seconds, 0.5)),
      figure('cpu', 'server CPU, merges included', 's/million', 'less', measured.cpuSecondsPerMillion),
      figure('cpuEngine', 'of it in the engine', 's/million', 'less', measured.engineCpuSecondsPerMillion),
      figure('ackP50', 'acknowledgement p50', 'ms', 'less', load.latency.p50Ms),
      figure('ackP99', 'acknowledgement p99', 'ms', 'less', load.latency.p99Ms),
      figure(
        'tableBytes',
        'tables on disk, merged, with indexes',
        'B/span',
        'less',
        measured.tableBytesPerSpan,
      ),
      figure(
        'folderBytes',
        'data folder (du, with parts not yet removed)',
        'B/span',
        'less',
        measured.folderBytesPerSpan,
      ),
      figure(
        'rssIdle',
        'resident memory, all processes, idle',
        'MiB',
        'less',
        measured.idleResidentBytes / MIB,
      ),
      figure(
        'rssPeak',
        'resident memory, all processes, peak',
        'MiB',
        'less',
        measured.peakResidentBytes / MIB,
      ),
      figure('stored', 'all stored after the last answer', 'ms', 'less', measured.storedAfterMs),
      figure('settled', 'merges at rest after that', 'ms', 'less', measured.settledAfterMs),
      figure('refused', 'refused ("later")', 'spans', 'less', load.accounts.refusedSpans),
      ...(measured.peakProportionalBytes === undefined
        ? []
        : [
            figure(
              'pssPeak',
              'the same, shared pages counted once',
              'MiB',
              'less',
              measured.peakProportionalBytes / MIB,
            ),
          ]),
      ...threadFigures(name, measured),
      figure(
        'loaderCpu',
        'loader CPU (not the program)',
        's/million',
        'less',
        load.loaderCpuSecondsPerMillion,
      ),
    ],
  };
}

/** A line for each kind of thread that used more than a hundredth of all CPU time. */
function threadFigures(name: string, { threads, spans }: MeasuredLoad): readonly Figure[] {
  const all = threads.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return threads
    .filter(({ cpuSeconds }) => cpuSeconds > all / 100)
    .map(({ process, thread, cpuSeconds }) => ({
      id: `${name}.cpu.${process}.${thread}`,
      label: `CPU of ${process}: threads called ${thread}`,
      unit: 's/million',
      better: 'less',
      value: (cpuSeconds / spans) * 1e6,
    }));
}
