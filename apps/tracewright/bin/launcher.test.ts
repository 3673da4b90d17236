/**
 * The launcher in a folder laid out as npm would: which Node runs the program, what happens to signals and exit
 * codes, and what is said where nothing can run. An old Node is this one with another version number.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('.', import.meta.url));
/** Makes this Node an old one: by its version, and without the means to replace the process. */
const asOld = [
  '--import',
  'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.9.0"});delete process.execve;',
];
const program = `
  const [what, ...rest] = process.argv.slice(2);
  if (what === 'say') console.log(JSON.stringify({ rest, execPath: process.execPath }));
  if (what === 'serve') console.log(JSON.stringify({ flags: process.execArgv, rest }));
  if (what === 'exit') process.exit(Number(rest[0]));
  if (what === 'wait') {
    let seen = 0;
    process.on('SIGTERM', () => { seen += 1; console.log('term ' + seen); if (seen === 2) process.exit(7); });
    console.log('ready');
    setInterval(() => {}, 1000);
  }
  if (what === 'die') process.kill(process.pid, 'SIGKILL');
`;

let home = '';
let launcher = '';
let pinned = '';

before(() => {
  home = mkdtempSync(join(tmpdir(), 'tracewright launcher '));
  const installed = join(home, 'node_modules', 'tracewright');
  cpSync(bin, join(installed, 'bin'), { recursive: true });
  launcher = join(installed, 'bin', 'tracewright.mjs');
  mkdirSync(join(installed, 'dist'));
  writeFileSync(join(installed, 'dist', 'main.js'), program);
  writeFileSync(join(installed, 'package.json'), '{ "type": "module" }');
  const name = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const folder = join(home, 'node_modules', `${name}-${process.platform}-${process.arch}`);
  pinned = join(folder, 'bin', 'node');
  mkdirSync(dirname(pinned), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  symlinkSync(process.execPath, pinned);
});
after(() => rmSync(home, { recursive: true, force: true }));

function launch(args: readonly string[], nodeArgs: readonly string[] = []): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [...nodeArgs, launcher, ...args], { encoding: 'utf8', cwd: home });
}

async function line(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  const [chunk] = await once(child.stdout, 'data');
  return String(chunk).trim();
}

test('a Node that suffices runs the program in its own process, an old one hands over', () => {
  for (const nodeArgs of [[], asOld]) {
    const { stdout, stderr, status } = launch(['say', 'a b', '--c=d "e"'], nodeArgs);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(String(stdout)).rest, ['a b', '--c=d "e"']);
  }
});

test('the server gets a Node with flags of its own, after those that its caller gave', () => {
  for (const nodeArgs of [[], ['--no-deprecation'], asOld]) {
    const { stdout, stderr, status } = launch(['serve', '--data', 'a b'], nodeArgs);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const given = nodeArgs === asOld ? [] : nodeArgs;
    const flags = [...given, '--initial-old-space-size=256'];
    assert.deepEqual(JSON.parse(String(stdout)), { flags, rest: ['--data', 'a b'] });
  }
});

test('the exit code and the deadly signal of the program become those of the launcher', () => {
  for (const nodeArgs of [[], asOld]) {
    assert.equal(launch(['exit', '42'], nodeArgs).status, 42);
    assert.equal(launch(['die'], nodeArgs).signal, 'SIGKILL');
  }
});

test('each signal reaches the program once', async () => {
  for (const nodeArgs of [[], asOld]) {
    const child = spawn(process.execPath, [...nodeArgs, launcher, 'wait'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.equal(await line(child), 'ready');
    child.kill('SIGTERM');
    assert.equal(await line(child), 'term 1');
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 7);
  }
});

test('an old Node without a pinned one beside it says what is needed', () => {
  const lonely = mkdtempSync(join(tmpdir(), 'tracewright-lonely-'));
  try {
    cpSync(join(home, 'node_modules', 'tracewright'), lonely, { recursive: true });
    const { status, stderr } = spawnSync(
      process.execPath,
      [...asOld, join(lonely, 'bin', 'tracewright.mjs'), 'say'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 1);
    assert.match(stderr, /^Tracewright needs Node \d+ or newer, and this is 20\.9\.0; [^\n]+\n$/);
  } finally {
    rmSync(lonely, { recursive: true, force: true });
  }
});

test('every old Node on the PATH can start it', (context) => {
  const files = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const old = files
    .filter((file) => existsSync(file))
    .filter((file) => {
      const major = Number.parseInt(execFileSync(file, ['--version'], { encoding: 'utf8' }).slice(1), 10);
      return major >= 20 && major < 24;
    });
  if (old.length === 0) return context.skip('no Node 20, 21, 22 or 23 on the PATH');
  for (const file of old) {
    const { stdout, status, stderr } = spawnSync(file, [launcher, 'say', 'x'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { rest: ['x'], execPath: process.execPath });
  }
});

type Machine = {
  platform: string;
  arch: string;
  nodeVersion: string;
  glibc: string | undefined;
  cpuinfo: string;
};
type Platform = {
  engineUnsupported(machine: Machine): string | undefined;
  nodeSuffices(version: string): boolean;
  pinnedNode(from: string, platform?: string, arch?: string): string | undefined;
  thisMachine(): Machine;
};

test('a machine that the engine does not fit is told in one sentence what is needed', async () => {
  const { engineUnsupported, nodeSuffices, pinnedNode, thisMachine } = (await import(
    String(new URL('./platform.mjs', import.meta.url))
  )) as Platform;
  const fits: Machine = {
    platform: 'linux',
    arch: 'x64',
    nodeVersion: '20.0.0',
    glibc: '2.36',
    cpuinfo: 'processor\t: 0\nflags\t\t: fpu avx avx2 bmi1 bmi2 f16c fma movbe xsave abm\n\nprocessor\t: 1\n',
  };
  assert.equal(engineUnsupported(fits), undefined);
  assert.equal(engineUnsupported({ ...fits, cpuinfo: '' }), undefined);
  assert.equal(engineUnsupported({ ...fits, arch: 'arm64', cpuinfo: '' }), undefined);
  assert.equal(engineUnsupported({ ...fits, platform: 'darwin', glibc: undefined, cpuinfo: '' }), undefined);
  const refused: [Partial<Machine>, RegExp][] = [
    [{ platform: 'win32' }, /not for win32: run it under WSL 2/],
    [{ platform: 'freebsd' }, /not for freebsd: run it in a Linux container/],
    [{ arch: 'riscv64' }, /not for linux on riscv64/],
    [{ glibc: undefined }, /musl, as on Alpine/],
    [{ cpuinfo: 'flags : fpu avx f16c fma xsave bmi1 movbe' }, /this one lacks avx2, bmi2:/],
  ];
  for (const [difference, expected] of refused) {
    const said = engineUnsupported({ ...fits, ...difference });
    assert.match(said ?? '', expected);
    assert.match(said ?? '', /^[^\n]+\.$/);
  }
  assert.equal(engineUnsupported(thisMachine()), undefined);
  assert.deepEqual(['20.1.0', '22.99.0', '24.0.0', '26.10.0'].map(nodeSuffices), [false, false, true, true]);
  assert.equal(pinnedNode(home), pinned);
  assert.equal(pinnedNode(home, 'win32', 'x64'), undefined);
});
