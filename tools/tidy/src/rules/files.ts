/**
 * Source files: each opens with a comment of what it is for, and none grows beyond what can be read at once.
 * The names of a test file's tests say what it is for.
 */
import type { Finding } from '../finding.ts';
import { isSource, isTest, type Repository, workspaceOf } from '../repository.ts';

const linesWarn = 400;
const linesMax = 600;

export function checkFiles(repository: Repository): Finding[] {
  const findings: Finding[] = [];
  for (const file of repository.files) {
    if (workspaceOf(file) === undefined) continue;
    if (isSource(file)) {
      const { opensWithComment, lines } = repository.module(file);
      if (!opensWithComment && !isTest(file)) findings.push(unopened(file));
      if (lines > linesMax) {
        const message = `has ${lines} lines, more than ${linesMax}: split it along what changes together`;
        findings.push({ rule: 'length', file, message });
      } else if (lines > linesWarn) {
        const message = `has ${lines} lines, more than ${linesWarn}: look for the part that stands alone`;
        findings.push({ rule: 'length', file, message, warning: true });
      }
    } else if (file.endsWith('.sql') && !repository.read(file).trimStart().startsWith('--')) {
      findings.push(unopened(file));
    }
  }
  return findings;
}

function unopened(file: string): Finding {
  const message = 'opens without a comment: say what it is for and what always holds';
  return { rule: 'opening', file, line: 1, message };
}
