/**
 * DataSource: whether a data folder is a running server's or nobody's, for commands that work on both.
 *
 * A folder that somebody holds is asked about through the server's API; one that nobody holds is locked, so that no
 * server starts on it meanwhile. Without a folder it is the running server's, and where none runs the usual one.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import { type Connection, connect } from '../cli/connect.ts';
import { expandPath } from '../cli/platform-folders.ts';
import type { Terminal } from '../cli/terminal.ts';
import { usualFolder } from '../cli/usual-folder.ts';
import { type DataLock, lockDataFolder } from '../server/data-lock.ts';
import { isSame } from './is-inside.ts';
import { RESTORING } from './restoring.ts';

export type DataSource =
  | {
      readonly kind: 'running';
      readonly dataPath: string;
      readonly server: Connection;
      readonly isHere: boolean;
    }
  | { readonly kind: 'stopped'; readonly dataPath: string; readonly lock: DataLock };

export type DataSourceChoice = {
  readonly terminal: Terminal;
  readonly options: {
    readonly data: string | undefined;
    readonly server: string | undefined;
    readonly token: string | undefined;
  };
};

const ASK_MS = 10_000;

export async function findDataSource(choice: DataSourceChoice): Promise<Result<DataSource>> {
  const { terminal, options } = choice;
  const server = connect(choice);
  const asked = await server.ask('dataPath', (client, how) => client.getStatus({}, how), {
    timeoutMs: ASK_MS,
  });
  const named = options.data === undefined ? undefined : expandPath(options.data, homedir(), terminal.cwd);
  const running: DataSource | undefined = asked.ok
    ? {
        kind: 'running',
        dataPath: asked.value.dataPath,
        server,
        isHere: existsSync(asked.value.dataPath),
      }
    : undefined;
  if (running !== undefined && (named === undefined || isSame(running.dataPath, named))) return ok(running);
  // Whoever names a server, or is refused by it, does not mean a folder that happens to be here.
  const isElsewhere = !asked.ok && asked.failure.code !== 'unavailable';
  if (named === undefined && !asked.ok && (isElsewhere || options.server !== undefined)) return asked;
  const chosen = named === undefined ? usualFolder(terminal) : ok(named);
  if (!chosen.ok) return chosen;
  const dataPath = chosen.value;
  if (!existsSync(dataPath)) {
    return err(
      failure(
        'not-found',
        `No server answers at ${server.url}, and there is no folder ${dataPath}; name one with --server or --data`,
      ),
    );
  }
  // Whoever mistypes a path would be told that all is well there, or hold a backup of nothing.
  if (!isDataFolder(dataPath)) {
    return err(
      failure(
        'not-found',
        `${dataPath} is no data folder: it has none of ${TRACES.join(', ')}; name one with --data`,
      ),
    );
  }
  const lock = lockDataFolder(dataPath);
  if (lock.ok) return ok({ kind: 'stopped', dataPath, lock: lock.value });
  return err(
    failure(
      'unavailable',
      `${lock.failure.message}. If it is a server that runs, say where it listens with --server (and --token)`,
      { retry: 'never' },
    ),
  );
}

/** What a server, or a restore that was cut short, leaves in its folder. */
const TRACES = ['wal', 'segment-floor', 'engine/metadata', RESTORING];

function isDataFolder(path: string): boolean {
  return TRACES.some((name) => existsSync(join(path, name)));
}
