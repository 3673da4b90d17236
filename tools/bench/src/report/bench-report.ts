// The report of a bench: the machine, each scenario's figures, and how they compare with a baseline. The JSON and
// the table say the same.

import { DISTURBING_PROCESSORS } from '../harness/foreign-load.ts';
import type { Machine } from '../harness/machine.ts';
import { printAsked } from './asked-figures.ts';
import type { JoinedFigure } from './figure.ts';
import { printFrontier } from './frontier.ts';

export type ScenarioReport = {
  readonly name: string;
  /** What was measured, in words: load, duration, range, selectivity, cold or warm. */
  readonly conditions: readonly string[];
  /** Processors that processes outside the bench kept busy, on average of the worst run. */
  readonly foreignProcessors: number;
  /** Why there are no figures. */
  readonly failure?: string;
  readonly layout: 'list' | 'matrix';
  readonly figures: readonly JoinedFigure[];
};

export type BenchReport = {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly runs: number;
  readonly quick: boolean;
  /** Spans of the stores, where somebody has said so. */
  readonly spans?: number;
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
    if (scenario.failure !== undefined) {
      parts.push(`   FAILED: ${scenario.failure}`);
      continue;
    }
    const foreign = scenario.foreignProcessors;
    parts.push(
      `   other processes kept ${foreign.toFixed(2)} of ${machine.cores} processors busy${foreign > DISTURBING_PROCESSORS ? ': DISTURBED, not to be quoted' : ''}`,
    );
    parts.push(
      scenario.layout === 'matrix' ? printMatrix(scenario.figures) : printFigures(scenario.figures, baseline),
    );
    const frontier = scenario.layout === 'matrix' ? printFrontier(scenario.figures, printNumber) : undefined;
    if (frontier !== undefined) {
      const last = (frontier[0]?.length ?? 0) - 1;
      parts.push(
        '',
        alignColumns(frontier, (column) => column > 0 && column < last),
      );
    }
  }
  const asked = printAsked(report, printNumber);
  if (asked !== undefined)
    parts.push(
      '',
      `── asked and measured${smaller(report)}`,
      alignColumns(asked, (column) => column === 2),
    );
  return `${parts.join('\n')}\n`;
}

/** In which way less was measured than is asked. */
function smaller({ quick, spans }: BenchReport): string {
  const said = [
    ...(quick ? ['quick'] : []),
    ...(spans === undefined ? [] : [`stores of ${spans.toLocaleString('en-US')} spans`]),
  ];
  return said.length === 0 ? '' : `, but NOT AS ASKED: ${said.join(', ')}`;
}

function printFigures(figures: readonly JoinedFigure[], baseline: Baseline | undefined): string {
  const several = figures.some((figure) => figure.values.length > 1);
  const rows = intoRows(figures).map(([first, ...others]) => {
    const all = [first, ...others];
    const row = [
      first.row ?? first.label,
      all.map((figure) => printNumber(figure.median)).join(' / '),
      unitOf(all),
    ];
    if (several) row.push(`${printNumber(first.min)} … ${printNumber(first.max)}`);
    if (baseline !== undefined)
      row.push(all.map((figure) => compare(figure, baseline.get(figure.id))).join(' / '));
    return row;
  });
  return alignColumns(rows, (column) => column === 1);
}

/** One line for each row, one column for each label; medians only, the rest stands in the JSON. */
function printMatrix(figures: readonly JoinedFigure[]): string {
  const columns = new Map(figures.map(({ label, unit }) => [label, unit]));
  const lines = [...Map.groupBy(figures, ({ row }) => row ?? '')].map(([row, cells]) => [
    row,
    ...[...columns.keys()].map((label) =>
      printNumber(cells.find((cell) => cell.label === label)?.median ?? Number.NaN),
    ),
  ]);
  return alignColumns([['', ...columns.keys()], ['', ...columns.values()], ...lines], (column) => column > 0);
}

function alignColumns(rows: readonly (readonly string[])[], isNumber: (column: number) => boolean): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string =>
    isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => `   ${row.map(pad).join('  ').trimEnd()}`).join('\n');
}

type Row = readonly [JoinedFigure, ...JoinedFigure[]];

/** Figures of one row stand beside each other, such as two percentiles of the same thing. */
function intoRows(figures: readonly JoinedFigure[]): readonly Row[] {
  const rows: [JoinedFigure, ...JoinedFigure[]][] = [];
  for (const figure of figures) {
    const last = rows.at(-1);
    if (last !== undefined && figure.row !== undefined && last[0].row === figure.row) last.push(figure);
    else rows.push([figure]);
  }
  return rows;
}

function unitOf([first, ...others]: readonly JoinedFigure[]): string {
  if (first === undefined) return '';
  return others.length === 0
    ? first.unit
    : `${first.unit} (${[first, ...others].map(({ label }) => label).join(' / ')})`;
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
