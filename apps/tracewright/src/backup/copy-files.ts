/**
 * CopyFiles: brings files from one folder to another, by hard link where that is safe and possible and by copying
 * elsewhere, and takes the CRC-32 of each on the way. What was copied has reached the disk when this returns.
 */
import { type FileHandle, link, mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { BackupFile } from './manifest.ts';

export type SourceFile = { readonly path: string; readonly bytes: number; readonly modifiedMs: number };

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Every file below a folder, by its path in it; `isWanted` leaves out whole folders too. */
export async function listFiles(
  root: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (!isWanted(path)) continue;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) {
        const { size, mtimeMs } = await stat(join(root, path));
        found.push({ path, bytes: size, modifiedMs: mtimeMs });
      }
    }
  };
  await walk('');
  return found;
}

export type CopyOptions = {
  readonly from: string;
  readonly to: string;
  /** Whether the file is never changed in place, so that it may be linked. */
  readonly isForever: (path: string) => boolean;
  /** Whether such files are linked to those in `from` where that is possible. */
  readonly link: boolean;
  /** An earlier copy in which a file of the same path, size and time is the same file. */
  readonly base?: { readonly folder: string; readonly files: ReadonlyMap<string, BackupFile> };
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/** Throws what the file system throws, and when it is aborted. */
export async function copyFiles(
  files: readonly SourceFile[],
  options: CopyOptions,
): Promise<readonly BackupFile[]> {
  const { from, to, isForever, base, onBytes, signal } = options;
  const done: BackupFile[] = [];
  const folders = new Set<string>();
  for (const file of files) {
    signal.throwIfAborted();
    const target = join(to, file.path);
    const folder = dirname(target);
    if (!folders.has(folder)) await mkdir(folder, { recursive: true });
    folders.add(folder);
    const known = base?.files.get(file.path);
    const isSame = known?.bytes === file.bytes && known.modifiedMs === file.modifiedMs;
    if (
      base !== undefined &&
      isSame &&
      isForever(file.path) &&
      (await tryLink(join(base.folder, file.path), target))
    ) {
      done.push(known);
      onBytes(file.bytes);
      continue;
    }
    const linked = options.link && isForever(file.path) && (await tryLink(join(from, file.path), target));
    const crc = await readThrough(join(from, file.path), linked ? undefined : target, file.bytes, options);
    done.push({ ...file, crc });
  }
  for (const folder of folders) await syncFolder(folder);
  return done;
}

/** False where the two are on different disks, or links are not known. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (
      code === 'EXDEV' ||
      code === 'EPERM' ||
      code === 'ENOTSUP' ||
      code === 'EMLINK' ||
      code === 'EOPNOTSUPP'
    )
      return false;
    throw cause;
  }
}

/** The CRC-32 of a file, which is copied at the same time where there is a target. */
async function readThrough(
  from: string,
  to: string | undefined,
  bytes: number,
  { onBytes, signal }: CopyOptions,
): Promise<number> {
  await using source = await open(from, 'r');
  await using target: FileHandle | undefined = to === undefined ? undefined : await open(to, 'wx');
  const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, bytes)));
  let crc = 0;
  for (let at = 0; at < bytes; ) {
    signal.throwIfAborted();
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, bytes - at), at);
    if (bytesRead === 0) throw new Error(`${from} became shorter while it was read`);
    crc = crc32(chunk.subarray(0, bytesRead), crc);
    for (let written = 0; target !== undefined && written < bytesRead; )
      written += (await target.write(chunk, written, bytesRead - written)).bytesWritten;
    at += bytesRead;
    onBytes(bytesRead);
  }
  await target?.sync();
  return crc;
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
