/** What a run found, as text for people; the same value is what `--json` writes. */
import type { OptionValues } from './options.ts';
import type { SoakResult } from './scenarios/scenario.ts';

export type ScenarioReport = SoakResult & {
  readonly name: string;
  readonly seed: number;
  readonly options: OptionValues;
  readonly durationMs: number;
};

export function printReport(reports: readonly ScenarioReport[]): string {
  const width = Math.max(0, ...reports.flatMap(({ figures }) => figures.map(({ label }) => label.length)));
  return reports
    .map(({ name, seed, durationMs, figures, failures }) => {
      const outcome = failures.length === 0 ? 'held' : `FAILED (${failures.length})`;
      const head = `${name}: ${outcome} after ${(durationMs / 1000).toFixed(1)} s, seed ${seed}`;
      const rows = figures.map(({ label, value }) => `  ${label.padEnd(width)}  ${value}`);
      return [head, ...rows, ...failures.map((one) => `  ✗ ${one}`), ''].join('\n');
    })
    .join('\n');
}
