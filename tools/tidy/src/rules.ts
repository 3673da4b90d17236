/**
 * All rules, in the order in which they are run. A new rule is a file in `rules/` and a line here.
 */
import type { Finding } from './finding.ts';
import type { Repository } from './repository.ts';
import { checkCycles } from './rules/cycles.ts';
import { checkFiles } from './rules/files.ts';
import { checkImports } from './rules/imports.ts';
import { checkManifests } from './rules/manifests.ts';
import { checkMarkdown } from './rules/markdown.ts';
import { checkNames } from './rules/names.ts';
import { checkPresence } from './rules/presence.ts';
import { checkPurity } from './rules/purity.ts';
import { checkRatchet } from './rules/ratchet.ts';
import { checkText } from './rules/text.ts';

export const rules: readonly ((repository: Repository) => Finding[])[] = [
  checkPresence,
  checkNames,
  checkFiles,
  checkImports,
  checkPurity,
  checkCycles,
  checkManifests,
  checkRatchet,
  checkText,
  checkMarkdown,
];
