import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { arrows, pureRooms, siblingRooms } from './arrows.ts';
import { debts, settleDebts } from './debts.ts';
import { type Finding, printFinding } from './finding.ts';
import { openRepository, type Repository, repositoryOf } from './repository.ts';
import { checkCycles } from './rules/cycles.ts';
import { checkFiles } from './rules/files.ts';
import { checkImports } from './rules/imports.ts';
import { checkManifests } from './rules/manifests.ts';
import { checkMarkdown } from './rules/markdown.ts';
import { checkNames } from './rules/names.ts';
import { checkPresence } from './rules/presence.ts';
import { checkPurity } from './rules/purity.ts';
import { checkRatchet, lowerRatchet, ratchetFile } from './rules/ratchet.ts';
import { checkText } from './rules/text.ts';

/** The findings of a rule in a repository of these texts, each as `file:line message`. */
function findings(
  rule: (repository: Repository) => readonly Finding[],
  texts: Readonly<Record<string, string>>,
): string[] {
  return rule(repositoryOf(texts)).map(({ file, line, message }) => `${file}:${line ?? ''} ${message}`);
}

/** Asserts that there is exactly one finding for each pattern, in this order. */
function expect(found: readonly string[], patterns: readonly RegExp[]): void {
  assert.equal(found.length, patterns.length, found.join('\n') || 'nothing was found');
  for (const [index, pattern] of patterns.entries()) assert.match(found[index] ?? '', pattern);
}

const manifest = (name: string, dependencies: object = {}): string => JSON.stringify({ name, dependencies });

test('the table of arrows has no cycle and names only rooms that have a row', () => {
  const visit = (room: string, path: readonly string[]): void => {
    assert.ok(!path.includes(room), `${[...path, room].join(' → ')}`);
    const row = arrows[room];
    assert.ok(row, `${room} has no row`);
    for (const next of row) visit(next, [...path, room]);
  };
  for (const room of Object.keys(arrows)) visit(room, []);
  for (const room of [...pureRooms, ...Object.keys(siblingRooms)]) assert.ok(arrows[room], room);
  // What the program is tested with may be asked of it by tools; nothing that ships imports it.
  for (const [room, row] of Object.entries(arrows))
    assert.ok(room.startsWith('tools/') || !row.includes('apps/tracewright'), room);
  assert.ok(!arrows['packages/receivers']?.includes('packages/storage'));
  assert.ok(!arrows['packages/storage']?.includes('packages/receivers'));
});

test('an import goes only where an arrow does', () => {
  const found = findings(checkImports, {
    'packages/std/package.json': manifest('@tracewright/std'),
    'packages/model/package.json': manifest('@tracewright/model'),
    'packages/storage/package.json': manifest('@tracewright/storage'),
    'packages/receivers/package.json': manifest('@tracewright/receivers'),
    'apps/tracewright/package.json': manifest('tracewright'),
    'packages/model/src/good.ts':
      "import { a } from '@tracewright/std';\nimport { b } from './b.ts';\nimport 'node:fs';",
    'packages/std/src/up.ts': "\nimport type { Span } from '@tracewright/model/span';",
    'packages/receivers/src/otlp/a.ts': "import { write } from '@tracewright/storage';",
    'packages/storage/src/app.ts': "import { main } from 'tracewright';",
    'packages/storage/src/star.ts': "export * from './app.ts';",
    'packages/storage/src/far.ts': "import x from '../../model/src/good.ts';",
    'packages/storage/src/a/b/c/deep.ts': "import x from '../../../star.ts';",
    'packages/storage/src/broken.ts': 'const = 1;',
    'packages/unheard/src/a.ts': '',
  });
  expect(found, [
    /^packages\/receivers\/src\/otlp\/a\.ts:1 packages\/receivers must not import packages\/storage/,
    /^packages\/std\/src\/up\.ts:2 packages\/std must not import packages\/model/,
    /^packages\/storage\/src\/a\/b\/c\/deep\.ts:1 '\.\.\/\.\.\/\.\.\/star\.ts' climbs three folders/,
    /^packages\/storage\/src\/app\.ts:1 nothing imports apps\/tracewright/,
    /^packages\/storage\/src\/broken\.ts:1 does not parse/,
    /^packages\/storage\/src\/far\.ts:1 '.*' leaves packages\/storage/,
    /^packages\/storage\/src\/star\.ts:1 export \* from '\.\/app\.ts'/,
    /^packages\/unheard\/src\/a\.ts: packages\/unheard has no row/,
  ]);
});

