/**
 * No file imports itself by way of others. Types count too: a cycle of types still means that neither file can
 * be read, moved or tested alone. An import in the middle of code does not: it is how a command is loaded late.
 */
import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { isSource, type Repository } from '../repository.ts';

const rule = 'cycles';

export function checkCycles(repository: Repository): Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const onPath = new Set<string>();

  const walk = (file: string): void => {
    done.add(file);
    path.push(file);
    onPath.add(file);
    for (const { specifier, line, dynamic } of repository.module(file).imports) {
      if (dynamic || !specifier.startsWith('.')) continue;
      const target = posix.join(posix.dirname(file), specifier);
      if (!repository.has(target) || !isSource(target)) continue;
      if (onPath.has(target)) {
        const cycle = [...path.slice(path.indexOf(target)), target].map((one) => posix.basename(one));
        const message = `imports itself (${cycle.join(' → ')}): move what both need into a third file`;
        findings.push({ rule, file, line, message });
      } else if (!done.has(target)) walk(target);
    }
    path.pop();
    onPath.delete(file);
  };
  for (const file of repository.files) if (isSource(file) && !done.has(file)) walk(file);
  return findings;
}
