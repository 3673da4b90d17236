import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinFigures } from './figure.ts';
import { CRITERIA, printFrontier, standingsOf } from './frontier.ts';

function figuresOf(rows: Readonly<Record<string, readonly number[]>>): ReturnType<typeof joinFigures> {
  return joinFigures([
    Object.entries(rows).flatMap(([row, costs]) =>
      costs.map((value, index) => {
        const id = CRITERIA[index]?.id ?? '';
        return { id: `storage.x.${row}.${id}`, label: id, row, unit: '', better: 'less' as const, value };
      }),
    ),
  ]);
}

test('what is worse in something and better in nothing is beaten; what is better somewhere is not', () => {
  const standings = standingsOf(
    figuresOf({
      small: [10, 40, 20, 50],
      fast: [6, 60, 10, 50],
      worse: [10, 61, 20, 51],
      tie: [10.2, 40, 20, 51],
    }),
  );
  assert.deepEqual(
    standings.map(({ name, beatenBy }) => [name, beatenBy]),
    [
      ['small', []],
      ['fast', []],
      ['worse', ['small', 'fast', 'tie']],
      ['tie', []],
    ],
  );
});

test('a frontier is printed for rows that have all criteria, and needs two', () => {
  assert.equal(printFrontier(figuresOf({ one: [1, 2, 3, 4], half: [1, 2] }), String), undefined);
  const table = printFrontier(figuresOf({ one: [1, 2, 3, 4], two: [2, 1, 3, 4] }), String);
  assert.deepEqual(
    table?.map((row) => row.at(-1)),
    ['', 'on the frontier', 'on the frontier'],
  );
});
