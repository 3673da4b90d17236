#!/usr/bin/env node
/**
 * The command `tracewright`: starts the program with a Node that is new enough.
 *
 * Plain JavaScript that Node 20 reads. If this Node suffices, the program runs in this very process; otherwise
 * with the Node that npm installed beside it. The server gets a Node with flags of its own. In the repository the program is TypeScript source, in the
 * published package one bundled file; both are found from here.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { replaceBy } from './exec.mjs';
import {
  engineUnsupported,
  nodeMajorMin,
  nodeSuffices,
  pinnedNode,
  serverNodeFlags,
  thisMachine,
} from './platform.mjs';

const home = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(home, 'src', 'main.ts');
const program = existsSync(source) ? source : join(home, 'dist', 'main.js');
const args = process.argv.slice(2);
const machine = thisMachine();

// Stripping types takes a compiler of 30 MB into each process and thread. What it made is kept beside the packages.
if (existsSync(source)) process.env.NODE_COMPILE_CACHE ??= join(home, 'node_modules', '.cache', 'compiled');

// Only the server holds the storage engine; every other command may run where the engine cannot.
const isServer = args.includes('serve');
const unsupported = isServer ? engineUnsupported(machine) : undefined;
const node = pinnedNode(home);

if (unsupported !== undefined) {
  fail(unsupported);
} else if (nodeSuffices(machine.nodeVersion)) {
  if (isServer) replaceBy(process.execPath, [...process.execArgv, ...serverNodeFlags, program, ...args]);
  else await import(pathToFileURL(program).href);
} else if (node !== undefined) {
  replaceBy(node, [...(isServer ? serverNodeFlags : []), program, ...args]);
} else {
  fail(
    `Tracewright needs Node ${nodeMajorMin} or newer, and this is ${machine.nodeVersion}; npm installs a newer one beside it on Linux and macOS (x64, arm64), but here there is none: install Node ${nodeMajorMin}, or install again without --omit=optional.`,
  );
}

/** @param {string} sentence */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
