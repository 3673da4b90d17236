/** Resolves the configuration and hands it to the server. */
import type { Call } from '../../cli/command.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { loadConfig } from '../../cli/load-config.ts';
import { reportProblems } from '../../cli/report-problems.ts';
import type { ServeOptions } from './command.ts';

export async function runServe(call: Call<ServeOptions>): Promise<number> {
  const { terminal, options, settingFlags } = call;
  const { env, cwd } = terminal;
  const loaded = loadConfig({ env, cwd, flags: settingFlags, file: options.config });
  if (!loaded.ok) {
    reportProblems(call, loaded.failure, 'The server does not start');
    return exitCode.usage;
  }
  const { serve } = await import('../../serve.ts');
  return serve(loaded.value.config, terminal);
}
