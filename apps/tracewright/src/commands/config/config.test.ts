import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { referencePage } from '@tracewright/config';
import { runCli } from '../../cli/run-cli.ts';
import { testTerminal } from '../../cli/testing/test-terminal.ts';
import { settings } from '../../settings.ts';
import { referenceCommandLine } from './run.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracewright-config-'));
});
after(() => rmSync(folder, { recursive: true }));

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const made = testTerminal({ env, cwd: folder });
  const code = await runCli(args, made.terminal);
  return { code, out: made.out(), err: made.err() };
}

test('the committed reference page says what the settings say', () => {
  const page = fileURLToPath(new URL('../../../../../docs/reference/configuration.md', import.meta.url));
  assert.equal(
    readFileSync(page, 'utf8'),
    referencePage(settings, referenceCommandLine),
    `run "${referenceCommandLine} -o docs/reference/configuration.md"`,
  );
});

test('init writes a sample that check accepts, and replaces no file unasked', async () => {
  const made = await run(['config', 'init']);
  assert.deepEqual([made.code, made.out], [0, '']);
  assert.equal((await run(['config', 'check', 'tracewright.yaml'])).code, 0);
  writeFileSync(join(folder, 'tracewright.yaml'), 'api: {port: 7}\n');
  const again = await run(['config', 'init']);
  assert.deepEqual([again.code, again.err], [1, 'tracewright.yaml is already there; --force replaces it.\n']);
  assert.equal(readFileSync(join(folder, 'tracewright.yaml'), 'utf8'), 'api: {port: 7}\n');
  assert.equal((await run(['config', 'init', '--force'])).code, 0);
  assert.notEqual(readFileSync(join(folder, 'tracewright.yaml'), 'utf8'), 'api: {port: 7}\n');
  rmSync(join(folder, 'tracewright.yaml'));
  const nowhere = await run(['config', 'init', 'no/such/folder.yaml']);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /^Cannot write no\/such\/folder\.yaml: /);
});

test('check reports every mistake with its line, for people and for programs', async () => {
  writeFileSync(join(folder, 'bad.yaml'), 'wall:\n  sync: none\napi:\n  port: http\n');
  const people = await run(['config', 'check', 'bad.yaml'], { TRACEWRIGHT_NONSENSE: '1' });
  assert.deepEqual(
    [people.code, people.out, people.err.split('\n')],
    [
      2,
      '',
      [
        'bad.yaml:1:1: unknown key wall; did you mean wal?',
        'bad.yaml:4:9: api.port cannot be "http"; expected a port from 0 (any free one) to 65535',
        'bad.yaml is not right: 2 mistakes in the configuration.',
        '',
      ],
    ],
  );
  const programs = JSON.parse((await run(['config', 'check', 'bad.yaml', '--json'])).out);
  assert.equal(programs.ok, false);
  assert.deepEqual(programs.problems[0].origin, { kind: 'file', path: 'bad.yaml', line: 1, column: 1 });
  assert.equal(programs.problems[0].nearest, 'wal');
  assert.equal((await run(['config', 'check', 'absent.yaml'])).code, 2);
});

test('print shows each value and where it comes from, and no secret', async () => {
  writeFileSync(join(folder, 'mine.yaml'), 'storage:\n  path: ./d\nauth:\n  token: hunter2\n');
  const args = ['config', 'print', '--config', 'mine.yaml', '--wal.sync', 'group'];
  const env = { TRACEWRIGHT_LISTEN_HOST: '0.0.0.0' };
  const { code, out } = await run(args, env);
  assert.equal(code, 0);
  const lines = out.split('\n').map((line) => line.split(/ {2,}/));
  const line = (key: string) => lines.find(([first]) => first === key);
  assert.deepEqual(line('storage.path'), ['storage.path', join(folder, 'd'), 'mine.yaml:2']);
  assert.deepEqual(line('auth.token'), ['auth.token', '(set)', 'mine.yaml:4']);
  assert.deepEqual(line('listen.host'), ['listen.host', '0.0.0.0', 'env TRACEWRIGHT_LISTEN_HOST']);
  assert.deepEqual(line('wal.sync'), ['wal.sync', 'group', 'flag --wal.sync']);
  assert.deepEqual(line('wal.segmentBytes'), ['wal.segmentBytes', '64MiB', 'default']);
  assert.ok(!out.includes('hunter2'));

  const changed = await run([...args, '--changed'], env);
  assert.equal(changed.out.trimEnd().split('\n').length, 5);
  const json = JSON.parse((await run([...args, '--json'], env)).out);
  assert.equal(json.file, 'mine.yaml');
  const bytes = json.settings.find((setting: { key: string }) => setting.key === 'wal.segmentBytes');
  assert.deepEqual(bytes, {
    key: 'wal.segmentBytes',
    value: 67_108_864,
    text: '64MiB',
    from: { kind: 'default' },
    env: 'TRACEWRIGHT_WAL_SEGMENT_BYTES',
    flag: '--wal.segmentBytes',
  });
  const wrong = await run(['config', 'print', '--wal.sync', 'x', '--json']);
  assert.equal(wrong.code, 2);
  assert.equal(JSON.parse(wrong.out).ok, false);
});

test('reference prints the page, or the settings as JSON, or writes a file', async () => {
  assert.equal((await run(['config', 'reference'])).out, referencePage(settings, referenceCommandLine));
  const json = JSON.parse((await run(['config', 'reference', '--json'])).out);
  assert.equal(json.settings.length, settings.entries.length);
  assert.equal((await run(['config', 'reference', '-o', 'page.md'])).code, 0);
  assert.ok(existsSync(join(folder, 'page.md')));
});
