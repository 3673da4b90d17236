/** The entry of the program: the command line on this process's own terminal. */

import fs from 'node:fs';
import { armFailpoints } from '@tracewright/std';
import { processTerminal } from './cli/process-terminal.ts';
import { runCli } from './cli/run-cli.ts';

armFailpoints({ process, fs, setTimeout });
process.exitCode = await runCli(process.argv.slice(2), processTerminal());
