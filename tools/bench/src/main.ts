// The entry of `npm run bench`: measures the program, or loads any OTLP address.

import { LOAD_HELP, loadCommand } from './load/load-command.ts';

const [command, ...rest] = process.argv.slice(2);
if (command === 'load') {
  process.exitCode = await loadCommand(rest);
} else {
  process.stdout.write(LOAD_HELP);
}
