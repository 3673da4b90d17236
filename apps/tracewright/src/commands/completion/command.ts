/** `tracewright completion <shell>`, and the hidden verb that the scripts call for names only the server knows. */
import { type Command, defineCommand, serverOptions } from '../../cli/command.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

const none = {} as const;
export type NoOptions = typeof none;
export type NamesOptions = typeof serverOptions;

export const completionCommand: Command = defineCommand<NoOptions>(
  {
    name: 'completion',
    summary: 'Print the script that completes commands, options, and the names of services.',
    examples: [
      { line: 'source <(tracewright completion bash)', about: 'in ~/.bashrc' },
      { line: 'source <(tracewright completion zsh)', about: 'in ~/.zshrc, after compinit' },
      {
        line: 'tracewright completion fish > ~/.config/fish/completions/tracewright.fish',
        about: 'for fish',
      },
    ],
    class: 'artifact',
    arguments: [{ name: 'shell', summary: 'bash, zsh or fish.', values: shells }],
    options: none,
  },
  async () => (await import('./run.ts')).runCompletion,
);

export const namesCommand: Command = defineCommand<NamesOptions>(
  {
    name: 'completion-names',
    summary: 'Names for completion, one a line; nothing when no server answers at once.',
    examples: [],
    class: 'finite',
    arguments: [{ name: 'what', summary: 'Which names.', values: ['service'] }],
    options: serverOptions,
    hidden: true,
  },
  async () => (await import('./run.ts')).runNames,
);
