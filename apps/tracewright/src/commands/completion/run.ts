/** Prints a completion script, or the names for one. */
import type { Call } from '../../cli/command.ts';
import { connect } from '../../cli/connect.ts';
import { visible } from '../../cli/display-text.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { settings } from '../../settings.ts';
import { catalogue } from '../catalogue.ts';
import { bashScript } from './bash-script.ts';
import type { NamesOptions, NoOptions } from './command.ts';
import { completionWords } from './completion-words.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

/** Someone pressed a key and waits. */
const namesTimeoutMs = 400;

export async function runCompletion(call: Call<NoOptions>): Promise<number> {
  const words = completionWords(catalogue, settings);
  const [shell] = call.arguments;
  const script = shell === 'bash' ? bashScript : shell === 'zsh' ? zshScript : fishScript;
  call.terminal.stdout.write(script(catalogue.name, words));
  return exitCode.ok;
}

/** Silent whatever happens: a completion that prints an error is worse than none. */
export async function runNames(call: Call<NamesOptions>): Promise<number> {
  const answer = await connect(call).ask('services', (client, how) => client.listServices({}, how), {
    timeoutMs: namesTimeoutMs,
  });
  if (answer.ok) for (const name of answer.value.services) call.terminal.stdout.write(`${visible(name)}\n`);
  return exitCode.ok;
}
