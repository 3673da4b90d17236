import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayWidth, withoutColour } from './display-text.ts';
import { createStyle } from './style.ts';
import { printTable } from './table.ts';
import { testTerminal } from './testing/test-terminal.ts';

const columns = [{ title: 'N', right: true }, { title: 'NAME', cut: true }, { title: 'ID' }];

test('columns are aligned, numbers to the right', () => {
  const { terminal } = testTerminal();
  const text = printTable(
    columns,
    [
      ['1', 'one', 'a'],
      ['100', '漢字', 'bb'],
    ],
    { style: createStyle(0), terminal },
  );
  assert.equal(text, '  N  NAME  ID\n  1  one   a\n100  漢字  bb\n');
});

test('in a window the cut column gives way, piped nothing does', () => {
  const rows = [['1', 'a very long name indeed', '0123456789']];
  const style = createStyle(16);
  const narrow = printTable(columns, rows, { style, terminal: testTerminal({ columns: 30 }).terminal });
  for (const line of narrow.trimEnd().split('\n')) assert.ok(displayWidth(withoutColour(line)) <= 30, line);
  assert.ok(narrow.includes('0123456789'), 'an id is never cut');
  const piped = printTable(columns, rows, { style, terminal: testTerminal().terminal });
  assert.ok(piped.includes('a very long name indeed'));
});

test('colour does not count as width', () => {
  const style = createStyle(16);
  const { terminal } = testTerminal();
  const text = printTable(
    columns,
    [
      ['1', style.error('one'), 'a'],
      ['2', 'three', 'b'],
    ],
    { style, terminal },
  );
  assert.equal(withoutColour(text), 'N  NAME   ID\n1  one    a\n2  three  b\n');
});
