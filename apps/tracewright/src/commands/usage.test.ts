/** What a script learns of the verbs that work on folders: 2 when the command was wrong, 1 when it did not work. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCli } from '../cli/run-cli.ts';
import { testTerminal } from '../cli/testing/test-terminal.ts';

const NOWHERE = ['--server', 'http://127.0.0.1:9'];
const WRONG = { TRACEWRIGHT_API_PORT: 'many', TRACEWRIGHT_SERVER: 'http://127.0.0.1:9' };

let cwd = '';
before(() => {
  cwd = mkdtempSync(join(tmpdir(), 'tracewright-usage-'));
  for (const name of ['empty', 'torn', 'foreign', 'newer', 'whole']) mkdirSync(join(cwd, name));
  const head = '{"format":"tracewright-backup","schemaVersion":1,"crc":0,"formatVersion"';
  const manifests = {
    torn: head,
    foreign: '{"format":"tar"}\n',
    newer: `${head}:99}\n`,
    whole: `${head}:1}\n`,
  };
  for (const [name, text] of Object.entries(manifests)) writeFileSync(join(cwd, name, 'backup.json'), text);
});
after(() => rmSync(cwd, { recursive: true }));

type Case = readonly [args: readonly string[], words: RegExp, env?: Record<string, string>];

async function expectCode(code: number, cases: readonly Case[]): Promise<void> {
  for (const [args, words, env = {}] of cases) {
    const { terminal, out, err } = testTerminal({ cwd, env: { XDG_DATA_HOME: join(cwd, 'home'), ...env } });
    assert.equal(await runCli(args, terminal), code, `${args.join(' ')}: ${err()}`);
    assert.match(err(), words, args.join(' '));
    assert.equal(out(), '', args.join(' '));
  }
}

test('a command that is wrong ends with 2', () =>
  expectCode(2, [
    [['check', 'extra'], /too many arguments/],
    [['check', '--deep'], /unknown option '--deep'/],
    [['check', '--data'], /argument missing/],
    [['check', '--data', ''], /--data cannot be ""; expected a path/],
    [['check', '--server', 'nonsense'], /--server cannot be "nonsense"/],
    [['check'], /nonsense is no address/, { TRACEWRIGHT_SERVER: 'nonsense' }],
    [['check', '--color', 'often'], /--color cannot be "often"/],
    [['backup'], /missing required argument 'destination'/],
    [['backup', 'one', 'two'], /too many arguments/],
    [['backup', 'one', '--force'], /unknown option '--force'/],
    [['backup', 'empty', ...NOWHERE], /empty is there already/],
    [['restore'], /missing required argument 'backup'/],
    [['restore', 'one', 'two'], /too many arguments/],
    [['restore', 'one', ...NOWHERE], /unknown option '--server'/],
  ]));

test('a configuration that is wrong is told, and ends with 2', () =>
  expectCode(2, [
    [['check'], /The configuration is not right: env TRACEWRIGHT_API_PORT: .*"many"/, WRONG],
    [['backup', 'one'], /The configuration is not right: env TRACEWRIGHT_API_PORT/, WRONG],
    [['restore', 'whole'], /The configuration is not right: env TRACEWRIGHT_API_PORT/, WRONG],
  ]));

test('what did not work, or is not there, ends with 1', () =>
  expectCode(1, [
    [['check', ...NOWHERE], /Cannot reach http:\/\/127\.0\.0\.1:9/],
    [['check', ...NOWHERE, '--data', 'nothing'], /there is no folder .*nothing/],
    [['check', ...NOWHERE, '--data', 'empty'], /empty is no data folder/],
    [['check', ...NOWHERE, '--data', 'empty'], /empty is no data folder/, WRONG],
    [['backup', 'one', ...NOWHERE, '--data', 'nothing'], /there is no folder/],
    [['backup', 'one', ...NOWHERE, '--base', 'empty'], /empty is no backup: it holds no backup\.json/],
    [['restore', 'nothing'], /nothing is no backup: it holds no backup\.json/],
    [['restore', 'torn/backup.json'], /is no backup: it holds no backup\.json/],
    [['restore', 'torn'], /torn.backup\.json is damaged/],
    [['restore', 'foreign'], /foreign is no backup of this program/],
    [['restore', 'newer'], /a backup of format 99, and this program knows/],
  ]));
