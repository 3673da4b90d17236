/**
 * What a rule reports: one place, one sentence with what to do there.
 */

export type Finding = {
  /** The rule's id. */
  readonly rule: string;
  /** Path from the repository's root, with forward slashes. */
  readonly file: string;
  /** From 1; undefined where the file as a whole is meant. */
  readonly line?: number;
  /** What is wrong and what to do, without a full stop. */
  readonly message: string;
  /** A warning is shown and does not fail the run. Without it the finding is an error. */
  readonly warning?: true;
};

/** One line for a finding, in the form that editors and CI turn into a link. */
export function printFinding(finding: Finding): string {
  const place = finding.line === undefined ? finding.file : `${finding.file}:${finding.line}`;
  return `${place}  ${finding.warning === true ? 'warning ' : ''}${finding.rule}: ${finding.message}`;
}
