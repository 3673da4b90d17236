/**
 * The runner in small repositories of its own: what it installs and when, what it says, what it runs.
 *
 * The repositories depend on nothing outside, so npm needs no network here.
 */
import assert from 'node:assert/strict';
import { type SpawnOptions, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const launcherFolder = fileURLToPath(new URL('../../apps/tracewright/bin', import.meta.url));

type Outcome = { readonly code: number | null; readonly out: string; readonly said: string };

function withRepository(run: (root: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'tracewright run ')));
    try {
      cpSync(here, join(root, 'tools/run'), { recursive: true });
      rmSync(join(root, 'tools/run/run.test.ts'));
      cpSync(launcherFolder, join(root, 'apps/tracewright/bin'), { recursive: true });
      rmSync(join(root, 'apps/tracewright/bin/launcher.test.ts'));
      write(root, {
        'package.json': JSON.stringify({ name: 'small', version: '1.0.0', workspaces: ['packages/*'] }),
        'packages/one/package.json': JSON.stringify({ name: 'one', version: '1.0.0' }),
        'packages/one/src/one.test.ts':
          "import { test } from 'node:test';\nconst name: string = 'one works';\ntest(name, () => {});\n",
        'packages/one/src/two.test.ts': "import { test } from 'node:test';\ntest('two works', () => {});\n",
        'apps/tracewright/src/main.ts':
          'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]));',
      });
      writeLock(root, {});
      await run(root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  };
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** A lock file of the small repository with further entries, and dependencies of its root. */
function writeLock(root: string, packages: object, dependencies: object = {}): void {
  const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object;
  writeFileSync(join(root, 'package.json'), JSON.stringify({ ...about, dependencies }));
  const lock = {
    name: 'small',
    version: '1.0.0',
    lockfileVersion: 3,
    packages: {
      '': { name: 'small', version: '1.0.0', workspaces: ['packages/*'], dependencies },
      'node_modules/one': { resolved: 'packages/one', link: true },
      'packages/one': { version: '1.0.0' },
      ...packages,
    },
  };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock));
}

function run(root: string, args: readonly string[], options: SpawnOptions = {}): Promise<Outcome> {
  // What an outer npm or test runner set must not reach the runs under test.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$|^NODE_TEST_CONTEXT$/.test(name)),
  );
  const child = spawn(process.execPath, [join(root, 'tools/run/run.mjs'), ...args], {
    cwd: root,
    ...options,
    env: { ...env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, said }));
  });
}

test(
  'a fresh clone is installed once, then run silently; the tests can be narrowed',
  withRepository(async (root) => {
    const first = await run(root, ['test']);
    assert.equal(first.code, 0, first.said);
    assert.match(first.said, /^Installing dependencies .*\nInstalled in [\d.]+ s\.\n$/);
    assert.match(first.out, /one works[\s\S]*two works[\s\S]*tests 2\n/);

    const second = await run(root, ['test', 'two']);
    assert.equal(second.said, '');
    assert.match(second.out, /two works/);
    assert.match(second.out, /tests 1\n/);

    const folder = await run(root, ['test', 'src/one.test.ts'], { cwd: join(root, 'packages/one') });
    assert.match(folder.out, /one works[\s\S]*tests 1\n/);

    const none = await run(root, ['test', 'three']);
    assert.equal(none.code, 1);
    assert.match(none.said, /^No test file .* matches "three"\.\n$/);

    rmSync(join(root, 'node_modules/.package-lock.json'));
    assert.match(
      (await run(root, ['test', 'two'])).said,
      /^Installing/,
      'an interrupted install counts as none',
    );
  }),
);

test(
  'a failing test makes the run fail',
  withRepository(async (root) => {
    write(root, {
      'packages/one/src/bad.test.ts':
        "import { test } from 'node:test';\ntest('bad', () => { throw new Error('no'); });\n",
    });
    const { code, out } = await run(root, ['test']);
    assert.equal(code, 1);
    assert.match(out, /fail 1\n/);
  }),
);

test(
  'start passes every argument on and runs where its user stands',
  withRepository(async (root) => {
    const there = join(root, 'packages');
    const { out, code, said } = await run(root, ['start', '--data', 'a b', '--', '-x'], { cwd: there });
    assert.equal(code, 0, said);
    assert.deepEqual(JSON.parse(out), [there, 'serve', '--data', 'a b', '--', '-x']);
    const byNpm = await run(root, ['start'], {
      env: { npm_package_json: join(root, 'package.json'), INIT_CWD: there },
    });
    assert.deepEqual(JSON.parse(byNpm.out), [there, 'serve']);
  }),
);

