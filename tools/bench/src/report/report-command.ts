// `bench report FILE…`: prints reports that were saved as JSON, joined into one.

import { readFileSync } from 'node:fs';
import { type BenchReport, printReport } from './bench-report.ts';
import { mergeReports } from './merge-reports.ts';

/** Runs the command; the result is the exit code. */
export function reportCommand(files: readonly string[]): number {
  let merged: BenchReport | undefined;
  try {
    merged = mergeReports(files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as BenchReport));
  } catch (error) {
    process.stderr.write(`Cannot read a report: ${error instanceof Error ? error.message : error}\n`);
    return 2;
  }
  if (merged === undefined) {
    process.stderr.write('report expects the JSON files of one or more reports (--json FILE).\n');
    return 2;
  }
  process.stdout.write(printReport(merged, undefined));
  return merged.scenarios.some(({ failure }) => failure !== undefined) ? 1 : 0;
}
