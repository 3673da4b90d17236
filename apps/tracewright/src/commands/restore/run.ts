/**
 * Restores a backup. The files are brought into `restoring` below the data folder and verified there; only then do they
 * take their places, by renames. While that folder exists no server starts.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import { SCHEMA_VERSION } from '@tracewright/storage';
import { copyFiles, syncFolder } from '../../backup/copy-files.ts';
import { isForever } from '../../backup/data-folder.ts';
import { isInside } from '../../backup/is-inside.ts';
import { type FoundLeft, findLeft, noteLeft } from '../../backup/left-in-bucket.ts';
import { type Manifest, readManifest } from '../../backup/manifest.ts';
import { RESTORING } from '../../backup/restoring.ts';
import type { Call } from '../../cli/command.ts';
import { reportFailure } from '../../cli/connect.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { expandPath } from '../../cli/platform-folders.ts';
import { showProgress } from '../../cli/progress.ts';
import { sizeText } from '../../cli/size-text.ts';
import { usualFolder } from '../../cli/usual-folder.ts';
import { lockDataFolder } from '../../server/data-lock.ts';
import { makeDataFolder } from '../../server/make-data-folder.ts';
import type { RestoreOptions } from './command.ts';

/** What a data folder may hold and still be empty: things that only belong to its use. */
const NO_DATA = [/^tracewright\.lock/, /^reserve$/, /^lost\+found$/, /^before-restore-/];

export async function runRestore(call: Call<RestoreOptions>): Promise<number> {
  const { terminal, options } = call;
  const { cwd } = terminal;
  const backup = expandPath(call.arguments[0] ?? '', homedir(), cwd);
  const manifest = readManifest(backup);
  if (!manifest.ok) return reportFailure(call, manifest.failure);
  const { schemaVersion, program, takenAt } = manifest.value;
  if (schemaVersion > SCHEMA_VERSION) {
    const message = `${backup} has tables of version ${schemaVersion}, and this program knows versions up to ${SCHEMA_VERSION}: restore it with Tracewright ${program} or a newer one`;
    return reportFailure(call, failure('unsupported', message));
  }
  const chosen =
    options.data === undefined ? usualFolder(terminal) : ok(expandPath(options.data, homedir(), cwd));
  if (!chosen.ok) return reportFailure(call, chosen.failure);
  const dataPath = chosen.value;
  if (isInside(dataPath, backup)) {
    const message = `${dataPath} lies in the backup itself, which is to stay as it is: name another data folder`;
    return reportFailure(call, failure('invalid', message));
  }
  const made = makeDataFolder(dataPath);
  if (!made.ok) return reportFailure(call, made.failure);
  const lock = lockDataFolder(dataPath);
  if (!lock.ok) return reportFailure(call, lock.failure);
  try {
    const left = await lookForLeft(call, manifest.value);
    if (!left.ok) return reportFailure(call, left.failure);
    const restored = await restore(call, backup, dataPath, manifest.value, left.value);
    if (!restored.ok) return reportFailure(call, restored.failure);
    const bytes = manifest.value.files.reduce((sum, file) => sum + file.bytes, 0);
    const found = left.value;
    if (options.json) {
      const answer = { data: dataPath, takenAt, files: manifest.value.files.length, bytes };
      const cold = found && { place: found.record.place, parts: found.parts, lostParts: found.lost.parts };
      terminal.stdout.write(`${JSON.stringify(cold === undefined ? answer : { ...answer, cold })}\n`);
    } else {
      const aside = restored.value === undefined ? '' : ` What was there is in ${restored.value}.`;
      terminal.stderr.write(`Restored ${sizeText(bytes)} as of ${takenAt} to ${dataPath}.${aside}\n`);
      if (found !== undefined)
        terminal.stderr.write(
          `${found.parts} parts stay in ${found.record.place}, which belongs to this folder from now on.${found.lost.parts === 0 ? '' : ` ${lostWords(found)} are left out.`}\n`,
        );
    }
    return exitCode.ok;
  } finally {
    lock.value.release();
  }
}

