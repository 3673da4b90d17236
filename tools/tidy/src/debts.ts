/**
 * Debts: findings that stand for now, each with the reason why.
 *
 * A debt covers one rule in one file whose message contains the text. A debt that covers nothing any more is
 * itself an error, so that the list can only be true.
 */
import type { Finding } from './finding.ts';

export type Debt = {
  readonly rule: string;
  readonly file: string;
  /** What the finding's message contains. */
  readonly text: string;
  readonly reason: string;
};

export const debts: readonly Debt[] = [
  {
    rule: 'imports',
    file: 'tools/run/run.mjs',
    text: 'apps/tracewright',
    reason:
      'The launcher and the runner need the same facts before anything is installed; the launcher is published.',
  },
  ...['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu'].map((platform) => ({
    rule: 'manifests',
    file: 'package-lock.json',
    text: `@chdb/lib-${platform}`,
    reason: 'Not served where the lock file was written; tools/run/install.mjs installs it by name instead.',
  })),
];

/** Splits findings into those that stand and those that are covered; what covers nothing becomes a finding. */
export function settleDebts(findings: readonly Finding[], list: readonly Debt[]): Finding[] {
  const used = new Set<Debt>();
  const open = findings.filter((finding) => {
    const covering = list.filter(
      (debt) =>
        debt.rule === finding.rule && debt.file === finding.file && finding.message.includes(debt.text),
    );
    for (const debt of covering) used.add(debt);
    return covering.length === 0;
  });
  const paid = list.filter((debt) => !used.has(debt));
  return [
    ...open,
    ...paid.map(({ rule, file, text }) => ({
      rule: 'debts',
      file: 'tools/tidy/src/debts.ts',
      message: `nothing is left of the debt in ${file} (${rule}: ${text}): remove it`,
    })),
  ];
}