test('siblings in a room share only what lies beside them', () => {
  const found = findings(checkImports, {
    'packages/wire/src/otlp/a.ts': "import '../primitives/p.ts';\nimport '../limits.ts';\nimport './b.ts';",
    'packages/wire/src/otlp/b.ts': "import '../jaeger/c.ts';",
    'packages/wire/src/otlp/b.test.ts': "import '../jaeger/c.ts';",
    'packages/wire/src/primitives/p.ts': "import '../otlp/a.ts';",
    'packages/wire/src/index.ts': "import './otlp/a.ts';\nimport './jaeger/c.ts';",
  });
  expect(found, [
    /otlp\/b\.ts:1 otlp imports its sibling jaeger/,
    /p\.ts:1 primitives imports its sibling otlp/,
  ]);
});

test('a pure room reads nothing that is not handed in', () => {
  const source = [
    "import { readFileSync } from 'node:fs';",
    'const a = Date.now() + Math.random();',
    'console.log(new Date(), process.env, import.meta.url);',
    'const fine = new Date(0).toISOString() + Math.max(1, 2);',
    'setTimeout(() => fetch(globalThis.location), performance.now());',
    'const given = (console: Log, crypto: () => number) => console.log(crypto());',
  ].join('\n');
  expect(
    findings(checkPurity, {
      'packages/query/src/a.ts': source.split('\n').slice(0, 5).join('\n'),
      'packages/query/src/given.ts': source.split('\n')[5] ?? '',
      'packages/query/src/a.test.ts': source,
      'packages/query/bench/a.ts': source,
      'packages/storage/src/a.ts': source,
    }),
    [
      /a\.ts:1 'node:fs' exists only in Node/,
      /a\.ts:2 Date\.now reads the clock/,
      /a\.ts:2 Math\.random reads chance/,
      /a\.ts:3 console\.log reads the console/,
      /a\.ts:3 new Date\(\) reads the clock/,
      /a\.ts:3 process\.env reads the environment/,
      /a\.ts:5 setTimeout reads timers/,
      /a\.ts:5 fetch reads the network/,
      /a\.ts:5 globalThis\.location reads the environment/,
      /a\.ts:5 performance\.now reads the clock/,
      /a\.ts:3 import\.meta\.url reads the environment/,
    ],
  );
});

test('a cycle of files is found, whether of values or of types, unless a file is loaded late', () => {
  const files = {
    'packages/std/src/a.ts': "import './b.ts';",
    'packages/std/src/b.ts': "import type { C } from './c.ts';",
    'packages/std/src/c.ts': "\nimport './a.ts';",
    'packages/std/src/d.ts': "import './c.ts';\nimport './b.ts';",
  };
  expect(findings(checkCycles, files), [/c\.ts:2 imports itself \(a\.ts → b\.ts → c\.ts → a\.ts\)/]);
  const late = { ...files, 'packages/std/src/c.ts': "await import('./a.ts');" };
  expect(findings(checkCycles, late), []);
});

const lock = (packages: object): string => JSON.stringify({ packages }, undefined, 2);

test('a package declares what it imports, whatever others have installed', () => {
  const files = {
    'package-lock.json': lock({ 'packages/wire': { dependencies: { yaml: '2.0.0' } } }),
    'packages/wire/package.json': manifest('@tracewright/wire', { yaml: '2.0.0' }),
    'packages/wire/src/a.ts':
      "import 'yaml/sub';\nimport 'node:fs';\nimport 'fs';\nimport './b.ts';\nimport '@tracewright/wire/x';",
    'packages/wire/src/b.ts': "import '@tracewright/std/x';\nimport { z } from 'zod';",
    'packages/wire/src/b.test.ts': "import { z } from 'zod';",
  };
  expect(findings(checkManifests, files), [
    /b\.test\.ts:1 zod is not declared: add it to devDependencies of packages\/wire/,
    /b\.ts:1 @tracewright\/std is not declared: add it to dependencies/,
    /b\.ts:2 zod is not declared/,
  ]);
});

