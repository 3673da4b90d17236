/**
 * What is read from a module, and what only looks like it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readModule } from './module-facts.ts';

test('imports of every form are found with their lines', () => {
  const { imports } = readModule(
    'a.ts',
    [
      '// Opens.',
      "import a from 'one';",
      "import type { b } from 'two';",
      "import { type c, type d } from 'three';",
      "export * from 'four';",
      "export * as e from 'five';",
      "export { f } from 'six';",
      "const g = await import('seven');",
      "type H = import('eight').H;",
      "const text = \"import x from 'nine'\"; // import y from 'ten'",
    ].join('\n'),
  );
  assert.deepEqual(
    imports.map(({ specifier, line, typeOnly, dynamic, exportsAll }) => [
      specifier,
      line,
      typeOnly,
      dynamic,
      exportsAll,
    ]),
    [
      ['one', 2, false, false, false],
      ['two', 3, true, false, false],
      ['three', 4, true, false, false],
      ['four', 5, false, false, true],
      ['five', 6, false, false, false],
      ['six', 7, false, false, false],
      ['seven', 8, false, true, false],
      ['eight', 9, true, false, false],
    ],
  );
});

test('a global is what the file neither declares nor names as a property or type', () => {
  const { globals } = readModule(
    'a.ts',
    [
      'const now = Date.now();',
      'const fresh = new Date(), fixed = new Date(5);',
      'function own(fetch: () => void, { crypto, x: performance }: Own): Buffer { fetch(); crypto; return performance; }',
      'own.console.process;',
      'const record = { setTimeout: 1, console, [process]: 2 };',
      'for (const queueMicrotask of []) queueMicrotask();',
      'try {} catch (window) { window; }',
      'setImmediate as unknown;',
    ].join('\n'),
  );
  const found = globals.filter(({ name }) => /^[a-z]|^new Date|^Date\.|^Buffer/.test(name));
  assert.deepEqual(
    found.map(({ name, line }) => [name, line]),
    [
      ['Date.now', 1],
      ['new Date()', 2],
      ['console', 5],
      ['process', 5],
      ['setImmediate', 8],
    ],
  );
});

test('what sidesteps the type checker is counted where it stands', () => {
  const { escapes, metas, opensWithComment } = readModule(
    'a.ts',
    [
      'const a: any = 1 as any;',
      'const b = a!.c![0]!;',
      '// @ts-expect-error because',
      '/* biome-ignore lint/x: because */',
      '// an @ts-ignore in the middle is prose, and so is any!',
      'const d = a !== b, e = !a, url = import.meta.url;',
    ].join('\n'),
  );
  assert.deepEqual(escapes.map(({ name, line }) => `${name} ${line}`).sort(), [
    '@ts-ignore 3',
    'any 1',
    'any 1',
    'biome-ignore 4',
    'non-null 2',
    'non-null 2',
    'non-null 2',
  ]);
  assert.deepEqual(metas, [{ name: 'url', line: 6 }]);
  assert.equal(opensWithComment, false);
});

test('a file opens with a comment also behind a shebang; lines are counted as an editor does', () => {
  assert.equal(readModule('a.mjs', '#!/usr/bin/env node\n/** Does it. */\nrun();\n').opensWithComment, true);
  assert.equal(readModule('a.ts', 'run();\n// late\n').opensWithComment, false);
  assert.equal(readModule('a.ts', '').lines, 0);
  assert.equal(readModule('a.ts', 'a;\nb;\n').lines, 2);
  assert.equal(readModule('a.ts', 'a;\nb;').lines, 2);
});

test('a file that does not parse says where', () => {
  assert.equal(readModule('a.ts', 'const a = 1;\nconst = 2;\n').parseErrorLine, 2);
});
