// The whole program under a load with one setting that differs, as a row of a comparison.

import { Program } from '../harness/program.ts';
import type { Figure } from '../report/figure.ts';
import { measureLoad } from './measured-load.ts';
import type { ScenarioContext } from './scenario.ts';

export type ProgramVariant = {
  readonly name: string;
  readonly what: string;
  /** `--key value` pairs beside those of the context. */
  readonly settings: readonly string[];
  /** Spans a second; as fast as answers come without it. */
  readonly rate?: number;
};

/** Figures are called `storage.CHOICE.VARIANT.WHAT`. */
export async function measureProgramVariant(
  choice: string,
  variant: ProgramVariant,
  durationMs: number,
  context: ScenarioContext,
): Promise<readonly Figure[]> {
  context.say(`  ${variant.name}: ${variant.what}`);
  await using program = await Program.start({
    ...context,
    settings: [...context.settings, ...variant.settings],
  });
  await program.ready(context.signal);
  const measured = await measureLoad(
    program,
    [
      ...['--url', program.otlpHttp, '--duration', `${durationMs}ms`],
      ...(variant.rate === undefined ? [] : ['--rate', String(variant.rate)]),
      ...['--connections', String(context.connections), '--seed', String(context.seed)],
    ],
    context,
  );
  await program.stop();
  const figure = (
    id: string,
    label: string,
    unit: string,
    value: number,
    better: Figure['better'] = 'less',
  ): Figure => ({
    id: `storage.${choice}.${variant.name}.${id}`,
    row: variant.name,
    label,
    unit,
    better,
    value,
  });
  return [
    figure('cpu', 'CPU', 's/M', measured.cpuSecondsPerMillion),
    figure('cpuEngine', 'engine', 's/M', measured.engineCpuSecondsPerMillion),
    figure('rate', 'spans/s', '', measured.load.acceptedSpansPerSecond, 'more'),
    figure('ackP99', 'ack p99', 'ms', measured.load.latency.p99Ms),
    figure('stored', 'stored after', 'ms', measured.storedAfterMs),
    figure('bytes', 'disk', 'B/span', measured.tableBytesPerSpan),
    figure('rss', 'resident', 'MiB', measured.peakResidentBytes / 1024 ** 2),
  ];
}

/** Those that are named, or all. */
export function chosenVariants(
  variants: readonly ProgramVariant[],
  context: ScenarioContext,
): readonly ProgramVariant[] {
  return variants.filter(({ name }) => context.variants.length === 0 || context.variants.includes(name));
}
