// Earlier reports to compare with: files under `tools/bench/baselines`, one report each, named by whoever saved it.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Baseline, BenchReport } from './bench-report.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'baselines');

/** Whether a name is one that a file may have. */
export function isBaselineName(name: string): boolean {
  return /^[\w.-]+$/.test(name) && !name.startsWith('.');
}

/** The medians of a saved report, or undefined where there is none of that name. */
export function loadBaseline(name: string, folder: string = FOLDER): Baseline | undefined {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) return undefined;
  const report = JSON.parse(readFileSync(path, 'utf8')) as BenchReport;
  return new Map(
    report.scenarios.flatMap(({ figures }) => figures.map((figure) => [figure.id, figure.median])),
  );
}

/** Writes the report under that name; returns the path. */
export function saveBaseline(name: string, report: BenchReport, folder: string = FOLDER): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}
