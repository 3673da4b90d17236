// `npm run bench`: runs scenarios against the program of this repository and prints what was measured, as a table
// and as JSON, with the machine it was measured on.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OptionTable, type ParsedOptions, parseOptions, printOptions } from './command-line.ts';
import { BenchFailure } from './harness/bench-failure.ts';
import { removeLeftovers } from './harness/leftovers.ts';
import { describeMachine } from './harness/machine.ts';
import { makeFolder, REPOSITORY, removeFolder } from './harness/program.ts';
import { ASKED_WHEN_NAMED } from './report/asked-figures.ts';
import { isBaselineName, loadBaseline, saveBaseline } from './report/baseline.ts';
import { type BenchReport, printReport, type ScenarioReport } from './report/bench-report.ts';
import { reportScenario } from './scenarios/report-scenario.ts';
import type { Scenario, ScenarioContext } from './scenarios/scenario.ts';
import { chooseScenarios, FIGURES, SCENARIOS } from './scenarios/table.ts';
import type { StorePlace } from './store/borrow-store.ts';
import { RECIPE_OPTIONS, recipeOf } from './store/build-command.ts';

const BENCH_OPTIONS: OptionTable = {
  quick: { kind: 'flag', summary: 'a short look: 10 s loads, 500,000 spans to query' },
  runs: { kind: 'whole', min: 1, fallback: '1', summary: 'repeat each scenario and take medians' },
  duration: { kind: 'duration', min: 1_000, summary: 'how long loads run (default 60s, quick 10s)' },
  rate: { kind: 'whole', min: 1, fallback: '50000', summary: 'spans a second of the paced load' },
  spans: {
    kind: 'whole',
    min: 100_000,
    summary: 'spans in the store for queries, or in each variant of storage',
  },
  keep: {
    kind: 'text',
    summary: 'build the store of one scenario in this folder, unless it is there, and keep it',
  },
  data: { kind: 'text', summary: 'ask the store in this folder, which the bench has built' },
  stores: { kind: 'text', summary: 'build and keep the stores of all scenarios in folders below this one' },
  connections: { kind: 'whole', min: 1, fallback: '16', summary: 'connections of the loader' },
  ...RECIPE_OPTIONS,
  set: { kind: 'list', summary: 'a setting of the program, as key=value; may be given several times' },
  variant: { kind: 'list', summary: 'a variant of storage to compare; all without it' },
  json: {
    kind: 'text',
    summary: 'also write the report as JSON to this file ("-": JSON to the output, no table)',
  },
  baseline: {
    kind: 'text',
    fallback: 'default',
    summary: 'compare with tools/bench/baselines/TEXT.json if it exists',
  },
  'save-baseline': { kind: 'text', summary: 'save the report as tools/bench/baselines/TEXT.json' },
  profile: { kind: 'flag', summary: 'write CPU profiles of all processes to tools/bench/profiles' },
  help: { kind: 'flag', summary: 'this text' },
};

function help(): string {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  const scenarios = SCENARIOS.map(
    ({ name, summary, byDefault }) =>
      `  ${name.padEnd(width)}  ${summary}${byDefault ? '' : ' (only when named)'}`,
  ).join('\n');
  return `npm run bench -- [scenario …] [options]
npm run bench -- figures [options]    everything that is promised, against what is asked; about half an hour a run
npm run bench -- figures ${ASKED_WHEN_NAMED.join(' ')} [options]    the same, and over 100 million spans
npm run bench -- load [options]       send the workload to any OTLP address (load --help)
npm run bench -- build FOLDER         fill a data folder past the sockets (build --help)
npm run bench -- report FILE…         join reports that were saved with --json

Starts this repository's program with a temporary data folder on free ports, measures it over all its processes,
and proves that every acknowledged span was stored. Without names the usual scenarios run.

Scenarios:
${scenarios}

Options:
${printOptions(BENCH_OPTIONS)}
`;
}

