/**
 * Every verb of the command line, in the order in which help shows them.
 */
import { type Command, defineGroup } from '../cli/command.ts';
import { backupCommand } from './backup/command.ts';
import { checkCommand } from './check/command.ts';
import { completionCommand, namesCommand } from './completion/command.ts';
import { configCommand } from './config/command.ts';
import { logsCommand } from './logs/command.ts';
import { restoreCommand } from './restore/command.ts';
import { searchCommand } from './search/command.ts';
import { serveCommand } from './serve/command.ts';
import { servicesCommand } from './services/command.ts';
import { statusCommand } from './status/command.ts';
import { traceCommand } from './trace/command.ts';

export const catalogue: Command = defineGroup(
  {
    name: 'tracewright',
    summary: 'Traces and logs: taken in, kept for good, found again.',
    examples: [
      { line: 'tracewright serve', about: 'take in traces and logs on 4317 and 4318, answer on 16686' },
      { line: 'tracewright search --errors --since 1h', about: 'what failed in the last hour' },
      { line: 'tracewright trace 4bf92f3577b34da6a3ce929d0e0e4736', about: 'one trace as a waterfall' },
      { line: 'tracewright logs --follow --severity warn', about: 'warnings and errors as they arrive' },
    ],
  },
  [
    serveCommand,
    traceCommand,
    searchCommand,
    logsCommand,
    servicesCommand,
    statusCommand,
    checkCommand,
    backupCommand,
    restoreCommand,
    configCommand,
    completionCommand,
    namesCommand,
  ],
);
