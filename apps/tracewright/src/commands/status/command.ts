/** `tracewright status`: the accounts. */
import { type Command, defineCommand, jsonOption, serverOptions } from '../../cli/command.ts';

export type StatusOptions = typeof jsonOption & typeof serverOptions;

export const statusCommand: Command = defineCommand<StatusOptions>(
  {
    name: 'status',
    summary: 'Show what came in, what became of it, and how the server is.',
    description: 'Exit code 0 when the server is ready, takes in, and nothing is set aside; else 1.',
    examples: [
      { line: 'tracewright status', about: 'received, rejected, stored, in flight; disk; lag' },
      { line: 'tracewright status --json', about: 'for a program' },
    ],
    class: 'finite',
    options: { ...jsonOption, ...serverOptions },
  },
  async () => (await import('./run.ts')).runStatus,
);
