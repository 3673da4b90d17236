/**
 * `npm run soak`: runs one scenario, or all of them one after the other, tells how it goes on stderr, and ends with a
 * report on stdout and an exit code: 0 all held, 1 something did not, 2 wrong usage, 130 interrupted.
 */
import { writeFileSync } from 'node:fs';
import { type OptionTable, parseOptions, printOptions } from './options.ts';
import { printReport, type ScenarioReport } from './report.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios/table.ts';

const SHARED: OptionTable = {
  seed: { kind: 'count', fallback: '1', summary: 'decides all that is random' },
};

function help(): string {
  const scenarios = SCENARIOS.map(
    ({ name, summary, options }) => `  ${name}: ${summary}\n${printOptions({ ...options, ...SHARED })}`,
  ).join('\n\n');
  return `Usage: npm run soak -- [scenario] [options]

The long versions of what npm test proves in seconds, against the program of this repository with a temporary data
folder and free ports. Without a name all scenarios run, with their defaults.

${scenarios}

  --json FILE writes the report as JSON, too. Ctrl-C ends a scenario early and still reports.
`;
}

export async function soakCommand(
  args: readonly string[],
  scenarios: readonly Scenario[] = SCENARIOS,
): Promise<number> {
  const named = args.find((arg) => scenarios.some(({ name }) => name === arg));
  const chosen = named === undefined ? scenarios : scenarios.filter(({ name }) => name === named);
  const table: OptionTable = { ...(named === undefined ? {} : chosen[0]?.options), ...SHARED };
  const parsed = parseOptions(args, table);
  if (!parsed.ok) return usage(parsed.failure.message);
  const { positionals, flags, texts } = parsed.value;
  if (flags.has('help')) {
    process.stdout.write(help());
    return 0;
  }
  const stray = positionals.find((word) => word !== named);
  if (stray !== undefined) {
    const names = scenarios.map(({ name }) => name).join(', ');
    return usage(`There is no scenario "${stray}"; there are ${names}, one at a time.`);
  }
  const interrupted = new AbortController();
  const interrupt = (): void => {
    if (interrupted.signal.aborted) process.exit(130);
    process.stderr.write('\nInterrupted; ending. Once more to end at once.\n');
    interrupted.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  const reports: ScenarioReport[] = [];
  for (const scenario of chosen) {
    if (interrupted.signal.aborted) break;
    reports.push(await runScenario(scenario, args, named, interrupted.signal));
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  process.stdout.write(printReport(reports));
  if (texts['json'] !== undefined) writeFileSync(texts['json'], `${JSON.stringify(reports, undefined, 2)}\n`);
  if (reports.some(({ failures }) => failures.length > 0)) return 1;
  return interrupted.signal.aborted ? 130 : 0;
}

/** Runs one; what it throws is a failure like any other. */
async function runScenario(
  scenario: Scenario,
  args: readonly string[],
  named: string | undefined,
  signal: AbortSignal,
): Promise<ScenarioReport> {
  const parsed = parseOptions(named === undefined ? [] : args, { ...scenario.options, ...SHARED });
  const values = parsed.ok ? parsed.value.values : {};
  const shared = parseOptions(args, SHARED);
  const seed = (shared.ok ? shared.value.values['seed'] : values['seed']) ?? 1;
  const startedMs = performance.now();
  const told = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0).padStart(5);
    process.stderr.write(`${seconds} s  ${scenario.name}: ${line}\n`);
  };
  told(`begins with seed ${seed}`);
  const about = (): Pick<ScenarioReport, 'name' | 'seed' | 'options' | 'durationMs'> => ({
    name: scenario.name,
    seed,
    options: values,
    durationMs: Math.round(performance.now() - startedMs),
  });
  try {
    const result = await scenario.run({ options: values, seed, signal, say: told });
    return { ...about(), ...result };
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...about(), figures: [], failures: [what] };
  }
}

function usage(message: string): number {
  process.stderr.write(`${message}\nSee npm run soak -- --help.\n`);
  return 2;
}
