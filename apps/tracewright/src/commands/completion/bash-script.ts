/**
 * Completion for bash, without need of the bash-completion package.
 */
import type { VerbWords } from './completion-words.ts';

export function bashScript(program: string, words: readonly VerbWords[]): string {
  const name = program.replace(/\W/g, '_');
  const valueFlags = new Set(
    words.flatMap(({ flags }) => flags.filter((f) => f.takesValue).flatMap((f) => f.flags)),
  );
  return `# Completion of ${program} for bash: source <(${program} completion bash)
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" path="" i=1
  COMPREPLY=()
  # The verbs before the cursor; options and their values do not count.
  while ((i < COMP_CWORD)); do
    case "\${COMP_WORDS[i]}" in
      ${[...valueFlags].join('|')}) ((i++)) ;;
      -*) ;;
      *)
        case "$path \${COMP_WORDS[i]}" in
          ${words
            .filter(({ path }) => path !== '')
            .map(({ path }) => quote(` ${path}`))
            .join('|')}) path="$path \${COMP_WORDS[i]}" ;;
        esac
        ;;
    esac
    ((i++))
  done
  case "$path:$before" in
${words.flatMap(valueCases).join('\n')}
  esac
  local choices="" live=""
  case "$path" in
${words.map(verbCase).join('\n')}
  esac
  if [[ "$word" == -* ]]; then
    case "$path" in
${words.map((verb) => `      ${quote(pathText(verb))}) choices=${quote(verb.flags.flatMap((f) => f.flags).join(' '))} ;;`).join('\n')}
    esac
    live=""
  fi
  [[ "$live" == service ]] && choices="$(${program} completion-names service 2>/dev/null)"
  if [[ "$live" == file ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
  fi
}
complete -F _${name} ${program}
`;

  function valueCases(verb: VerbWords): string[] {
    return verb.flags
      .filter((flag) => flag.takesValue)
      .map((flag) => {
        const pattern = flag.flags.map((one) => quote(`${pathText(verb)}:${one}`)).join('|');
        if (flag.live === 'service')
          return `    ${pattern}) mapfile -t COMPREPLY < <(compgen -W "$(${program} completion-names service 2>/dev/null)" -- "$word"); return ;;`;
        if (flag.live === 'file')
          return `    ${pattern}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;`;
        return `    ${pattern}) mapfile -t COMPREPLY < <(compgen -W ${quote(flag.values.join(' '))} -- "$word"); return ;;`;
      });
  }

  function verbCase(verb: VerbWords): string {
    const choices = [...verb.verbs.map((v) => v.name), ...verb.values].join(' ');
    const live = verb.live === undefined ? '' : ` live=${verb.live}`;
    return `    ${quote(pathText(verb))}) choices=${quote(choices)}${live} ;;`;
  }
}

function pathText({ path }: VerbWords): string {
  return path === '' ? '' : ` ${path}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
