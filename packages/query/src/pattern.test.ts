/** RE2's syntax: what it refuses, and that the translation means the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchorPattern, checkPattern, readPattern } from './pattern.ts';

function finds(pattern: string, text: string): boolean {
  const read = readPattern(pattern);
  assert.ok(read.ok, `${pattern}: ${read.ok ? '' : read.failure}`);
  return read.value.test(text);
}

test('patterns mean what RE2 says', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a.c', 'abc', true],
    ['a.c', 'a\nc', false],
    ['(?s)a.c', 'a\nc', true],
    ['(?s:a.c)|d.f', 'd\nf', false],
    ['a.c', 'a\u2028c', true],
    ['^b', 'a\nb', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['a$', 'a\n', false],
    ['\\Ab\\z', 'b', true],
    ['\\Ab\\z', 'ab', false],
    ['(?i)ÄB', 'äb', true],
    ['a(?i)b', 'aB', true],
    ['a(?i)b', 'Ab', false],
    ['(a(?i)b)c', 'aBC', false],
    ['(?i)a(?-i)b', 'Ab', true],
    ['(?i)a(?-i)b', 'AB', false],
    ['(?P<name>x)y', 'xy', true],
    ['(?<name>x)y', 'xy', true],
    ['[[:alpha:]]+[[:digit:]]', 'ab1', true],
    ['[^[:space:]]', ' ', false],
    ['[]a]', ']', true],
    ['[^]a]', ']', false],
    ['[a-]', '-', true],
    ['[\\]\\-x]', '-', true],
    ['\\Qa.b*\\E+', 'a.b***', true],
    ['\\Qa.b', 'axb', false],
    ['\\x41\\x{1F600}', 'A😀', true],
    ['\\101', 'A', true],
    ['\\pL\\p{Greek}\\PN', 'aαx', true],
    ['\\p{^L}', '1', true],
    ['\\s', '\v', false],
    ['[\\s]', ' ', true],
    ['\\S', '\u00a0', true],
    ['a{,2}', 'a{,2}', true],
    ['a{2}', 'aa', true],
    ['{', '{', true],
    ['x}', 'x}', true],
    ['a\\-b\\_c', 'a-b_c', true],
    ['\\bfoo\\b', 'a foo b', true],
    ['', 'x', true],
    ['a|b|', '', true],
    ['.', '😀', true],
  ];
  for (const [pattern, text, expected] of cases) {
    assert.equal(finds(pattern, text), expected, `${pattern} on ${JSON.stringify(text)}`);
  }
});

test('an anchored pattern must match the whole text', () => {
  assert.equal(finds(anchorPattern('a|bc'), 'bc'), true);
  assert.equal(finds(anchorPattern('a|bc'), 'abc'), false);
});

test('what RE2 refuses is refused in a few words', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['a(?=b)', /look-around/],
    ['a(?!b)', /look-around/],
    ['(?<=a)b', /look-around/],
    ['(?<!a)b', /look-around/],
    ['(?>a)', /look-around/],
    ['(a)\\1', /back references/],
    ['(a', /missing closing \)/],
    ['a)', /unexpected \)/],
    ['[a', /missing closing ]/],
    ['a{1001}', /invalid repeat count/],
    ['a{3,2}', /invalid repeat count/],
    ['*a', /./],
    ['a**', /./],
    ['\\', /trailing backslash/],
    ['\\y', /unknown escape/],
    ['[z-a]', /./],
    ['[[:foo:]]', /unknown class/],
    ['(?z)', /unknown group/],
    ['\\p{Nonsense}', /./],
    ['x'.repeat(10_000), /characters, at most/],
  ];
  for (const [pattern, message] of cases) {
    assert.match(checkPattern(pattern) ?? 'accepted', message, pattern.slice(0, 40));
    assert.notEqual(checkPattern(pattern), undefined, pattern.slice(0, 40));
  }
});

test('any text gets an answer', () => {
  const pieces = [
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '*',
    '+',
    '?',
    '\\',
    '^',
    '$',
    '|',
    'a',
    '1',
    '-',
    ':',
    'P',
    '<',
    '>',
    '=',
    '!',
    ',',
    'Q',
    'E',
    'x',
    'p',
    '😀',
    '\ud800',
  ];
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < 20_000; round++) {
    const pattern = Array.from({ length: 1 + random(10) }, () => pieces[random(pieces.length)]).join('');
    const read = readPattern(pattern);
    if (!read.ok) assert.ok(read.failure.length > 0, pattern);
  }
});
