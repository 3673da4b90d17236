import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCENARIOS } from '../scenarios/table.ts';
import { ASKED, ASKED_SCENARIOS, ASKED_WHEN_NAMED, answerAsked } from './asked-figures.ts';
import { type BenchReport, printReport } from './bench-report.ts';
import { joinFigures } from './figure.ts';
import { mergeReports } from './merge-reports.ts';

function reportOf(name: string, values: Readonly<Record<string, number>>): BenchReport {
  return {
    startedAt: '2026-01-01T00:00:00.000Z',
    machine: { cpu: 'c', cores: 2, memoryBytes: 1, os: 'o', node: 'n', engine: 'e', commit: 'd' },
    runs: 1,
    quick: false,
    scenarios: [
      {
        name,
        conditions: [`${name} ran`],
        foreignProcessors: 0,
        layout: 'list',
        figures: joinFigures([
          Object.entries(values).map(([id, value]) => ({
            id,
            label: id,
            unit: 'ms',
            better: 'less' as const,
            value,
          })),
        ]),
      },
    ],
  };
}

test('each figure that is asked comes from a scenario that runs for it', () => {
  const scenarios = [...ASKED_SCENARIOS, ...ASKED_WHEN_NAMED];
  for (const { ids } of ASKED) {
    for (const id of ids) assert.ok(scenarios.includes(id.split('.')[0] ?? ''), id);
  }
  for (const name of scenarios)
    assert.ok(
      SCENARIOS.some((scenario) => scenario.name === name),
      name,
    );
});

test('reports that were made in pieces become one with medians and spread, against what is asked', () => {
  const merged = mergeReports([
    reportOf('ingest', { 'ingest.cpu': 7, 'ingest.spansPerSecond': 140_000 }),
    reportOf('ingest', { 'ingest.cpu': 9, 'ingest.spansPerSecond': 160_000 }),
    reportOf('ingest', { 'ingest.cpu': 7.5, 'ingest.spansPerSecond': 130_000 }),
    reportOf('query', { 'query.native.absent.p50': 10, 'query.native.absentKnown.p50': 70 }),
  ]);
  assert.ok(merged);
  const rows = new Map(answerAsked(merged).map((row) => [row.asked.ids[0], row]));
  const cpu = rows.get('ingest.cpu');
  assert.deepEqual(
    [cpu?.measured?.median, cpu?.measured?.min, cpu?.measured?.max, cpu?.verdict],
    [7.5, 7, 9, 'met'],
  );
  assert.equal(rows.get('ingest.spansPerSecond')?.verdict, 'MISSED');
  // Of several figures the worst counts.
  const absent = rows.get('query.native.absent.p50');
  assert.deepEqual([absent?.measured?.median, absent?.verdict], [70, 'MISSED']);
  assert.equal(rows.get('memory.rssIdle')?.verdict, 'not measured');
  const text = printReport(merged, undefined);
  assert.match(text, /server CPU seconds a million spans +≤ 8 s +7\.50 +7\.00 … 9\.00 +met/);
  assert.match(text, /acknowledged spans\/s, OTLP\/HTTP protobuf +≥ 150,000 \/s +140,000 .* MISSED/);
  assert.match(text, /resident memory, peak at full load .* not measured/);
});

test('a piece that failed is not hidden by those that did not', () => {
  const failed = reportOf('query', {});
  const merged = mergeReports([
    reportOf('query', { 'query.x': 1 }),
    { ...failed, scenarios: failed.scenarios.map((scenario) => ({ ...scenario, failure: 'wrong answer' })) },
  ]);
  assert.equal(merged?.scenarios[0]?.failure, 'wrong answer');
  assert.match(
    merged ? printReport(merged, undefined) : '',
    /trace by id p50, 10 million spans +≤ 10 ms +– +FAILED/,
  );
});
