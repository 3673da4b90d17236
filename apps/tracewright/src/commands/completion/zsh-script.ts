/**
 * Completion for zsh, with the summaries beside the words.
 */
import type { FlagWords, VerbWords } from './completion-words.ts';

export function zshScript(program: string, words: readonly VerbWords[]): string {
  const name = program.replace(/\W/g, '_');
  return `#compdef ${program}
# Completion of ${program} for zsh: source <(${program} completion zsh), after compinit

__${name}_names() {
  local -a names
  names=(\${(f)"$(${program} completion-names service 2>/dev/null)"})
  (( \${#names} )) && compadd -a names
}

${words.map(verbFunction).join('\n')}
# Sourced: register. Found through fpath: run.
if [[ "\${funcstack[1]}" == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${program}
fi
`;

  function functionName(path: string): string {
    return `_${[name, ...path.split(' ').filter(Boolean)].join('_').replace(/\W/g, '_')}`;
  }

  function verbFunction(verb: VerbWords): string {
    const specs = verb.flags.map((flag) => `    ${flagSpec(flag)}`);
    if (verb.verbs.length === 0) {
      const positional = verb.live ?? (verb.values.length > 0 ? 'values' : undefined);
      if (positional !== undefined) specs.push(`    ${quote(`1:value:${action(verb.values, verb.live)}`)}`);
      return `${functionName(verb.path)}() {\n  _arguments -s \\\n${specs.join(' \\\n')}\n}\n`;
    }
    const list = verb.verbs.map((v) => `    ${quote(`${v.name}:${v.summary}`)}`).join('\n');
    const cases = verb.verbs
      .map((v) => `    ${v.name}) ${functionName(`${verb.path} ${v.name}`)} ;;`)
      .join('\n');
    return `${functionName(verb.path)}() {
  local state line
  local -a verbs
  verbs=(
${list}
  )
  _arguments -C \\
${specs.join(' \\\n')} \\
    '1: :->verb' \\
    '*:: :->rest'
  case "$state" in
    verb) _describe command verbs ;;
    rest) case "$line[1]" in
${cases}
    esac ;;
  esac
}
`;
  }

  function flagSpec(flag: FlagWords): string {
    const summary = flag.summary.replace(/[[\]\\:]/g, '\\$&');
    const value = flag.takesValue ? `:value:${action(flag.values, flag.live)}` : '';
    const spec = quote(`[${summary}]${value}`);
    // Every option may be repeated: zsh would otherwise stop to offer the repeatable ones.
    return flag.flags.length === 1 ? `'*'${flag.flags[0]}${spec}` : `'*'{${flag.flags.join(',')}}${spec}`;
  }

  function action(values: readonly string[], live: string | undefined): string {
    if (live === 'service') return `__${name}_names`;
    if (live === 'file') return '_files';
    return values.length === 0 ? ' ' : `(${values.join(' ')})`;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
