import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASKED_SCENARIOS } from '../report/asked-figures.ts';
import { chooseScenarios, SCENARIOS } from './table.ts';

function chosen(...names: string[]): readonly string[] {
  const choice = chooseScenarios(names);
  return 'chosen' in choice ? choice.chosen.map(({ name }) => name) : [`unknown: ${choice.unknown}`];
}

test('scenarios are chosen by name, by what they have in common, and by what is promised', () => {
  assert.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
  assert.deepEqual(chosen('paced'), ['paced']);
  assert.ok(chosen('storage').includes('storage:layout'));
  assert.ok(chosen('storage').every((name) => name.startsWith('storage:')));
  assert.deepEqual(new Set(chosen('figures')), new Set(ASKED_SCENARIOS));
  assert.deepEqual(new Set(chosen('query-100m', 'figures')), new Set([...ASKED_SCENARIOS, 'query-100m']));
  assert.deepEqual(
    chosen(),
    SCENARIOS.filter(({ byDefault }) => byDefault).map(({ name }) => name),
  );
  assert.deepEqual(chosen('ingest', 'ingst'), ['unknown: ingst']);
});
