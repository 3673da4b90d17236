/**
 * Makes a backup: from a snapshot that the server holds meanwhile, or from a folder that nobody uses. It is written
 * under another name and gets its own when all of it, and its manifest, has reached the disk. What is cold is copied
 * beside what is hot, from its folder or its bucket; of a bucket it may be left there.
 */
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import {
  type ColdBucket,
  ColdVolume,
  makeFolder,
  readTierRecord,
  SCHEMA_VERSION,
  tierPartsPath,
} from '@tracewright/storage';
import {
  bucketAtHand,
  type ColdFile,
  type ColdSource,
  coldSourceIn,
  datedByBase,
  listColdFiles,
  readBucketFile,
} from '../../backup/cold-source.ts';
import { copyFiles, listFiles, readFile, syncFolder } from '../../backup/copy-files.ts';
import { isData, isForever } from '../../backup/data-folder.ts';
import { type DataSource, findDataSource } from '../../backup/data-source.ts';
import { isInside } from '../../backup/is-inside.ts';
import {
  type BackupFile,
  MANIFEST,
  type Manifest,
  printManifest,
  readManifest,
} from '../../backup/manifest.ts';
import type { Call } from '../../cli/command.ts';
import { reportFailure } from '../../cli/connect.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { expandPath } from '../../cli/platform-folders.ts';
import { showProgress } from '../../cli/progress.ts';
import { sizeText } from '../../cli/size-text.ts';
import { version } from '../../cli/version.ts';
import { COLD_LINK } from '../../server/snapshots.ts';
import type { BackupOptions } from './command.ts';

/** What a backup is copied from, and what lets go of it. */
type Source = {
  readonly folder: string;
  readonly schemaVersion: number;
  readonly takenAt: string;
  readonly cold: ColdSource | undefined;
  release(): Promise<void>;
};

