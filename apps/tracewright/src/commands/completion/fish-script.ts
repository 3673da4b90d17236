/**
 * Completion for fish: one line for each word, with the condition under which it is offered.
 */
import type { FlagWords, VerbWords } from './completion-words.ts';

export function fishScript(program: string, words: readonly VerbWords[]): string {
  const name = program.replace(/\W/g, '_');
  const lines = [
    `# Completion of ${program} for fish: ${program} completion fish | source`,
    `function __${name}_names`,
    `  ${program} completion-names service 2>/dev/null`,
    'end',
    `complete -c ${program} -f`,
  ];
  for (const verb of words) {
    const condition = conditionOf(verb);
    for (const child of verb.verbs)
      lines.push(
        `complete -c ${program} -n ${quote(condition)} -a ${quote(child.name)} -d ${quote(child.summary)}`,
      );
    const values = valueText(verb.values, verb.live);
    if (values !== '') lines.push(`complete -c ${program} -n ${quote(condition)}${values}`);
    for (const flag of verb.flags) lines.push(flagLine(flag, condition));
  }
  return `${lines.join('\n')}\n`;

  /** The verb's own words are there, and none of the words that would go on from it. */
  function conditionOf(verb: VerbWords): string {
    const own = verb.path.split(' ').filter(Boolean);
    const seen = own.map((word) => `__fish_seen_subcommand_from ${word}`);
    const not =
      verb.verbs.length === 0
        ? []
        : [`not __fish_seen_subcommand_from ${verb.verbs.map((v) => v.name).join(' ')}`];
    // A verb below a group must not be mistaken for one of the same name elsewhere, hence all words of its path.
    return [...seen, ...not].join('; and ') || 'true';
  }

  function flagLine(flag: FlagWords, condition: string): string {
    const flags = flag.flags.map((one) =>
      one.startsWith('--') ? `-l ${quote(one.slice(2))}` : `-s ${one.slice(1)}`,
    );
    const exclusive = flag.live === 'file' ? ' -r' : ' -x';
    const value = flag.takesValue ? `${exclusive}${valueText(flag.values, flag.live)}` : '';
    return `complete -c ${program} -n ${quote(condition)} ${flags.join(' ')} -d ${quote(flag.summary)}${value}`;
  }

  function valueText(values: readonly string[], live: string | undefined): string {
    if (live === 'service') return ` -a ${quote(`(__${name}_names)`)}`;
    if (live === 'file') return ' -F';
    return values.length === 0 ? '' : ` -a ${quote(values.join(' '))}`;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
