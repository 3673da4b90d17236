/** One name a line, so that other programs need no parsing. */
import type { Call } from '../../cli/command.ts';
import { connect, reportFailure } from '../../cli/connect.ts';
import { visible } from '../../cli/display-text.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { serviceSlots } from '../../cli/style.ts';
import { printTable } from '../../cli/table.ts';
import type { ServicesOptions } from './command.ts';
import { explainNothing, nothingYet } from './explain-nothing.ts';

export async function runServices(call: Call<ServicesOptions>): Promise<number> {
  const { terminal, options, style } = call;
  const [service] = call.arguments;
  const server = connect(call);
  if (service !== undefined) {
    const answer = await server.ask('operations', (client, how) => client.listOperations({ service }, how));
    if (!answer.ok) return reportFailure(call, answer.failure);
    const { operations } = answer.value;
    if (options.json) terminal.stdout.write(`${JSON.stringify(answer.value)}\n`);
    else if (operations.length === 0) {
      const plain = `Nothing arrived from ${visible(service)}.`;
      terminal.stderr.write(`${await explainNothing(server, service, plain)}\n`);
    } else {
      const rows = operations.map((operation) => [visible(operation.kind), visible(operation.name)]);
      terminal.stdout.write(printTable([{ title: 'KIND' }, { title: 'OPERATION', cut: true }], rows, call));
    }
    return operations.length === 0 && !options.json ? exitCode.failure : exitCode.ok;
  }
  const answer = await server.ask('services', (client, how) => client.listServices({}, how));
  if (!answer.ok) return reportFailure(call, answer.failure);
  const { services } = answer.value;
  if (options.json) terminal.stdout.write(`${JSON.stringify(answer.value)}\n`);
  else if (services.length === 0) terminal.stderr.write(`${nothingYet}\n`);
  else {
    const slots = serviceSlots(services);
    for (const name of services)
      terminal.stdout.write(`${style.service(slots.get(name) ?? 0, visible(name))}\n`);
  }
  return exitCode.ok;
}