/** Runs the command; the result is the exit code: 0 measured, 1 a measurement failed, 2 wrong usage, 130 interrupted. */
export async function benchCommand(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args, BENCH_OPTIONS);
  if (!parsed.ok) return usage(parsed.message);
  const { options } = parsed;
  if (options.flag('help')) {
    process.stdout.write(help());
    return 0;
  }
  const choice = chooseScenarios(options.positionals);
  if ('unknown' in choice) return usage(`There is no scenario ${choice.unknown}; see --help.`);
  const settings = options.list('set').map((setting) => /^([\w.]+)=(.*)$/.exec(setting));
  if (settings.some((setting) => setting === null)) return usage('--set expects key=value.');
  for (const name of [options.text('baseline'), options.text('save-baseline')]) {
    if (name !== undefined && !isBaselineName(name)) return usage(`${name} is no name for a baseline.`);
  }
  const folder = ['keep', 'data'].find((name) => options.text(name) !== undefined);
  if (folder !== undefined && options.positionals.includes(FIGURES))
    return usage(`${FIGURES} asks several stores: keep them with --stores, not --${folder}.`);

  const interrupted = new AbortController();
  const interrupt = (): void => {
    // The second time nobody wants to wait for an orderly end.
    if (interrupted.signal.aborted) {
      removeLeftovers();
      process.exit(130);
    }
    process.stderr.write('\nInterrupted; cleaning up.\n');
    interrupted.abort(new BenchFailure('Interrupted'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('exit', removeLeftovers);
  try {
    const pairs = settings.flatMap((setting) => [`--${setting?.[1]}`, setting?.[2] ?? '']);
    const report = await runScenarios(choice.chosen, options, pairs, interrupted.signal);
    if (report.scenarios.length > 0) publish(report, options);
    if (interrupted.signal.aborted) return 130;
    return report.scenarios.some(({ failure }) => failure !== undefined) ? 1 : 0;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** An interrupt ends it with the scenarios that were measured by then. */
async function runScenarios(
  scenarios: readonly Scenario[],
  options: ParsedOptions,
  settings: readonly string[],
  signal: AbortSignal,
): Promise<BenchReport> {
  const quick = options.flag('quick');
  const spans = options.number('spans');
  const runs = options.number('runs') ?? 1;
  const startedAt = new Date().toISOString();
  const scenarioReports: ScenarioReport[] = [];
  const machine = describeMachine(REPOSITORY);
  const report = (): BenchReport => ({
    startedAt,
    machine,
    runs,
    quick,
    ...(spans === undefined ? {} : { spans }),
    scenarios: scenarioReports,
  });
  const stores = options.text('stores') ?? makeFolder('stores');
  for (const scenario of scenarios) {
    const context: ScenarioContext = {
      quick,
      durationMs: options.number('duration') ?? (quick ? 10_000 : 60_000),
      rate: options.number('rate') ?? 50_000,
      spans,
      connections: options.number('connections') ?? 16,
      scatter: options.number('scatter') ?? 0,
      settings,
      variants: options.list('variant'),
      recipe: (wanted) => recipeOf(options, wanted),
      place: (name) => placeOf(options, stores, name),
      profileFolder: options.flag('profile') ? profileFolder(scenario.name, startedAt) : undefined,
      seed: options.number('seed') ?? 1,
      signal,
      say: (line) => void process.stderr.write(`${line}\n`),
    };
    try {
      scenarioReports.push(await reportScenario(scenario, context, runs));
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
    // What takes an hour is not lost with its end.
    saveJson(report(), options);
  }
  if (options.text('stores') === undefined) await removeFolder(stores);
  return report();
}

/** Scenarios that ask the same store share it, and so do repeated runs. */
function placeOf(options: ParsedOptions, stores: string, scenario: string): StorePlace {
  const data = options.text('data');
  if (data !== undefined) return { kind: 'given', folder: data };
  const keep = options.text('keep');
  if (keep !== undefined) return { kind: 'kept', folder: keep };
  return { kind: 'kept', folder: join(stores, scenario) };
}

function publish(report: BenchReport, options: ParsedOptions): void {
  if (options.text('json') === '-') process.stdout.write(printJson(report));
  else process.stdout.write(printReport(report, loadBaseline(options.text('baseline') ?? 'default')));
  const saveAs = options.text('save-baseline');
  if (saveAs === undefined) return;
  if (report.scenarios.some(({ failure }) => failure !== undefined)) {
    process.stderr.write('Not saved as a baseline: a scenario failed.\n');
    return;
  }
  process.stderr.write(`Saved as ${saveBaseline(saveAs, report)}\n`);
}

function saveJson(report: BenchReport, options: ParsedOptions): void {
  const target = options.text('json');
  if (target !== undefined && target !== '-') writeFileSync(target, printJson(report));
}

function printJson(report: BenchReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

function profileFolder(scenario: string, startedAt: string): string {
  const folder = join(
    REPOSITORY,
    'tools',
    'bench',
    'profiles',
    `${startedAt.replaceAll(':', '-')}-${scenario}`,
  );
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`  profiles go to ${folder}\n`);
  return folder;
}

function usage(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}