test('the lock file agrees with the manifests, names no registry and lists every platform', () => {
  const found = findings(checkManifests, {
    'package.json': JSON.stringify({ devDependencies: { tool: '2.0.0' } }),
    'apps/tracewright/package.json': manifest('tracewright', { chdb: '3.0.0' }),
    'package-lock.json': lock({
      '': { devDependencies: { tool: '1.0.0' } },
      'apps/tracewright': { dependencies: { chdb: '3.0.0', gone: '1.0.0' } },
      'node_modules/tracewright': { resolved: 'apps/tracewright', link: true },
      'node_modules/chdb': {
        resolved: 'https://registry.example/chdb.tgz',
        optionalDependencies: { 'lib-here': '1', 'lib-there': '1' },
      },
      'node_modules/lib-here': {},
    }),
  });
  expect(found, [
    /^package-lock\.json:\d+ names a registry/,
    /^package\.json: tool 2\.0\.0 is not in the lock file/,
    /^package-lock\.json: apps\/tracewright no longer asks for gone/,
    /^package-lock\.json: lacks lib-there/,
  ]);
  expect(findings(checkManifests, {}), [/package-lock\.json: is missing/]);
});

test('names are kebab-case and say something', () => {
  const found = findings(checkNames, {
    'packages/std/src/good-name.test.ts': '',
    'packages/std/src/Bad.ts': '',
    'packages/std/src/snake_case.ts': '',
    'packages/std/src/service_name.py': '',
    'packages/std/src/string-utils.ts': '',
    'packages/std/src/common/a.ts': '',
    'packages/std/README.md': '',
    'apps/tracewright/Dockerfile': '',
    'apps/demo/.gitkeep': '',
    'CONTRIBUTING.md': '',
    'fixtures/otlp/Real_Name.json': '',
  });
  expect(found, [
    /Bad\.ts: Bad\.ts is not kebab-case/,
    /common\/a\.ts: "common" says nothing/,
    /snake_case\.ts is not kebab-case/,
    /string-utils\.ts: "utils" says nothing/,
  ]);
});

