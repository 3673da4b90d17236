import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Scenario, SoakContext } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios/table.ts';
import { soakCommand } from './soak-command.ts';

/** Runs the command with a scenario that keeps what it was told; gives the exit code and what was written. */
async function run(args: readonly string[], scenario: Partial<Scenario> = {}) {
  const seen: SoakContext[] = [];
  const out: string[] = [];
  const err: string[] = [];
  const real = { out: process.stdout.write, err: process.stderr.write };
  process.stdout.write = (text: unknown) => out.push(String(text)) > 0;
  process.stderr.write = (text: unknown) => err.push(String(text)) > 0;
  try {
    const trial: Scenario = {
      name: 'trial',
      summary: 'tries',
      options: {
        rounds: { kind: 'count', fallback: '3', summary: 'how often' },
        duration: { kind: 'duration', fallback: '2m', summary: 'how long' },
      },
      run: async (context) => {
        seen.push(context);
        return { figures: [{ label: 'tries', value: '7' }], failures: [] };
      },
      ...scenario,
    };
    const other: Scenario = { ...trial, name: 'other', options: {} };
    const code = await soakCommand(args, [trial, other]);
    return { code, seen, out: out.join(''), err: err.join('') };
  } finally {
    process.stdout.write = real.out;
    process.stderr.write = real.err;
  }
}

test('options come as numbers, with the defaults of the scenario', async () => {
  const { code, seen, out } = await run(['trial', '--rounds', '10_000', '--seed=7']);
  assert.equal(code, 0);
  assert.deepEqual(seen[0]?.options, { rounds: 10_000, duration: 120_000, seed: 7 });
  assert.equal(seen[0]?.seed, 7);
  assert.equal(seen.length, 1);
  assert.match(out, /trial: held .* seed 7\n {2}tries {2}7/);
});

test('without a name all run, and the seed is theirs', async () => {
  const { code, seen } = await run(['--seed', '5']);
  assert.equal(code, 0);
  assert.deepEqual(
    seen.map(({ seed }) => seed),
    [5, 5],
  );
});

test('a failure and an exception both end with 1, and the JSON says so', async () => {
  const file = join(tmpdir(), `soak-${process.pid}.json`);
  const failed = await run(['trial', '--json', file], {
    run: async () => ({ figures: [], failures: ['span 7 was lost'] }),
  });
  assert.equal(failed.code, 1);
  assert.match(failed.out, /FAILED \(1\)[\s\S]*span 7 was lost/);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8'))[0].failures, ['span 7 was lost']);
  rmSync(file);
  const threw = await run(['trial'], { run: () => Promise.reject(new Error('no port')) });
  assert.equal(threw.code, 1);
  assert.match(threw.out, /no port/);
});

test('wrong usage ends with 2 and says what is right', async () => {
  for (const args of [
    ['trail'],
    ['trial', '--round', '3'],
    ['trial', '--duration', 'long'],
    ['trial', 'x'],
  ]) {
    const { code, err, seen } = await run(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, /--help/);
    assert.equal(seen.length, 0);
  }
});

test('the help names every scenario and option', async () => {
  const { code, out } = await run(['--help']);
  assert.equal(code, 0);
  for (const { name, options } of SCENARIOS) {
    assert.match(out, new RegExp(`^ {2}${name}: `, 'm'));
    for (const option of Object.keys(options)) assert.match(out, new RegExp(`--${option} `));
  }
});
