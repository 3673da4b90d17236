/** The entry of the program: the command line on this process's own terminal. */

import { processTerminal } from './cli/process-terminal.ts';
import { runCli } from './cli/run-cli.ts';

process.exitCode = await runCli(process.argv.slice(2), processTerminal());
