/** UsualFolder: the data folder that the configuration names, for verbs that were given none. */
import { printProblem } from '@tracewright/config';
import { err, failure, ok, type Result } from '@tracewright/std';
import { loadConfig } from './load-config.ts';
import type { Terminal } from './terminal.ts';

/** Fails where the configuration has mistakes: a default in its place would be another folder than the server's. */
export function usualFolder({ env, cwd }: Pick<Terminal, 'env' | 'cwd'>): Result<string> {
  const loaded = loadConfig({ env, cwd, flags: { entries: [], problems: [], rest: [] } });
  if (loaded.ok) return ok(loaded.value.config.values.storage.path);
  const problems = loaded.failure.map(printProblem).join('; ');
  return err(failure('invalid', `The configuration is not right: ${problems}. Name a folder with --data`));
}