const KEEP_EVERY_MS = 30_000;
const SNAPSHOT_MS = 300_000;
/** A bucket answers many requests at once, and each takes its time. */
const BUCKET_LANES = 8;

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
    const left = leftIn(made.value);
    if (options.json) {
      const { schemaVersion, takenAt, files } = made.value;
      const answer = { backup: destination, takenAt, schemaVersion, files: files.length, bytes };
      terminal.stdout.write(`${JSON.stringify(left === undefined ? answer : { ...answer, left })}\n`);
    } else {
      terminal.stderr.write(
        `Backed up ${sizeText(bytes)} in ${made.value.files.length} files to ${destination}.\n`,
      );
      if (left !== undefined)
        terminal.stderr.write(
          `${sizeText(left.bytes)} in ${left.objects} objects stay in ${left.place}: a restore needs them there.\n`,
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
    const folder = makeFolder(partial);
    if (!folder.ok)
      return err(failure('unavailable', `Cannot back up to ${destination}: ${folder.failure.message}`));
    const wanted = await listFiles(source.folder, isData);
    const cold = await findCold(call, source.cold, new Set(wanted.map(({ path: at }) => at)));
    if (!cold.ok) {
      await rm(partial, { recursive: true, force: true });
      return cold;
    }
    const sizes = [...wanted, ...cold.value.files];
    const total = sizes.reduce((sum, file) => sum + file.bytes, 0);
    let done = 0;
    const onBytes = (bytes: number): void => {
      done += bytes;
      progress.at(done, total, sizeText);
    };
    const hotFiles = await copyFiles(wanted, {
      from: source.folder,
      to: partial,
      isForever,
      link: !options.copy,
      ...(base === undefined
        ? {}
        : { base: { folder: base.folder, files: new Map(base.files.map((file) => [file.path, file])) } }),
      onBytes,
      signal: terminal.interrupted(),
    });
    const coldFiles = await copyCold(call, cold.value, join(partial, ENGINE), base, onBytes);
    const { schemaVersion, takenAt } = source;
    const files = [...hotFiles, ...coldFiles];
    const { left } = cold.value;
    const manifest: Manifest = {
      ...{ program: version, schemaVersion, takenAt, files },
      ...(left === undefined ? {} : { left }),
    };
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

const ENGINE = 'engine';

/** What is cold and is copied, or is left where it is. */
type Cold = {
  readonly folder: string;
  readonly bucket?: ColdBucket;
  readonly files: readonly ColdFile[];
  readonly left?: NonNullable<Manifest['left']>;
};

async function findCold(
  { terminal, options }: Call<BackupOptions>,
  source: ColdSource | undefined,
  hot: ReadonlySet<string>,
): Promise<Result<Cold>> {
  if (source === undefined) return ok({ folder: '', files: [] });
  const { folder, record } = source;
  const listed = await listColdFiles(source, (path) => hot.has(`${ENGINE}/${path}`));
  if (!listed.ok) return listed;
  if (options.leaveCold) {
    if (record.kind === 's3')
      return ok({ folder, files: [], left: { tier: record, files: listed.value.map(toLeft) } });
    const message = `--leave-cold is for a bucket. What is cold here lies in the folder ${record.place}, and belongs into the backup as the rest does`;
    return err(failure('invalid', message));
  }
  if (record.kind === 'folder') return ok({ folder, files: listed.value });
  const bucket = bucketAtHand(record, terminal);
  if (bucket.ok) return ok({ folder, files: listed.value, bucket: bucket.value });
  const { code, message } = bucket.failure;
  return err(failure(code, `${message}; or leave it there with --leave-cold`));
}

function toLeft({ path, objects }: ColdFile): NonNullable<Manifest['left']>['files'][number] {
  return { path, objects };
}

/** To where they would lie if they were hot. */
async function copyCold(
  { terminal, options }: Call<BackupOptions>,
  { bucket, files, folder }: Cold,
  to: string,
  base: (Manifest & { readonly folder: string }) | undefined,
  onBytes: (bytes: number) => void,
): Promise<readonly BackupFile[]> {
  const signal = terminal.interrupted();
  const known = new Map(
    (base?.files ?? [])
      .filter(({ path }) => path.startsWith(`${ENGINE}/`))
      .map((file) => [file.path.slice(ENGINE.length + 1), file]),
  );
  const dated = await datedByBase(files, known, (file) =>
    bucket === undefined
      ? readFile(join(folder, file.path), file.bytes)
      : readBucketFile(bucket, file.objects, signal),
  );
  const copied = await copyFiles(dated, {
    from: folder,
    to,
    isForever: () => true,
    link: !options.copy && bucket === undefined,
    ...(base === undefined ? {} : { base: { folder: join(base.folder, ENGINE), files: known } }),
    ...(bucket === undefined
      ? {}
      : {
          read: (file: ColdFile, cut: AbortSignal) => readBucketFile(bucket, file.objects, cut),
          lanes: BUCKET_LANES,
        }),
    onBytes,
    signal,
  });
  return copied.map((file, at) => ({ ...file, path: `${ENGINE}/${dated[at]?.path}` }));
}

function leftIn({ left }: Manifest): { place: string; objects: number; bytes: number } | undefined {
  if (left === undefined) return undefined;
  const objects = left.files.flatMap((file) => file.objects);
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  return { place: left.tier.place, objects: objects.length, bytes };
}

async function openSource(source: DataSource): Promise<Result<Source>> {
  if (source.kind === 'stopped') {
    const cold = await findColdAtRest(join(source.dataPath, ENGINE));
    if (!cold.ok) return cold;
    return ok({
      folder: source.dataPath,
      // Tables of an older version are brought up to this one by the next start, before or after a restore.
      schemaVersion: SCHEMA_VERSION,
      takenAt: new Date().toISOString(),
      cold: cold.value,
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
  const record = readTierRecord(join(path, ENGINE));
  if (existsSync(path) && record.ok) {
    const cold = coldSourceIn(record.value, join(path, COLD_LINK));
    return ok({ folder: path, schemaVersion, takenAt, cold, release });
  }
  await release();
  if (!record.ok) return record;
  return err(
    failure(
      'unsupported',
      `The data of ${server.url} lies in ${source.dataPath}, which is not here: run the command on the machine of the server`,
    ),
  );
}

/** The cold tier of a folder that nobody uses; a failure where it cannot be seen. */
async function findColdAtRest(enginePath: string): Promise<Result<ColdSource | undefined>> {
  const read = readTierRecord(enginePath);
  if (!read.ok || read.value === undefined) return read.ok ? ok(undefined) : read;
  const record = read.value;
  if (record.kind === 'folder') {
    const volume = ColdVolume.open({ kind: 'folder', path: record.place }, enginePath);
    const looked = volume.ok ? await volume.value?.look() : volume;
    if (looked?.ok === false) {
      const message = `A backup would lack what lies on the cold tier, which is away: ${looked.failure.message}`;
      return err(failure('unavailable', message));
    }
  }
  return ok(coldSourceIn(record, tierPartsPath(record, enginePath)));
}
