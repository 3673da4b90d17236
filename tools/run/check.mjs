/**
 * `npm run check`: everything a program can say about the sources without running them.
 *
 * All checks run even if one fails; what the failing ones said comes first, a table of all comes last.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const checks = {
  biome: {
    summary: 'format and lint',
    command: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
    fix: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', '--error-on-warnings', '.'],
  },
  types: {
    summary: 'TypeScript',
    command: ['node_modules/typescript/bin/tsc', '--noEmit', '--pretty', 'false'],
  },
  tidy: {
    summary: "the repository's own rules",
    command: ['tools/tidy/src/main.ts'],
    fix: ['tools/tidy/src/main.ts', '--lower-ratchet'],
  },
  knip: {
    summary: 'unused files, exports, dependencies',
    command: ['node_modules/knip/bin/knip.js', '--no-progress'],
  },
};

/**
 * Runs the checks named in `args` (all without any), with `--fix` repairing what can be; returns the exit code.
 * @param {string} root
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>}
 */
export async function runChecks(root, node, args, env) {
  const fix = args.includes('--fix');
  const names = args.filter((arg) => arg !== '--fix');
  const unknown = names.find((name) => !Object.hasOwn(checks, name));
  if (unknown !== undefined) {
    process.stderr.write(
      `There is no check "${unknown}"; there are ${Object.keys(checks).join(', ')}, and --fix.\n`,
    );
    return 2;
  }
  const chosen = names.length === 0 ? Object.keys(checks) : names;
  const rows = [];
  for (const name of chosen) {
    const one = checks[name];
    const command = (fix ? one.fix : undefined) ?? one.command;
    if (!existsSync(join(root, command[0]))) {
      rows.push({ name, outcome: 'missing', seconds: 0, summary: one.summary });
      process.stdout.write(`── ${name}: ${command[0]} is not there\n\n`);
      continue;
    }
    const started = performance.now();
    const { code, output } = await run(root, node, command, env);
    rows.push({
      name,
      outcome: code === 0 ? 'ok' : 'FAILED',
      seconds: (performance.now() - started) / 1000,
      summary: one.summary,
    });
    if (code !== 0) process.stdout.write(`── ${name}\n${output.trimEnd()}\n\n`);
  }
  for (const { name, outcome, seconds, summary } of rows) {
    process.stdout.write(
      `${name.padEnd(8)}${outcome.padEnd(9)}${seconds.toFixed(1).padStart(5)} s  ${summary}\n`,
    );
  }
  return rows.every((row) => row.outcome === 'ok') ? 0 : 1;
}

function run(root, node, command, env) {
  const child = spawn(node, command, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}
