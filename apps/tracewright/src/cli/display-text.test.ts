import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, displayWidth, fit, fitRight, visible, withoutColour } from './display-text.ts';
import { createStyle } from './style.ts';

test('control characters become something to look at', () => {
  assert.equal(visible('plain text'), 'plain text');
  assert.equal(visible('a\x1b[31mb\x07'), 'a␛[31mb␇');
  assert.equal(visible('two\r\n\tlines'), 'two lines');
  assert.equal(visible('a\u202eb\u200bc\x9bd'), 'a\ufffdb\ufffdc\ufffdd');
  assert.equal(visible('grüße 漢字 👍'), 'grüße 漢字 👍');
  assert.equal(visible('\ud800'), '\ufffd');
});

test('width counts columns, not units', () => {
  const widths: readonly (readonly [string, number])[] = [
    ['', 0],
    ['abc', 3],
    ['grüße', 5],
    ['漢字', 4],
    ['한글', 4],
    ['👍', 2],
    ['👨‍👩‍👧', 2],
    ['e\u0301', 1],
    ['├─ ×3 …', 7],
    ['ﾊﾝｶｸ', 4],
    ['✖', 1],
  ];
  for (const [text, width] of widths) assert.equal(displayWidth(text), width, text);
});

test('cutting never exceeds the width and never splits a character', () => {
  assert.equal(cut('abcdef', 6), 'abcdef');
  assert.equal(cut('abcdef', 4), 'abc…');
  assert.equal(cut('漢字漢字', 4), '漢…');
  assert.equal(cut('abc', 1), '…');
  assert.equal(cut('abc', 0), '');
  assert.equal(fit('ab', 4), 'ab  ');
  assert.equal(fitRight('ab', 4), '  ab');
  for (let width = 0; width < 20; width++)
    for (const text of ['👍👍👍👍👍👍', 'a漢b字c漢d字', 'e\u0301e\u0301e\u0301'])
      assert.equal(displayWidth(fit(text, width)), width);
});

test('colour can be taken off again', () => {
  const style = createStyle(256);
  assert.equal(withoutColour(style.service(3, style.bold(style.error('x')))), 'x');
});
