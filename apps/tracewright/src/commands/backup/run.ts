/**
 * Makes a backup: from a snapshot that the server holds meanwhile, or from a folder that nobody uses. It is written
 * under another name and gets its own when all of it, and its manifest, has reached the disk.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import { readHeldElsewhere, SCHEMA_VERSION } from '@tracewright/storage';
import { copyFiles, listFiles, syncFolder } from '../../backup/copy-files.ts';
import { isData, isForever } from '../../backup/data-folder.ts';
import { type DataSource, findDataSource } from '../../backup/data-source.ts';
import { isInside } from '../../backup/is-inside.ts';
import { MANIFEST, type Manifest, printManifest, readManifest } from '../../backup/manifest.ts';
import type { Call } from '../../cli/command.ts';
import { reportFailure } from '../../cli/connect.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { expandPath } from '../../cli/platform-folders.ts';
import { showProgress } from '../../cli/progress.ts';
import { sizeText } from '../../cli/size-text.ts';
import { version } from '../../cli/version.ts';
import type { BackupOptions } from './command.ts';

/** What a backup is copied from, and what lets go of it. */
type Source = {
  readonly folder: string;
  readonly schemaVersion: number;
  readonly takenAt: string;
  release(): Promise<void>;
};

const KEEP_EVERY_MS = 30_000;
const SNAPSHOT_MS = 300_000;

export async function runBackup(call: Call<BackupOptions>): Promise<number> {
  const { terminal, options } = call;
  const path = (text: string): string => expandPath(text, homedir(), terminal.cwd);
  const destination = path(call.arguments[0] ?? '');
  if (existsSync(destination)) {
    return reportFailure(call, failure('invalid', `${destination} is there already: name a new folder`));
  }
  const base = options.base === undefined ? undefined : readManifest(path(options.base));
  if (base?.ok === false) return reportFailure(call, base.failure);
  const found = await findDataSource(call);
  if (!found.ok) return reportFailure(call, found.failure);
  if (isInside(destination, found.value.dataPath)) {
    if (found.value.kind === 'stopped') found.value.lock.release();
    const message = `${destination} lies in the data folder ${found.value.dataPath}, whose loss it is to guard against: name a folder elsewhere`;
    return reportFailure(call, failure('invalid', message));
  }
  const source = await openSource(found.value);
  if (!source.ok) {
    if (found.value.kind === 'stopped') found.value.lock.release();
    return reportFailure(call, source.failure);
  }
  try {
    const made = await makeBackup(call, source.value, destination, {
      base:
        base === undefined || options.base === undefined
          ? undefined
          : { folder: path(options.base), ...base.value },
    });
    if (!made.ok) return reportFailure(call, made.failure);
    const bytes = made.value.files.reduce((sum, file) => sum + file.bytes, 0);
    if (options.json) {
      const { schemaVersion, takenAt, files } = made.value;
      const answer = { backup: destination, takenAt, schemaVersion, files: files.length, bytes };
      terminal.stdout.write(`${JSON.stringify(answer)}\n`);
    } else {
      terminal.stderr.write(
        `Backed up ${sizeText(bytes)} in ${made.value.files.length} files to ${destination}.\n`,
      );
    }
    return exitCode.ok;
  } finally {
    await source.value.release();
  }
}

async function makeBackup(
  call: Call<BackupOptions>,
  source: Source,
  destination: string,
  { base }: { readonly base: (Manifest & { readonly folder: string }) | undefined },
): Promise<Result<Manifest>> {
  const { terminal, options } = call;
  const partial = `${destination}.partial`;
  const progress = showProgress(terminal, 'Backing up', options.json);
  try {
    // What an earlier try left is of no use: nobody knows what of it had reached the disk.
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const wanted = await listFiles(source.folder, isData);
    const total = wanted.reduce((sum, file) => sum + file.bytes, 0);
    let done = 0;
    const files = await copyFiles(wanted, {
      from: source.folder,
      to: partial,
      isForever,
      link: !options.copy,
      ...(base === undefined
        ? {}
        : { base: { folder: base.folder, files: new Map(base.files.map((file) => [file.path, file])) } }),
      onBytes: (bytes) => {
        done += bytes;
        progress.at(done, total, sizeText);
      },
      signal: terminal.interrupted(),
    });
    const { schemaVersion, takenAt } = source;
    const manifest: Manifest = { program: version, schemaVersion, takenAt, files };
    {
      await using file = await open(join(partial, MANIFEST), 'wx');
      await file.writeFile(printManifest(manifest));
      await file.sync();
    }
    await syncFolder(partial);
    await rename(partial, destination);
    await syncFolder(dirname(destination));
    return ok(manifest);
  } catch (cause) {
    const isCut = terminal.interrupted().aborted;
    const reason = isCut ? 'it was interrupted' : cause instanceof Error ? cause.message : String(cause);
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    return err(failure(isCut ? 'cancelled' : 'unavailable', `Cannot back up to ${destination}: ${reason}`));
  } finally {
    progress.end();
  }
}

async function openSource(source: DataSource): Promise<Result<Source>> {
  if (source.kind === 'stopped') {
    const cold = readHeldElsewhere(join(source.dataPath, 'engine'));
    if (!cold.ok) return cold;
    if (cold.value !== undefined) {
      const message = `A backup of the folder alone would lack its cold tier: ${cold.value.words}. Start the server with storage.tiers.cold.use: empty, and back up when all is back`;
      return err(failure('unsupported', message));
    }
    return ok({
      folder: source.dataPath,
      // Tables of an older version are brought up to this one by the next start, before or after a restore.
      schemaVersion: SCHEMA_VERSION,
      takenAt: new Date().toISOString(),
      release: async () => source.lock.release(),
    });
  }
  const { server } = source;
  const taken = await server.ask('snapshot', (client, how) => client.takeSnapshot({}, how), {
    timeoutMs: SNAPSHOT_MS,
  });
  if (!taken.ok) return taken;
  const { snapshot, path, schemaVersion, takenAt } = taken.value;
  const release = async (): Promise<void> => {
    clearInterval(keeping);
    await server.ask('snapshot', (client, how) => client.releaseSnapshot({ snapshot }, how));
  };
  const keeping = setInterval(() => {
    void server.ask('snapshot', (client, how) => client.keepSnapshot({ snapshot }, how));
  }, KEEP_EVERY_MS).unref();
  if (existsSync(path)) return ok({ folder: path, schemaVersion, takenAt, release });
  await release();
  return err(
    failure(
      'unsupported',
      `The data of ${server.url} lies in ${source.dataPath}, which is not here: run the command on the machine of the server`,
    ),
  );
}
