/**
 * What every reader of a repository looks for is there.
 */
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';

const rule = 'presence';

const pages: Readonly<Record<string, string>> = {
  'README.md': 'what it is and how to run it in a minute',
  'ARCHITECTURE.md': 'the two roads, the rooms, the life of a span',
  'CONTRIBUTING.md': 'recipes for the usual changes',
  'STYLE.md': 'how code and texts are written here',
  'CHANGELOG.md': 'what changed for its users',
  LICENSE: 'the licence',
};

/** The licence's full text is longer than this; less is a stump. */
const licenceCharsMin = 10_000;

export function checkPresence(repository: Repository): Finding[] {
  const findings: Finding[] = [];
  for (const [file, what] of Object.entries(pages)) {
    if (!repository.has(file)) findings.push({ rule, file, message: `is missing: write it (${what})` });
  }
  if (repository.has('LICENSE') && repository.read('LICENSE').length < licenceCharsMin) {
    findings.push({ rule, file: 'LICENSE', message: 'is not the full text: copy it whole' });
  }
  if (repository.has('CHANGELOG.md') && !/^## Unreleased$/m.test(repository.read('CHANGELOG.md'))) {
    findings.push({ rule, file: 'CHANGELOG.md', message: 'has no "## Unreleased" section: add one' });
  }
  return findings;
}