test(
  'of runs at the same time one installs and the others wait for it',
  withRepository(async (root) => {
    const outcomes = await Promise.all([run(root, ['test']), run(root, ['test']), run(root, ['start'])]);
    for (const { code, said } of outcomes) assert.equal(code, 0, said);
    assert.equal(outcomes.filter(({ said }) => said.includes('Installing')).length, 1);
    assert.ok(!existsSync(join(root, '.tracewright-install')));
  }),
);

test(
  'the lock of a run that died is taken over',
  withRepository(async (root) => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.on('exit', resolve));
    write(root, { '.tracewright-install/pid': String(dead.pid) });
    const { code, said } = await run(root, ['start']);
    assert.equal(code, 0, said);
    assert.doesNotMatch(said, /waiting/);
  }),
);

test(
  'without a registry the reason is said in the last line',
  withRepository(async (root) => {
    writeLock(
      root,
      { 'node_modules/absent-package': { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` } },
      { 'absent-package': '1.0.0' },
    );
    const { code, said } = await run(root, ['test'], {
      env: {
        npm_config_registry: 'http://127.0.0.1:9/',
        npm_config_fetch_retries: '0',
        npm_config_cache: join(root, 'cache'),
      },
    });
    assert.equal(code, 1);
    assert.match(said, /Cannot install dependencies: npm cannot reach its registry; [^\n]+\n$/);
    assert.ok(!existsSync(join(root, '.tracewright-install')));
  }),
);

test(
  'a verb that does not exist is answered with those that do',
  withRepository(async (root) => {
    const { code, said } = await run(root, ['tset']);
    assert.equal(code, 2);
    assert.match(said, /^There is no verb "tset"\.\n\nUsage: [\s\S]*\n {2}demo /);
    const help = await run(root, []);
    assert.equal(help.code, 0);
    assert.match(help.out, /^Usage: /);
    assert.ok(!existsSync(join(root, 'node_modules')), 'help installs nothing');
  }),
);

test(
  'what is missing is read from npm’s own record, for this platform only',
  withRepository(async (root) => {
    const { missingPackage } = (await import(String(new URL('./install.mjs', import.meta.url)))) as {
      missingPackage(root: string): string | undefined;
    };
    const here = `${process.platform}-${process.arch}`;
    const present = (packages: object): void =>
      write(root, { 'node_modules/.package-lock.json': JSON.stringify({ packages }) });
    const one = { resolved: 'packages/one', link: true };
    const lib = { version: '1.0.0', integrity: 'x' };
    assert.equal(missingPackage(root), 'node_modules');
    present({ 'node_modules/one': one });
    assert.equal(missingPackage(root), undefined);
    writeLock(root, { 'node_modules/lib': lib });
    assert.equal(missingPackage(root), 'node_modules/lib');
    present({ 'node_modules/one': one, 'node_modules/lib': { ...lib, version: '0.9.0' } });
    assert.equal(missingPackage(root), 'node_modules/lib');
    present({ 'node_modules/one': one, 'node_modules/lib': lib });
    assert.equal(missingPackage(root), undefined);

    const elsewhere = { version: '1.0.0', optional: true, os: 'aix', cpu: ['ppc64'] };
    const ours = { version: '1.0.0', optional: true, os: [process.platform], cpu: process.arch };
    writeLock(root, { 'node_modules/lib': lib, 'node_modules/native-aix': elsewhere });
    assert.equal(missingPackage(root), undefined);
    writeLock(root, { 'node_modules/lib': lib, 'node_modules/native': ours });
    assert.equal(missingPackage(root), 'node_modules/native');

    // npm leaves a platform out of the lock file that its registry did not have when the file was written.
    const asks = { ...lib, optionalDependencies: { [`@lib/${here}`]: '2.0.0', '@lib/aix-ppc64': '2.0.0' } };
    writeLock(root, { 'node_modules/lib': asks });
    assert.equal(missingPackage(root), `node_modules/@lib/${here}`);
    present({ 'node_modules/one': one, 'node_modules/lib': lib, [`node_modules/@lib/${here}`]: {} });
    assert.equal(missingPackage(root), undefined);
  }),
);
