/** The command line as a process of its own, for tests that look at exit codes and streams. */
import { processTerminal } from '../process-terminal.ts';
import { runCli } from '../run-cli.ts';

process.exitCode = await runCli(process.argv.slice(2), processTerminal());
