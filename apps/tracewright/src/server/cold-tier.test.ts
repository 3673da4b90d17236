/** Settings of the cold tier: what they name, what they refuse, and that a secret is not shown. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../cli/run-cli.ts';
import { testTerminal } from '../cli/testing/test-terminal.ts';

const S3 = {
  TRACEWRIGHT_STORAGE_TIERS_COLD_S3_ENDPOINT: 'http://127.0.0.1:9',
  TRACEWRIGHT_STORAGE_TIERS_COLD_S3_BUCKET: 'traces',
  TRACEWRIGHT_STORAGE_TIERS_COLD_S3_ACCESS_KEY_ID: 'somebody',
};
const SECRET = { TRACEWRIGHT_STORAGE_TIERS_COLD_S3_SECRET_ACCESS_KEY: 'hush-hush' };

async function config(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; text: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-cold-'));
  try {
    writeFileSync(join(folder, 'empty.yaml'), '');
    const made = testTerminal({ env, cwd: folder });
    const code = await runCli(['config', ...args], made.terminal);
    return { code, text: made.out() + made.err() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a secret is not printed', async () => {
  const shown = await config(['print'], { ...S3, ...SECRET });
  assert.equal(shown.code, 0, shown.text);
  assert.match(shown.text, /s3\.secretAccessKey\b.*\(set\)/);
  assert.doesNotMatch(shown.text, /hush-hush/);
});

test('half of a bucket, both places and two secrets are refused by name', async () => {
  const cases: readonly [Record<string, string>, RegExp][] = [
    [S3, /secretAccessKey and secretAccessKeyFile are both missing/],
    [{ ...S3, ...SECRET, TRACEWRIGHT_STORAGE_TIERS_COLD_PATH: '/mnt/cold' }, /a folder and a bucket/],
    [
      { TRACEWRIGHT_STORAGE_PATH: '/srv/data', TRACEWRIGHT_STORAGE_TIERS_COLD_PATH: '/srv/data/cold' },
      /lies in the data folder/,
    ],
    [
      { ...S3, ...SECRET, TRACEWRIGHT_STORAGE_TIERS_COLD_S3_SECRET_ACCESS_KEY_FILE: '/run/x' },
      /are both given/,
    ],
    [
      { TRACEWRIGHT_STORAGE_TIERS_COLD_S3_ENDPOINT: 'http://127.0.0.1:9', ...SECRET },
      /s3\.bucket is missing/,
    ],
  ];
  for (const [env, words] of cases) {
    const refused = await config(['print'], env);
    assert.notEqual(refused.code, 0);
    assert.match(refused.text, words);
    assert.doesNotMatch(refused.text, /hush-hush/);
  }
});

test('whether the tier lies in the data folder is judged by where it really lies', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-cold-'));
  try {
    for (const name of ['data/deep', 'data-2', 'other']) mkdirSync(join(folder, name), { recursive: true });
    symlinkSync('../data/deep', join(folder, 'other/link'));
    symlinkSync('../data/not-yet', join(folder, 'other/dangling'));
    symlinkSync('data', join(folder, 'alias'));
    symlinkSync('loop', join(folder, 'loop'));
    const cases: readonly (readonly [data: string, cold: string, isRefused: boolean])[] = [
      ['data', 'data', true],
      ['data', './data/cold', true],
      ['./data/../data/', 'other/../data/cold', true],
      ['data', 'other/link', true],
      ['data', 'other/link/below/it', true],
      ['data', 'other/dangling/cold', true],
      ['alias', 'data/cold', true],
      ['data', 'alias/cold', true],
      ['alias/new', 'data/new/cold', true],
      ['nothing/yet', 'nothing/yet/cold', true],
      ['/', 'other', true],
      ['data', 'data-2', false],
      ['data', 'data-2/cold', false],
      ['data/deep', 'data/cold', false],
      ['data', 'data/../other', false],
      ['data', 'loop/cold', false],
    ];
    for (const [data, cold, isRefused] of cases) {
      const made = testTerminal({
        cwd: folder,
        env: { TRACEWRIGHT_STORAGE_PATH: data, TRACEWRIGHT_STORAGE_TIERS_COLD_PATH: cold },
      });
      const code = await runCli(['config', 'print'], made.terminal);
      assert.equal(code, isRefused ? 2 : 0, `${data} ${cold}: ${made.err()}`);
      assert.equal(/The cold tier lies in the data folder/.test(made.err()), isRefused, `${data} ${cold}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
