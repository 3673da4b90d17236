/**
 * Makes `node_modules` what `package-lock.json` asks for.
 *
 * What is installed is read from the record that npm itself keeps (`node_modules/.package-lock.json`, written
 * last), so an install by hand counts and an interrupted one does not. A stamp beside it says that npm was
 * content with exactly this lock file and this record. One process installs at a time; others wait for it and
 * then look again.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const lockName = '.tracewright-install';
const lockBeatMs = 2_000;
const lockStaleMs = 20_000;

/**
 * Installs what is missing in the repository at `root`; quick and silent when nothing is.
 * @param {string} root
 * @returns {Promise<string | undefined>} what went wrong, in sentences
 */
export async function ensureInstalled(root) {
  if (missingPackage(root) === undefined) return undefined;
  const release = await takeLock(root);
  try {
    const missing = missingPackage(root);
    return missing === undefined ? undefined : await install(root, missing);
  } finally {
    release();
  }
}

/**
 * The first package that the lock file asks for and `node_modules` lacks; undefined if all are there.
 * @param {string} root
 * @returns {string | undefined}
 */
export function missingPackage(root) {
  const files = recordFiles(root);
  if (readOrEmpty(files.stamp) === stampOf(files)) return undefined;
  const wanted = readPackages(files.wanted);
  const present = readPackages(files.present);
  if (wanted === undefined) return 'package-lock.json';
  if (present === undefined) return 'node_modules';
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue;
    const there = present[path];
    if (there === undefined) {
      if (!entry.optional && !entry.devOptional && !entry.peer) return path;
      if (fitsThisMachine(entry)) return path;
    } else if (there.version !== entry.version || there.integrity !== entry.integrity) return path;
  }
  return unlockedPackages(wanted).find((one) => present[one.path] === undefined)?.path;
}

/**
 * The optional packages for this very platform that something locked asks for but the lock file does not list.
 * npm writes only those platforms into a lock file that its registry had on that day, and installs no others.
 */
function unlockedPackages(wanted) {
  const platform = new RegExp(`(^|[-/])${process.platform}-${process.arch}(-(?<libc>gnu|glibc|musl))?$`);
  const ours = { gnu: 'glibc', glibc: 'glibc', musl: 'musl' };
  return Object.entries(wanted)
    .filter(([path]) => path.includes('node_modules/'))
    .flatMap(([, entry]) => Object.entries(entry.optionalDependencies ?? {}))
    .filter(([name]) => {
      const match = platform.exec(name);
      if (match === null || Object.keys(wanted).some((path) => path.endsWith(`node_modules/${name}`)))
        return false;
      const libc = match.groups.libc;
      return libc === undefined || ours[libc] === cLibrary();
    })
    .map(([name, version]) => ({ name, version, path: `node_modules/${name}` }));
}

