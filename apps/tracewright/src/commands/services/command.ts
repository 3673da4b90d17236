/** `tracewright services`: who sent something. */
import { type Command, defineCommand, jsonOption, serverOptions } from '../../cli/command.ts';

export type ServicesOptions = typeof jsonOption & typeof serverOptions;

export const servicesCommand: Command = defineCommand<ServicesOptions>(
  {
    name: 'services',
    summary: 'List the services that sent something, or the operations of one of them.',
    examples: [
      { line: 'tracewright services', about: 'every service' },
      { line: 'tracewright services checkout', about: 'what checkout does' },
    ],
    class: 'finite',
    arguments: [
      { name: 'service', summary: 'List the operations of this one.', optional: true, complete: 'service' },
    ],
    options: { ...jsonOption, ...serverOptions },
  },
  async () => (await import('./run.ts')).runServices,
);
