/**
 * FolderVersion: which version of the program has a data folder, so that an older one leaves it alone without a look
 * at the tables. The newer one notes itself before it migrates; a folder without a note is of the first version.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'schema-version';

/** Why this program may not use the folder, in a sentence; undefined when it may. */
export function folderVersionProblem(dataPath: string, known: number): string | undefined {
  const noted = readVersion(dataPath);
  if (noted === undefined || noted <= known) return undefined;
  return `The data folder ${dataPath} has schema version ${noted}, and this program knows versions up to ${known}: use the newer program that wrote it. Nothing in the folder was changed`;
}

/** Notes that the folder is of this version from now on. Throws what the disk throws. */
export function noteFolderVersion(dataPath: string, version: number): void {
  if (readVersion(dataPath) === version) return;
  const path = join(dataPath, NAME);
  writeFileSync(`${path}.new`, `${version}\n`, { flush: true });
  renameSync(`${path}.new`, path);
  const folder = openSync(dataPath, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function readVersion(dataPath: string): number | undefined {
  try {
    const text = readFileSync(join(dataPath, NAME), 'utf8').trim();
    return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
