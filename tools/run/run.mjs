#!/usr/bin/env node
/**
 * Runs the repository: `npm start`, `npm test`, `npm run check`, `npm run bench`, `npm run demo`,
 * `npm run soak`.
 *
 * Plain JavaScript without dependencies, because it is what a fresh clone is started with, by whatever Node
 * (20 or newer) the machine has. It installs what is missing and then runs the verb with the Node that is pinned
 * through npm; when nothing is missing it costs a few milliseconds.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceBy } from '../../apps/tracewright/bin/exec.mjs';
import {
  engineUnsupported,
  nodeSuffices,
  pinnedNode,
  serverNodeFlags,
  thisMachine,
} from '../../apps/tracewright/bin/platform.mjs';
import { runChecks } from './check.mjs';
import { ensureInstalled } from './install.mjs';
import { testArguments } from './tests.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const verbs = {
  start: {
    summary: 'run the server (npm start -- --data DIR …)',
    run: source('apps/tracewright/src/main.ts', ['serve'], serverNodeFlags),
  },
  test: {
    summary: 'run the tests, or those whose path contains a given text (npm test -- wire otlp)',
    run: test,
  },
  check: {
    summary: 'format, lint, types, tidy, unused code (npm run check -- --fix, or -- tidy)',
    run: check,
  },
  build: {
    summary: 'bundle the program for publishing (npm pack -w apps/tracewright does it, too)',
    run: source('apps/tracewright/build/main.ts'),
  },
  bench: { summary: 'measure and print a table', run: source('tools/bench/src/main.ts') },
  demo: { summary: 'run the demo shop', run: source('apps/demo/src/main.ts') },
  soak: {
    summary: 'the long tests: kills, overload, fuzzing (npm run soak -- --help)',
    run: source('tools/soak/src/main.ts'),
  },
};

await main();

async function main() {
  const [verb = 'help', ...args] = process.argv.slice(2);
  if (verb === 'help' || verb === '--help' || verb === '-h') {
    process.stdout.write(help());
    return;
  }
  if (!Object.hasOwn(verbs, verb)) {
    process.stderr.write(`There is no verb "${verb}".\n\n${help()}`);
    process.exitCode = 2;
    return;
  }
  const machine = thisMachine();
  const unsupported = engineUnsupported(machine);
  if (unsupported !== undefined) fail(unsupported);
  const failure = await ensureInstalled(root);
  if (failure !== undefined) fail(failure);
  const node = pinnedNode(root) ?? (nodeSuffices(machine.nodeVersion) ? process.execPath : undefined);
  if (node === undefined) {
    fail(
      `The Node pinned through npm is not installed for ${machine.platform} on ${machine.arch}: run "npm ci --include=optional".`,
    );
  }
  await verbs[verb].run(node, args);
}

/** A verb that is one TypeScript program, run where the caller stands. */
function source(path, first = [], nodeFlags = []) {
  const entry = join(root, path);
  return (node, args) =>
    replaceBy(node, [...nodeFlags, entry, ...first, ...args], { cwd: callersFolder(), env: environment() });
}

async function test(node, args) {
  const found = testArguments(root, args, callersFolder());
  if (found.failure !== undefined) fail(found.failure);
  replaceBy(node, found.arguments, { cwd: root, env: environment() });
}

async function check(node, args) {
  process.exitCode = await runChecks(root, node, args, environment());
}

/** npm moves to the repository's root and says where its user stood; relative paths are meant from there. */
function callersFolder() {
  const byNpm = process.env.npm_package_json === join(root, 'package.json');
  return (byNpm ? process.env.INIT_CWD : undefined) ?? process.cwd();
}

/** Without what the test runner tells its children, so that a test may run this program. */
function environment() {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return env;
}

function help() {
  const lines = Object.entries(verbs).map(([name, { summary }]) => `  ${name.padEnd(8)}${summary}`);
  return `Usage: npm start | npm test | npm run check | npm run build | npm run bench | npm run demo | npm run soak, each with: -- ARGUMENTS\n\n${lines.join('\n')}\n`;
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
