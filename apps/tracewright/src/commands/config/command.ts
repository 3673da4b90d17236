/** `tracewright config …`: what the settings are, and where each one comes from. */
import { type Command, defineCommand, defineGroup, jsonOption } from '../../cli/command.ts';

const fileOption = {
  config: {
    kind: 'path',
    flag: '--config',
    short: '-c',
    placeholder: 'file',
    summary: 'Configuration file; TRACEWRIGHT_CONFIG, or tracewright.yaml in this folder if it is there.',
    complete: 'file',
  },
} as const;

const changedOption = {
  changed: { kind: 'boolean', flag: '--changed', summary: 'Only settings that differ from their default.' },
} as const;

const forceOption = {
  force: { kind: 'boolean', flag: '--force', summary: 'Replace a file that is already there.' },
} as const;

const outputOption = {
  output: {
    kind: 'path',
    flag: '--output',
    short: '-o',
    placeholder: 'file',
    summary: 'Write the page to a file.',
    complete: 'file',
  },
} as const;

export type PrintOptions = typeof changedOption & typeof fileOption & typeof jsonOption;
export type CheckOptions = typeof jsonOption;
export type InitOptions = typeof forceOption & typeof jsonOption;
export type ReferenceOptions = typeof outputOption & typeof jsonOption;

const print = defineCommand(
  {
    name: 'print',
    summary: 'Show each setting, its value, and where the value comes from.',
    examples: [
      { line: 'tracewright config print', about: 'what "tracewright serve" would run with here' },
      { line: 'tracewright config print --changed', about: 'only what someone decided' },
      { line: 'tracewright config print --data ./traces --json', about: 'with a flag, for a program' },
    ],
    class: 'finite',
    options: { ...changedOption, ...fileOption, ...jsonOption },
    settings: true,
  },
  async () => (await import('./run.ts')).runPrint,
);

const check = defineCommand(
  {
    name: 'check',
    summary: 'Judge a configuration file: unknown keys, wrong values, values that do not go together.',
    examples: [{ line: 'tracewright config check tracewright.yaml', about: 'every mistake, with its line' }],
    class: 'finite',
    arguments: [{ name: 'file', summary: 'The file to judge.', complete: 'file' }],
    options: jsonOption,
  },
  async () => (await import('./run.ts')).runCheck,
);

const init = defineCommand(
  {
    name: 'init',
    summary: 'Write a commented sample file with every setting.',
    examples: [{ line: 'tracewright config init', about: 'writes tracewright.yaml into this folder' }],
    class: 'artifact',
    arguments: [
      {
        name: 'file',
        summary: 'Where to write; tracewright.yaml if absent.',
        optional: true,
        complete: 'file',
      },
    ],
    options: { ...forceOption, ...jsonOption },
  },
  async () => (await import('./run.ts')).runInit,
);

const reference = defineCommand(
  {
    name: 'reference',
    summary: 'Explain every setting, as a Markdown page.',
    examples: [
      { line: 'tracewright config reference | less', about: 'every key, default, variable and flag' },
    ],
    class: 'artifact',
    options: { ...outputOption, ...jsonOption },
  },
  async () => (await import('./run.ts')).runReference,
);

export const configCommand: Command = defineGroup(
  {
    name: 'config',
    summary: 'Show, check, begin and explain the configuration.',
    examples: [
      { line: 'tracewright config print', about: 'each value and where it comes from' },
      { line: 'tracewright config init', about: 'begin with a commented sample' },
    ],
  },
  [print, check, init, reference],
);
