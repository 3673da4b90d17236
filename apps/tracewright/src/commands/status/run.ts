/** Asks for the accounts and prints them. */
import type { Call } from '../../cli/command.ts';
import { connect, reportFailure } from '../../cli/connect.ts';
import { exitCode } from '../../cli/exit-code.ts';
import type { StatusOptions } from './command.ts';
import { statusText } from './status-text.ts';

export async function runStatus(call: Call<StatusOptions>): Promise<number> {
  const { terminal, options } = call;
  const server = connect(call);
  const answer = await server.ask('accounts', (client, how) => client.getStatus({}, how));
  if (!answer.ok) return reportFailure(call, answer.failure);
  const status = answer.value;
  if (options.json) terminal.stdout.write(`${JSON.stringify(status)}\n`);
  else terminal.stdout.write(statusText(status, server.url, call));
  const isWell =
    status.ready &&
    status.refusing === undefined &&
    status.wal.quarantined.length === 0 &&
    status.storage.setAside.length === 0;
  return isWell ? exitCode.ok : exitCode.failure;
}
