// Reports of several runs made one: what was measured in pieces, because a machine is only quiet for minutes, is
// read as a whole. Values of the same figure are joined as those of repeated runs.

import type { BenchReport, ScenarioReport } from './bench-report.ts';
import { type JoinedFigure, joinFigures } from './figure.ts';

/** The machine and the time are those of the first report; undefined without a report. */
export function mergeReports(reports: readonly BenchReport[]): BenchReport | undefined {
  const [first] = reports;
  if (first === undefined) return undefined;
  const scenarios = Map.groupBy(
    reports.flatMap((report) => report.scenarios),
    ({ name }) => name,
  );
  return {
    ...first,
    runs: Math.max(...reports.map(({ runs }) => runs)),
    quick: reports.some(({ quick }) => quick),
    scenarios: [...scenarios.values()].flatMap(mergeScenarios),
  };
}

function mergeScenarios(parts: readonly ScenarioReport[]): readonly ScenarioReport[] {
  const [first] = parts;
  if (first === undefined) return [];
  // A run that failed says nothing against those that did not, but it is not hidden either.
  const failure = parts.find((part) => part.failure !== undefined)?.failure;
  return [
    {
      name: first.name,
      conditions: [...new Set(parts.flatMap(({ conditions }) => conditions))],
      foreignProcessors: Math.max(...parts.map(({ foreignProcessors }) => foreignProcessors)),
      ...(failure === undefined ? {} : { failure }),
      layout: first.layout,
      figures: joinFigures(parts.flatMap(({ figures }) => runsOf(figures))),
    },
  ];
}

/** Joined figures as the runs they were joined from. */
function runsOf(figures: readonly JoinedFigure[]): readonly (readonly ReturnType<typeof runOf>[])[] {
  const count = Math.max(0, ...figures.map(({ values }) => values.length));
  return Array.from({ length: count }, (_, run) =>
    figures.flatMap((figure) =>
      figure.values[run] === undefined ? [] : [runOf(figure, figure.values[run])],
    ),
  );
}

function runOf(figure: JoinedFigure, value: number): Parameters<typeof joinFigures>[0][number][number] {
  const { median: _, min: __, max: ___, values: ____, ...rest } = figure;
  return { ...rest, value };
}
