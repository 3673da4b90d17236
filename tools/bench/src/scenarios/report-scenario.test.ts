import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BenchFailure } from '../harness/bench-failure.ts';
import { printReport } from '../report/bench-report.ts';
import { reportScenario } from './report-scenario.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

function contextWith(signal: AbortSignal): ScenarioContext {
  return {
    quick: true,
    durationMs: 1,
    rate: 1,
    spans: 1,
    connections: 1,
    scatter: 0,
    settings: [],
    recipe: () => assert.fail(),
    place: () => assert.fail(),
    variants: [],
    profileFolder: undefined,
    seed: 1,
    signal,
    say: () => {},
  };
}

function scenarioOf(run: (time: number) => number): Scenario {
  let times = 0;
  return {
    name: 's',
    summary: 'for the test',
    byDefault: false,
    run: async () => {
      const value = run(++times);
      return { conditions: ['c'], figures: [{ id: 's.x', label: 'x', unit: 'ms', better: 'less', value }] };
    },
  };
}

const calm = new AbortController().signal;

test('figures of all runs are joined', async () => {
  const report = await reportScenario(
    scenarioOf((time) => time),
    contextWith(calm),
    3,
  );
  assert.deepEqual(report.figures[0]?.values, [1, 2, 3]);
  assert.equal(report.failure, undefined);
});

test('a run that fails leaves a reason and no figure, not even those of the runs before', async () => {
  const scenario = scenarioOf((time) => {
    if (time === 2) throw new BenchFailure('spans were lost');
    return time;
  });
  const report = await reportScenario(scenario, contextWith(calm), 3);
  assert.equal(report.failure, 'spans were lost');
  assert.deepEqual(report.figures, []);
  const machine = { cpu: 'c', cores: 2, memoryBytes: 1, os: 'o', node: 'n', engine: 'e', commit: 'c' };
  const printed = printReport(
    { startedAt: 't', machine, runs: 3, quick: false, scenarios: [report] },
    undefined,
  );
  assert.match(printed, /── s\n {3}FAILED: spans were lost\n/);
});

test('a mistake in the bench is told with its place, and an interrupt ends everything', async () => {
  const mistaken = scenarioOf(() => {
    throw new TypeError('x');
  });
  const { failure } = await reportScenario(mistaken, contextWith(calm), 1);
  assert.match(failure ?? '', /^TypeError: x\n +at .*report-scenario\.test\.ts/);
  const interrupted = AbortSignal.abort();
  const stopped = scenarioOf(() => {
    throw new BenchFailure('Interrupted');
  });
  await assert.rejects(reportScenario(stopped, contextWith(interrupted), 1), BenchFailure);
});
