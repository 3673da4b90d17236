/** The entry of the program: the command line on this process's own terminal. */

import { writeSync } from 'node:fs';
import { armFailpoints } from '@tracewright/std';
import { processTerminal } from './cli/process-terminal.ts';
import { runCli } from './cli/run-cli.ts';

armFailpoints({
  process,
  say: (line) => writeSync(process.stderr.fd, line),
  after: (delayMs, callback) => setTimeout(callback, delayMs),
});
process.exitCode = await runCli(process.argv.slice(2), processTerminal());
