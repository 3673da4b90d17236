/**
 * What no text file holds: a path of somebody's machine, or a registry's address.
 */
import type { Finding } from '../finding.ts';
import { isTest, type Repository } from '../repository.ts';

const rule = 'text';

/** Producers' real bytes may name their producers' machines. */
const exempt = /^(?:fixtures\/|package-lock\.json$|LICENSE$|tools\/tidy\/src\/rules\/text\.)/;

/** A home with a name in it; a test may make one up. */
const home = /(?<![\w.~}$/-])\/(?:home|Users)\/\w+\/[\w.]/;

const forbidden: readonly (readonly [RegExp, string])[] = [
  [home, 'names a path of one machine: make it relative'],
  [/(?<![\w.~}$/-])\/(?:work|root)\/[\w.]/, 'names a path of one machine: make it relative'],
  [/\bregistry\.(?:npmjs|yarnpkg)\.\w+|\bnpm\.pkg\.github\b/, 'names a registry: leave that to its user'],
];

export function checkText(repository: Repository): Finding[] {
  const findings: Finding[] = [];
  for (const file of repository.files) {
    if (exempt.test(file)) continue;
    const text = repository.read(file);
    const patterns = forbidden.filter(
      ([pattern]) => !(isTest(file) && pattern === home) && pattern.test(text),
    );
    if (patterns.length === 0) continue;
    text.split('\n').forEach((line, index) => {
      const message = patterns.find(([pattern]) => pattern.test(line))?.[1];
      if (message !== undefined) findings.push({ rule, file, line: index + 1, message });
    });
  }
  return findings;
}
