/**
 * All problems of a configuration on stderr, one line each, and how many there were.
 */
import { type Problem, printProblem } from '@tracewright/config';
import type { Terminal } from './terminal.ts';

export function reportProblems(
  { terminal }: { readonly terminal: Terminal },
  problems: readonly Problem[],
  consequence: string,
): void {
  for (const problem of problems) terminal.stderr.write(`${printProblem(problem)}\n`);
  const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`;
  terminal.stderr.write(`${consequence}: ${count} in the configuration.\n`);
}
