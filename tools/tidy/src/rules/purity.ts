/**
 * Pure rooms take everything from their arguments: no `node:*`, no clock, chance, environment, console, timers
 * or network. What they need of these is handed in. Their tests may use what they like.
 */
import { pureRooms } from '../arrows.ts';
import type { Finding } from '../finding.ts';
import { isSource, isTest, type Repository, workspaceOf } from '../repository.ts';

const rule = 'purity';

/** A name from the surroundings, by what it gives. Names of members are spelled out: `Date.now`. */
const forbidden: readonly (readonly [RegExp, string])[] = [
  [/^(?:Date\.now|new Date\(\)|performance(?:\..*)?|Temporal\.Now)$/, 'the clock'],
  [/^(?:Math\.random|crypto(?:\..*)?)$/, 'chance'],
  [
    /^(?:process|window|document|navigator|localStorage|location|globalThis|self)(?:\..*)?$/,
    'the environment',
  ],
  [/^console(?:\..*)?$/, 'the console'],
  [/^(?:setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|clearImmediate)$/, 'timers'],
  [/^(?:fetch|WebSocket|XMLHttpRequest|EventSource)$/, 'the network'],
  [/^(?:Buffer(?:\..*)?|require|__dirname|__filename)$/, 'what only Node has'],
];

export function checkPurity(repository: Repository): Finding[] {
  const findings: Finding[] = [];
  for (const file of repository.files) {
    const room = workspaceOf(file) ?? '';
    if (!pureRooms.has(room) || !file.startsWith(`${room}/src/`) || !isSource(file) || isTest(file)) continue;
    const { imports, globals, metas } = repository.module(file);
    for (const { specifier, line } of imports) {
      if (!specifier.startsWith('node:')) continue;
      findings.push({
        rule,
        file,
        line,
        message: `'${specifier}' exists only in Node: take a function or value instead`,
      });
    }
    for (const { name, line } of globals) {
      const what = forbidden.find(([pattern]) => pattern.test(name))?.[1];
      if (what !== undefined)
        findings.push({ rule, file, line, message: `${name} reads ${what}: have it handed in` });
    }
    for (const { name, line } of metas) {
      findings.push({
        rule,
        file,
        line,
        message: `import.meta.${name} reads the environment: have it handed in`,
      });
    }
  }
  return findings;
}
