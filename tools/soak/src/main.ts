/** The entry of `npm run soak`: the long versions of what `npm test` proves in seconds. */
import { soakCommand } from './soak-command.ts';

process.exitCode = await soakCommand(process.argv.slice(2));
