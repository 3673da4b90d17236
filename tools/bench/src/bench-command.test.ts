import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { BenchReport } from './report/bench-report.ts';

// A temporary folder of its own shows whether anything is left behind.
const temporary = mkdtempSync(join(tmpdir(), 'tracewright-bench-test-'));
const children: ChildProcess[] = [];
after(() => {
  // A bench that a failed test left behind would otherwise run on.
  for (const child of children) if (child.exitCode === null) child.kill('SIGINT');
  rmSync(temporary, { recursive: true, force: true });
});

/** All files below a folder that changes meanwhile. */
function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

type Ended = { readonly code: number | null; readonly output: string; readonly errors: string };

function bench(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { ...process.env, TMPDIR: temporary },
  });
  children.push(child);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, output, errors }));
  });
  return { child, ended };
}

test('help names the scenarios, and wrong usage is told', async () => {
  const help = await bench('--help').ended;
  assert.equal(help.code, 0);
  for (const name of ['ingest', 'paced', 'query', 'memory', 'start', 'storage:layout'])
    assert.match(help.output, new RegExp(`  ${name} `));
  for (const [args, expected] of [
    [['ingst'], /no scenario ingst/],
    [['--set', 'x'], /--set expects key=value/],
    [['figures', '--keep', 'x'], /keep them with --stores, not --keep/],
    [['--save-baseline', '../x'], /no name for a baseline/],
    [['load', '--url', 'ftp://x'], /--url expects an http/],
  ] as const) {
    const { code, errors } = await bench(...args).ended;
    assert.equal(code, 2);
    assert.match(errors, expected);
  }
});

test('a setting the program does not know ends the bench with the program’s own words', async () => {
  const { code, errors } = await bench('ingest', '--set', 'no.such=1').ended;
  assert.equal(code, 1);
  assert.match(errors, /FAILED: The program ended before readiness:(.|\n)*no\.such/);
  assert.deepEqual(readdirSync(temporary), []);
});

test('the real program is measured, its accounts are proven, and nothing is left behind', {
  timeout: 120_000,
}, async () => {
  const { code, output, errors } = await bench(
    'ingest',
    '--duration',
    '1s',
    '--connections',
    '2',
    '--json',
    '-',
  ).ended;
  assert.equal(code, 0, errors);
  const report = JSON.parse(output) as BenchReport;
  const figures = new Map(report.scenarios[0]?.figures.map((figure) => [figure.id, figure.median]));
  for (const id of [
    'spansPerSecond',
    'cpu',
    'cpuEngine',
    'ackP50',
    'ackP99',
    'tableBytes',
    'rssIdle',
    'rssPeak',
  ]) {
    assert.ok((figures.get(`ingest.${id}`) ?? 0) > 0, `${id} is ${figures.get(`ingest.${id}`)}`);
  }
  assert.ok(report.machine.cores > 0 && report.machine.engine !== 'unknown');
  assert.deepEqual(readdirSync(temporary), []);
});

test('an interrupt in the middle stops the program and deletes its folder', {
  timeout: 120_000,
}, async () => {
  const { child, ended } = bench('ingest', '--duration', '60s');
  const deadline = Date.now() + 30_000;
  // A segment file shows that spans are coming in.
  const underWay = (): boolean => listFiles(temporary).some((path) => path.endsWith('.native'));
  while (!underWay() && Date.now() < deadline) await new Promise((next) => setTimeout(next, 20));
  assert.ok(underWay());
  child.kill('SIGINT');
  assert.equal((await ended).code, 130);
  assert.deepEqual(readdirSync(temporary), []);
});