/** Runs npm: from scratch where nothing is there, otherwise only what changed, leaving the lock file alone. */
async function install(root, missing) {
  const fresh = missing === 'node_modules';
  const said = fresh
    ? 'Installing dependencies (npm ci; about 900 MB on disk, once) …'
    : `Updating dependencies (${missing.replace(/^.*node_modules\//, '')} is missing or of another version) …`;
  process.stderr.write(`${said}\n`);
  const started = performance.now();
  const flags = [
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--engine-strict=false',
    '--no-fund',
    '--no-audit',
    '--loglevel=error',
  ];
  const unlocked = unlockedPackages(readPackages(recordFiles(root).wanted) ?? {});
  const add = ['install', '--no-save', ...unlocked.map(({ name, version }) => `${name}@${version}`)];
  let command = fresh ? ['ci'] : add;
  let result = await runNpm(root, [...command, ...flags]);
  if (result.status === 0 && fresh && unlocked.length > 0) {
    command = add;
    result = await runNpm(root, [...command, ...flags]);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (result.status === 0) {
    const files = recordFiles(root);
    writeFileSync(files.stamp, stampOf(files));
    process.stderr.write(`Installed in ${seconds} s.\n`);
    return undefined;
  }
  process.stderr.write(result.output);
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED/;
  const why = offline.test(result.output)
    ? 'npm cannot reach its registry; the first run needs the network or a filled npm cache'
    : result.status === undefined
      ? 'npm, which comes with Node, cannot be run'
      : `npm ${command[0]} ended with ${result.status}, see above`;
  return `Cannot install dependencies: ${why}.`;
}

/**
 * npm by the Node that npm itself was started with: the pinned one lies in the folder that npm replaces.
 * @returns {Promise<{ status: number | string | undefined, output: string }>}
 */
function runNpm(root, args) {
  const cli = process.env.npm_execpath;
  const byNpm = cli !== undefined && /npm-cli\.c?js$/.test(cli);
  const file = byNpm ? (process.env.npm_node_execpath ?? process.execPath) : 'npm';
  const child = spawn(file, byNpm ? [cli, ...args] : args, {
    cwd: root,
    env: cleanEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  // npm must not go on replacing files for a run that is gone and whose lock is free.
  const stop = (signal) => child.kill(signal);
  for (const signal of stopSignals) process.on(signal, stop);
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: undefined, output: `${error.message}\n` }));
    child.on('close', (code, signal) => resolve({ status: code ?? signal, output }));
  }).finally(() => {
    for (const signal of stopSignals) process.off(signal, stop);
  });
}

/** The environment without what an outer `npm run` set: its settings are not meant for this install. */
function cleanEnv() {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_(config_(workspace|prefix|local_prefix)|lifecycle|package|command)/i.test(name)) continue;
    env[name] = value;
  }
  return env;
}

function recordFiles(root) {
  const folder = join(root, 'node_modules');
  return {
    wanted: join(root, 'package-lock.json'),
    present: join(folder, '.package-lock.json'),
    stamp: join(folder, '.tracewright-installed'),
  };
}

function stampOf({ wanted, present }) {
  return createHash('sha256').update(readOrEmpty(wanted)).update(readOrEmpty(present)).digest('hex');
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function fitsThisMachine(entry) {
  const fits = (asked, value) => {
    if (asked === undefined) return true;
    const list = [asked].flat();
    return !list.includes(`!${value}`) && (list.includes(value) || list.some((one) => one.startsWith('!')));
  };
  const libc = process.platform === 'linux' ? cLibrary() : undefined;
  // An optional package with no platform of its own may be absent because of what it hangs on.
  if (entry.os === undefined && entry.cpu === undefined) return false;
  return (
    fits(entry.os, process.platform) &&
    fits(entry.cpu, process.arch) &&
    (libc === undefined || fits(entry.libc, libc))
  );
}

let library;
function cLibrary() {
  if (library === undefined) {
    process.report.excludeNetwork = true;
    library = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  }
  return library;
}

/** Takes the install lock; resolves to the function that gives it back. */
async function takeLock(root) {
  const folder = join(root, lockName);
  const owner = join(folder, 'pid');
  let told = false;
  for (;;) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isStale(folder, owner)) {
      dropStale(folder);
      continue;
    }
    if (!told) process.stderr.write('Another run is installing dependencies; waiting for it …\n');
    told = true;
    await sleep(200);
  }
  writeFileSync(owner, String(process.pid));
  const beat = setInterval(() => {
    try {
      utimesSync(folder, new Date(), new Date());
    } catch {
      // The folder was removed by hand; the install goes on.
    }
  }, lockBeatMs);
  return () => {
    clearInterval(beat);
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Moves a stale lock aside before removing it, so that of two waiters only one removes this very lock. */
function dropStale(folder) {
  const aside = `${folder}-stale-${process.pid}`;
  try {
    const before = statSync(folder).ino;
    renameSync(folder, aside);
    if (statSync(aside).ino === before) rmSync(aside, { recursive: true, force: true });
    else renameSync(aside, folder);
  } catch {
    // Another waiter was faster.
  }
}

/** A lock is stale when its holder is dead, or has not touched it for a while (a holder in another container). */
function isStale(folder, owner) {
  try {
    if (Date.now() - statSync(folder).mtimeMs > lockStaleMs) return true;
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
