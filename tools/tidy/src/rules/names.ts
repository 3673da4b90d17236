/**
 * File and folder names: kebab-case, and saying what is inside.
 */
import type { Finding } from '../finding.ts';
import { type Repository, workspaceOf } from '../repository.ts';

const rule = 'names';

/** Names that fit everything, and therefore tell nothing. */
const empty = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'manager',
  'managers',
  'misc',
  'stuff',
]);
/** Names that a tool or a custom prescribes. */
const prescribed = /^(?:README|ARCHITECTURE|CHANGELOG|LICENSE|NOTICE)(?:\.md)?$|^Dockerfile$|^\./;
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/;
/** Python's modules must be importable by name. */
const python = /^[a-z0-9_]+\.py$/;

export function checkNames(repository: Repository): Finding[] {
  const findings: Finding[] = [];
  for (const file of repository.files) {
    if (workspaceOf(file) === undefined) continue;
    for (const part of file.split('/')) {
      if (prescribed.test(part) || part.startsWith('_')) continue;
      if (!kebab.test(part) && !python.test(part))
        findings.push({ rule, file, message: `${part} is not kebab-case: rename it` });
      const word = part
        .split('.')[0]
        ?.split('-')
        .find((one) => empty.has(one));
      if (word !== undefined) {
        findings.push({ rule, file, message: `"${word}" says nothing: name ${part} after what it holds` });
      }
    }
  }
  return findings;
}
