/**
 * Where this kind of machine keeps the data of programs, as a function of what the machine says of itself.
 */
import { posix } from 'node:path';

export interface Machine {
  readonly platform: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The folder for the server's data where no setting names one. */
export function dataFolder({ platform, home, env }: Machine): string {
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'tracewright');
  return posix.join(absolute(env['XDG_DATA_HOME']) ?? posix.join(home, '.local', 'share'), 'tracewright');
}

/** "~" and "~/x" are the home folder; other paths are relative to `cwd`. */
export function expandPath(path: string, home: string, cwd: string): string {
  if (path === '~' || path.startsWith('~/')) return posix.join(home, path.slice(1));
  return posix.resolve(cwd, path);
}

/** The XDG specification says that relative values are to be ignored. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') === true ? path : undefined;
}
