/** `tracewright check`: whether a data folder is whole. */
import { type Command, dataOption, defineCommand, jsonOption, serverOptions } from '../../cli/command.ts';

export type CheckOptions = typeof dataOption & typeof jsonOption & typeof serverOptions;

export const checkCommand: Command = defineCommand<CheckOptions>(
  {
    name: 'check',
    summary: 'Verify all data, while the server runs or not, and say what to do about each finding.',
    description:
      'Reads every segment and every part of the tables and compares them with their checksums; changes nothing. Exit code 0 when all is well, 1 when something is damaged or missing, 2 when the command was wrong.',
    examples: [
      { line: 'tracewright check', about: 'the data of the running server' },
      { line: 'tracewright check --data ./traces', about: 'a folder that no server uses' },
      { line: 'tracewright check --json', about: 'for a program' },
    ],
    class: 'finite',
    options: { ...dataOption, ...jsonOption, ...serverOptions },
  },
  async () => (await import('./run.ts')).runCheck,
);
