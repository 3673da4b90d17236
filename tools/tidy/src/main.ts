/**
 * The repository checks itself: `npm run check -- tidy`.
 *
 * Prints one line per finding and fails if one is an error. With `--lower-ratchet` it first writes down counts
 * that have fallen.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debts, settleDebts } from './debts.ts';
import { printFinding } from './finding.ts';
import { openRepository } from './repository.ts';
import { lowerRatchet, ratchetFile } from './rules/ratchet.ts';
import { rules } from './rules.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
if (process.argv.includes('--lower-ratchet')) {
  const text = JSON.stringify(lowerRatchet(openRepository(root)), undefined, 2);
  writeFileSync(join(root, ratchetFile), `${text}\n`);
}
const repository = openRepository(root);
const findings = settleDebts(
  rules.flatMap((rule) => rule(repository)),
  debts,
);
findings.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : (a.line ?? 0) - (b.line ?? 0)));
for (const finding of findings) console.log(printFinding(finding));
const errors = findings.filter((finding) => finding.warning !== true).length;
const warnings = findings.length - errors;
console.log(
  `tidy: ${errors} errors, ${warnings} warnings, ${debts.length} debts in ${repository.files.length} files`,
);
process.exitCode = errors === 0 ? 0 : 1;
