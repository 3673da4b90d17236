import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isBaselineName, loadBaseline, saveBaseline } from './baseline.ts';
import { type BenchReport, printReport } from './bench-report.ts';
import { type Figure, joinFigures, median, percentile } from './figure.ts';

function figure(id: string, value: number, better: Figure['better'] = 'less'): Figure {
  return { id, label: id, unit: 'ms', better, value };
}

function reportOf(runs: readonly (readonly Figure[])[], layout: 'list' | 'matrix' = 'list'): BenchReport {
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    machine: { cpu: 'c', cores: 2, memoryBytes: 2 ** 33, os: 'o', node: 'v26', engine: 'e', commit: 'abc' },
    runs: runs.length,
    quick: false,
    scenarios: [
      { name: 's', conditions: ['warm'], foreignProcessors: 0.5, layout, figures: joinFigures(runs) },
    ],
  };
}

test('runs are joined by the median and keep their spread', () => {
  const [joined] = joinFigures([[figure('a', 3)], [figure('a', 1)], [figure('a', 8)]]);
  assert.deepEqual([joined?.median, joined?.min, joined?.max], [3, 1, 8]);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(percentile([5, 1, 4, 2, 3], 0.99), 5);
  assert.equal(percentile([5, 1, 4, 2, 3], 0.2), 1);
});

test('a baseline survives its file, and the table says better or worse by the figure’s direction', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-bench-test-'));
  try {
    assert.equal(loadBaseline('none', folder), undefined);
    saveBaseline(
      'before',
      reportOf([[figure('latency', 10), figure('rate', 10, 'more'), figure('same', 100)]]),
      folder,
    );
    const now = reportOf([
      [figure('latency', 20), figure('rate', 20, 'more'), figure('same', 101), figure('new', 1)],
    ]);
    const table = printReport(now, loadBaseline('before', folder));
    assert.match(table, /latency +20\.0 +ms +×2\.00 worse/);
    assert.match(table, /rate +20\.0 +ms +×2\.00 better/);
    assert.match(table, /same +101 +ms +×1\.01 same/);
    assert.match(table, /new +1\.00 +ms\n/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('figures of one row stand beside each other, and a busy machine is told', () => {
  const table = printReport(
    reportOf([
      [
        { ...figure('by-id.p50', 1), label: 'p50', row: 'by id' },
        { ...figure('by-id.p95', 2), label: 'p95', row: 'by id' },
        figure('other', 3),
      ],
    ]),
    undefined,
  );
  assert.match(table, /by id +1\.00 \/ 2\.00 +ms \(p50 \/ p95\)\n +other +3\.00 +ms\n/);
  assert.match(table, /0\.50 of 2 processors busy: DISTURBED/);
});

test('a matrix has a line for each row and a column for each label', () => {
  const cell = (row: string, label: string, value: number): Figure => ({
    ...figure(`${row}.${label}`, value),
    row,
    label,
  });
  const report = reportOf([[cell('a', 'x', 1), cell('a', 'y', 2), cell('b', 'y', 3)]], 'matrix');
  assert.match(printReport(report, undefined), /\n +x +y\n +ms +ms\n +a +1\.00 +2\.00\n +b +– +3\.00\n/);
});

test('names that are no file names are refused', () => {
  assert.ok(isBaselineName('epyc-2026.1'));
  for (const name of ['', '../x', 'a/b', '.hidden']) assert.ok(!isBaselineName(name));
});
