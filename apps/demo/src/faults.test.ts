import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faults, findFault } from './faults.ts';

const rows = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

function rowOf(name: string): readonly string[] | undefined {
  return rows.find((cells) => cells[1] === name);
}

test('the README has a row for each fault', () => {
  for (const { name } of faults) assert(rowOf(name) !== undefined, `no row for ${name}`);
});

test('the README tells of the retry storm what the demo tells, with the numbers of the code', () => {
  const storm = findFault('retry-storm');
  assert(storm !== undefined);
  assert.deepEqual(rowOf('retry-storm')?.slice(2, 4), [storm.summary, storm.sign]);
});