/** Undefined where the backup has all that it needs. */
async function lookForLeft(
  { options, terminal }: Call<RestoreOptions>,
  { left }: Manifest,
): Promise<Result<FoundLeft | undefined>> {
  if (left === undefined) return ok(undefined);
  const found = await findLeft(left, terminal);
  if (!found.ok || found.value.lost.parts === 0 || options.withoutLost) return found;
  return err(
    failure(
      'invalid',
      `The backup needs what its bucket no longer has: ${lostWords(found.value)} lack objects in ${left.tier.place}. Retention may have deleted them since. Nothing was restored: do so without them with --without-lost`,
    ),
  );
}

function lostWords({ lost, parts }: FoundLeft): string {
  return `${lost.parts} of ${parts + lost.parts} cold parts, of what arrived on ${lost.days.join(', ')},`;
}

/** Gives the folder in which earlier data was put aside. */
async function restore(
  call: Call<RestoreOptions>,
  backup: string,
  dataPath: string,
  manifest: Manifest,
  left: FoundLeft | undefined,
): Promise<Result<string | undefined>> {
  const { terminal, options } = call;
  const restoring = join(dataPath, RESTORING);
  const progress = showProgress(terminal, 'Restoring', options.json);
  try {
    const there = dataIn(dataPath);
    // A restore that was cut short is no data.
    const isBegun = readdirSync(dataPath).includes(RESTORING);
    if (there.length > 0 && !options.force && !isBegun) {
      return err(
        failure(
          'invalid',
          `${dataPath} holds data already (${there.slice(0, 3).join(', ')}): name an empty folder, or put it aside with --force`,
        ),
      );
    }
    rmSync(restoring, { recursive: true, force: true });
    mkdirSync(restoring);
    const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    let done = 0;
    const files = await copyFiles(manifest.files, {
      from: backup,
      to: restoring,
      isForever,
      link: !options.copy,
      onBytes: (bytes) => {
        done += bytes;
        progress.at(done, total, sizeText);
      },
      signal: terminal.interrupted(),
    });
    const damaged = manifest.files.filter((file, at) => files[at]?.crc !== file.crc);
    if (damaged.length > 0) {
      rmSync(restoring, { recursive: true, force: true });
      return err(
        failure(
          'unavailable',
          `The backup is damaged: ${damaged.length} of its files have another checksum, the first is ${join(backup, damaged[0]?.path ?? '')}. Nothing was restored`,
          { retry: 'never' },
        ),
      );
    }
    const noted = left === undefined ? ok(undefined) : await noteLeft(left, join(restoring, 'engine'));
    if (!noted.ok) {
      rmSync(restoring, { recursive: true, force: true });
      return noted;
    }
    const aside = there.length === 0 ? undefined : putAside(dataPath, there);
    for (const name of readdirSync(restoring)) renameSync(join(restoring, name), join(dataPath, name));
    await syncFolder(dataPath);
    rmSync(restoring, { recursive: true });
    return ok(aside);
  } catch (cause) {
    const isCut = terminal.interrupted().aborted;
    const reason = isCut ? 'it was interrupted' : cause instanceof Error ? cause.message : String(cause);
    const next = 'run the command again, or remove that folder';
    return err(
      failure(
        isCut ? 'cancelled' : 'unavailable',
        `Cannot restore to ${dataPath}: ${reason}; ${restoring} is left: ${next}`,
      ),
    );
  } finally {
    progress.end();
  }
}

function dataIn(dataPath: string): readonly string[] {
  return readdirSync(dataPath).filter(
    (name) => name !== RESTORING && !NO_DATA.some((pattern) => pattern.test(name)),
  );
}

function putAside(dataPath: string, names: readonly string[]): string {
  const aside = join(dataPath, `before-restore-${new Date().toISOString().replace(/[:.]/g, '-')}`);
  mkdirSync(aside);
  for (const name of names) renameSync(join(dataPath, name), join(aside, name));
  return aside;
}
