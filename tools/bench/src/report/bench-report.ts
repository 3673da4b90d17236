// The report of a bench: the machine, each scenario's figures, and how they compare with a baseline. The JSON and
// the table say the same.

import type { Machine } from '../harness/machine.ts';
import type { JoinedFigure } from './figure.ts';

export type ScenarioReport = {
  readonly name: string;
  /** What was measured, in words: load, duration, range, selectivity, cold or warm. */
  readonly conditions: readonly string[];
  readonly figures: readonly JoinedFigure[];
};

export type BenchReport = {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly runs: number;
  readonly quick: boolean;
  readonly scenarios: readonly ScenarioReport[];
};

/** Medians of an earlier report by figure id. */
export type Baseline = ReadonlyMap<string, number>;

export function printReport(report: BenchReport, baseline: Baseline | undefined): string {
  const { machine } = report;
  const gib = (machine.memoryBytes / 1024 ** 3).toFixed(1);
  const parts = [
    `${machine.cpu}, ${machine.cores} cores, ${gib} GiB, ${machine.os}, Node ${machine.node}, ${machine.engine}, commit ${machine.commit}`,
    `${report.startedAt}, ${report.runs === 1 ? 'one run' : `median of ${report.runs} runs`}${report.quick ? ', quick: too short to quote' : ''}`,
  ];
  for (const scenario of report.scenarios) {
    parts.push('', `── ${scenario.name}`, ...scenario.conditions.map((condition) => `   ${condition}`));
    parts.push(printFigures(scenario.figures, baseline));
  }
  return `${parts.join('\n')}\n`;
}

function printFigures(figures: readonly JoinedFigure[], baseline: Baseline | undefined): string {
  const several = figures.some((figure) => figure.values.length > 1);
  const rows = figures.map((figure) => {
    const row = [figure.label, printNumber(figure.median), figure.unit];
    if (several) row.push(`${printNumber(figure.min)} … ${printNumber(figure.max)}`);
    if (baseline !== undefined) row.push(compare(figure, baseline.get(figure.id)));
    return row;
  });
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  '),
    )
    .map((line) => `   ${line.trimEnd()}`)
    .join('\n');
}

/** `×1.20 better`, and so on; within two percent is a tie, because exact repeats differ by as much. */
function compare(figure: JoinedFigure, before: number | undefined): string {
  if (before === undefined || before === 0 || figure.median === 0) return '';
  const ratio = figure.median / before;
  if (Math.abs(ratio - 1) < 0.02) return `×${ratio.toFixed(2)} same`;
  return `×${ratio.toFixed(2)} ${ratio > 1 === (figure.better === 'more') ? 'better' : 'worse'}`;
}

export function printNumber(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
