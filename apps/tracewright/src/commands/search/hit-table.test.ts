import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayWidth } from '../../cli/display-text.ts';
import { createStyle } from '../../cli/style.ts';
import { testTerminal } from '../../cli/testing/test-terminal.ts';
import { hitTable } from './hit-table.ts';

const nowMs = new Date(2026, 10, 24, 20, 0, 0).getTime();
const id = '4bf92f3577b34da6a3ce929d0e0e4736';
const root = 'frontend POST /api/checkout';

function print(columns: number, startMs = nowMs - 1000, name = root): string[] {
  const { terminal } = testTerminal({ columns });
  const table = {
    columns: [
      { title: 'DURATION', right: true },
      { title: 'SPANS', right: true, unit: 'spans' },
      { title: 'ROOT', cut: true },
      { title: 'SERVICES', right: true, optional: true as const },
    ],
    idTitles: ['TRACE'],
    hits: [{ startNano: BigInt(startMs) * 1_000_000n, cells: ['312.4ms', '43', name, '9'], ids: [id] }],
  };
  const text = hitTable(table, { style: createStyle(0), terminal }, { nowMs });
  const lines = text.trimEnd().split('\n');
  for (const line of lines) assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`);
  return lines;
}

test('the window decides: shorter time, fewer columns, the id apart, and last no table', () => {
  assert.match(print(140)[1] ?? '', /^2026-11-24 19:59:59\.000 .* 9 +4bf92f35/);
  assert.match(print(110)[1] ?? '', /^19:59:59\.000 .* 9 +4bf92f35/);
  assert.match(print(95)[1] ?? '', new RegExp(`^19:59:59\\.000 +312.4ms +43 +${root} +${id}$`));
  assert.deepEqual(print(80), [
    'STARTED       DURATION  SPANS  ROOT',
    `19:59:59.000   312.4ms     43  ${root}`,
    `  ${id}`,
  ]);
  assert.deepEqual(print(40), ['19:59:59.000  312.4ms  43 spans', `  ${root}`, `  ${id}`]);
});

test('another day is named, and a long name is cut rather than the row broken', () => {
  assert.match(print(80, nowMs - 86_400_000)[1] ?? '', /^2026-11-23 20:00:00 /);
  assert.match(print(80, nowMs, 'x'.repeat(200))[1] ?? '', /x{30}…$/);
  for (let columns = 36; columns < 150; columns++) print(columns, nowMs, '日本'.repeat(40));
});
