/** Settings of the cold tier: what they name, what they refuse, and that a secret is not shown. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
