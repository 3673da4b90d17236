/** Restoring: how a data folder shows that a restore into it is not finished. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder below the data folder in which a restore gathers its files. */
export const RESTORING = 'restoring';

/** Why no server may start on the folder; undefined when one may. */
export function unfinishedRestore(dataPath: string): string | undefined {
  if (!existsSync(join(dataPath, RESTORING))) return undefined;
  return `A restore into ${dataPath} was cut short: run "tracewright restore" again, or remove ${join(dataPath, RESTORING)}`;
}
