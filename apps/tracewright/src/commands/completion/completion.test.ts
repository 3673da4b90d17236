import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { settings } from '../../settings.ts';
import { catalogue } from '../catalogue.ts';
import { bashScript } from './bash-script.ts';
import { completionWords } from './completion-words.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

const words = completionWords(catalogue, settings);
const folder = mkdtempSync(join(tmpdir(), 'tracewright-completion-'));
after(() => rmSync(folder, { recursive: true }));

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
const isThere = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

for (const [shell, script] of Object.entries(scripts)) {
  test(`the script for ${shell} is valid and knows every verb, flag and setting`, (t) => {
    const text = script(catalogue.name, words);
    for (const verb of words) for (const { name } of verb.verbs) assert.ok(text.includes(name), name);
    const flags = words.flatMap((verb) => verb.flags.flatMap((flag) => flag.flags));
    for (const flag of flags) assert.ok(text.includes(flag.replace(/^-+/, '')), flag);
    if (!isThere(shell)) return t.skip(`${shell} is not on this machine`);
    const file = join(folder, `completion.${shell}`);
    writeFileSync(file, text);
    const checked = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    assert.deepEqual([checked.status, checked.stderr], [0, '']);
  });
}

test('the words follow the data: verbs, enumerations, switches, settings', () => {
  const serve = words.find((verb) => verb.path === 'serve');
  const sync = serve?.flags.find((flag) => flag.flags.includes('--wal.sync'));
  assert.deepEqual(sync?.values, ['none', 'group']);
  assert.ok(serve?.flags.some((flag) => flag.flags.includes('--data') && flag.live === 'file'));
  const search = words.find((verb) => verb.path === 'search');
  assert.equal(search?.flags.find((flag) => flag.flags.includes('--errors'))?.takesValue, false);
  assert.equal(search?.flags.find((flag) => flag.flags.includes('-s'))?.live, 'service');
  assert.ok(!words.some((verb) => verb.path === 'completion-names'), 'what is hidden is not offered');
});

test('bash completes verbs, flags, values, and names that the server knows', () => {
  const script = join(folder, 'functional.bash');
  writeFileSync(script, bashScript(catalogue.name, words));
  // Stands in the place of the program itself, and answers what a server with two services would.
  const program = join(folder, 'tracewright');
  writeFileSync(
    program,
    '#!/bin/sh\n[ "$1 $2" = "completion-names service" ] && printf "cart\\ncheckout\\n"\n',
  );
  chmodSync(program, 0o755);
  const complete = (...line: string[]): string[] => {
    const list = line.map((word) => `'${word}'`).join(' ');
    const run = `source '${script}'; COMP_WORDS=(tracewright ${list}); COMP_CWORD=${line.length}; _tracewright; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
    return execFileSync('bash', ['-c', run], { env, encoding: 'utf8' }).split('\n').filter(Boolean);
  };
  assert.deepEqual(complete('se'), ['serve', 'search', 'services']);
  assert.deepEqual(complete('config', ''), ['print', 'check', 'init', 'reference']);
  assert.deepEqual(complete('completion', ''), ['bash', 'zsh', 'fish']);
  assert.deepEqual(complete('search', '--status', ''), ['ok', 'error', 'unset']);
  assert.deepEqual(complete('search', '--service', 'c'), ['cart', 'checkout']);
  assert.deepEqual(complete('services', 'ca'), ['cart']);
  assert.deepEqual(complete('serve', '--wal.sy'), ['--wal.sync']);
  // The value of an option is no verb, even when it is spelled like one.
  assert.deepEqual(complete('search', '--service', 'config', '--kind', 'se'), ['server']);
});