test('a source opens with a comment and can be read at once', () => {
  const long = (lines: number): string => `// Opens.\n${'a;\n'.repeat(lines - 1)}`;
  const texts = {
    'packages/std/src/closed.ts': 'export {};\n// Late.\n',
    'packages/std/src/closed.test.ts': 'export {};\n',
    'packages/std/src/open.ts': '/** Opens. */\nexport {};\n',
    'packages/storage/src/schema/0001.sql': 'CREATE TABLE a ();',
    'packages/storage/src/schema/0002.sql': '-- Adds b.\nCREATE TABLE b ();',
    'packages/std/src/long-400.ts': long(400),
    'packages/std/src/long-401.ts': long(401),
    'packages/std/src/long-601.ts': long(601),
  };
  const found = checkFiles(repositoryOf(texts));
  assert.deepEqual(
    found.map(({ rule, file, warning }) => [rule, file.replace(/^.*\//, ''), warning ?? false]),
    [
      ['opening', 'closed.ts', false],
      ['length', 'long-401.ts', true],
      ['length', 'long-601.ts', false],
      ['opening', '0001.sql', false],
    ],
  );
});

test('the ratchet names each place above its count, and asks to be lowered below it', () => {
  const texts = {
    'packages/std/src/a.ts': 'const a: any = b!;\nconst c = d as any;\n',
    [ratchetFile]: JSON.stringify({
      'packages/std': { any: 1, 'non-null': 1 },
      'packages/model': { any: 3 },
    }),
  };
  expect(findings(checkRatchet, texts), [
    /a\.ts:1 any \(2 in packages\/std, at most 1\)/,
    /a\.ts:2 any \(2 in packages\/std, at most 1\)/,
    /ratchet\.json: any in packages\/model fell from 3 to 0/,
  ]);
  const lowered = lowerRatchet(repositoryOf(texts));
  assert.deepEqual(lowered, { 'packages/std': { any: 1, 'non-null': 1 } }, 'no count rises');
  expect(findings(checkRatchet, { 'packages/std/src/a.ts': '// @ts-ignore\n' }), [/a\.ts:1 @ts-ignore/]);
});

test('no text names a machine or a registry', () => {
  // Put together here, so that this file does not hold what it looks for.
  const own = (...parts: string[]): string => `/${parts.join('/')}/x`;
  const found = findings(checkText, {
    'README.md': `first\nsee ${own('home', 'ada')} and ${own('work')}`,
    'docs/a.md': `${own('root')}, https://example.org${own('home', 'page')}, ~${own('work')}, /workshop/x, ./work/x`,
    'packages/std/src/a.test.ts': own('home', 'ada'),
    'packages/std/src/b.test.ts': own('work'),
    'docs/b.md': `https://${['registry', 'npmjs', 'org'].join('.')}/chdb`,
    'fixtures/a.json': own('home', 'ada'),
  });
  expect(found, [
    /^README\.md:2 names a path of one machine/,
    /^docs\/a\.md:1 names a path/,
    /^docs\/b\.md:1 names a registry/,
    /^packages\/std\/src\/b\.test\.ts:1 names a path/,
  ]);
});

test('links and their anchors lead somewhere', () => {
  const found = findings(checkMarkdown, {
    'README.md': [
      '# Title: *the* `first`',
      '[good](docs/a.md) [folder](docs/) [own](#title-the-first) [twice](docs/a.md#same-1) [web](https://a.b/c)',
      '![bad](docs/missing.png "title")',
      '`[code](nowhere)`',
      '```',
      '[fenced](nowhere)',
      '```',
      '[anchor](docs/a.md#gone)',
      '[defined]: docs/missing.md',
    ].join('\n'),
    'docs/a.md': '## Same\n## Same\n[up](../README.md) [beside](a.md) [bad](README.md)',
  });
  expect(found, [
    /^README\.md:3 docs\/missing\.png leads nowhere/,
    /^README\.md:8 docs\/a\.md#gone names no heading/,
    /^README\.md:9 docs\/missing\.md leads nowhere/,
    /^docs\/a\.md:3 README\.md leads nowhere/,
  ]);
});

test('the pages that everyone looks for are there and whole', () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'STYLE.md'];
  const texts = Object.fromEntries(pages.map((page) => [page, '']));
  expect(findings(checkPresence, { ...texts, 'CHANGELOG.md': '## 1.0\n', LICENSE: 'Apache License' }), [
    /^LICENSE: is not the full text/,
    /^CHANGELOG\.md: has no "## Unreleased"/,
  ]);
  assert.equal(findings(checkPresence, {}).length, 6);
});

test('a debt covers its finding, and only as long as there is one', () => {
  const finding: Finding = { rule: 'imports', file: 'a.ts', line: 3, message: 'must not import b' };
  const debt = { rule: 'imports', file: 'a.ts', text: 'import b', reason: 'for now' };
  assert.deepEqual(settleDebts([finding], [debt]), []);
  assert.deepEqual(
    settleDebts([{ ...finding, file: 'c.ts' }], [debt]).map((one) => one.rule),
    ['imports', 'debts'],
  );
  assert.ok(debts.every(({ reason }) => reason.endsWith('.')));
  assert.equal(printFinding(finding), 'a.ts:3  imports: must not import b');
});

test('this very repository can be read, and no source in it fails to parse', () => {
  const repository = openRepository(fileURLToPath(new URL('../../..', import.meta.url)));
  assert.ok(repository.has('tools/tidy/src/rules.ts'));
  const broken = checkImports(repository).filter(({ message }) => message.startsWith('does not parse'));
  assert.deepEqual(broken, []);
});
