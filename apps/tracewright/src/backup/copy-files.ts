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

export type CopyOptions<File extends SourceFile = SourceFile> = {
  readonly from: string;
  readonly to: string;
  /** Whether the file is never changed in place, so that it may be linked. */
  readonly isForever: (path: string) => boolean;
  /** Whether such files are linked to those in `from` where that is possible. */
  readonly link: boolean;
  /** An earlier copy in which a file of the same path, size and time is the same file. */
  readonly base?: { readonly folder: string; readonly files: ReadonlyMap<string, BackupFile> };
  /** The bytes of a file that lies on no disk of this machine. */
  readonly read?: (file: File, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** How many files are copied at the same time; one when absent. */
  readonly lanes?: number;
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/** In the order of `files`. Throws what the file system or `read` throws, and when it is aborted. */
export async function copyFiles<File extends SourceFile>(
  files: readonly File[],
  options: CopyOptions<File>,
): Promise<readonly BackupFile[]> {
  const { to } = options;
  const folders = new Set(files.map(({ path }) => dirname(join(to, path))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  const done = new Array<BackupFile>(files.length);
  const waiting = files.entries();
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const lane = async (): Promise<void> => {
    for (const [at, file] of waiting) {
      signal.throwIfAborted();
      done[at] = await copyFile(file, { ...options, signal });
    }
  };
  // All lanes have ended before the first failure is told: nothing is written behind its back.
  const lanes = Array.from({ length: options.lanes ?? 1 }, () =>
    lane().catch((cause: unknown) => {
      failed.abort(cause);
    }),
  );
  await Promise.all(lanes);
  signal.throwIfAborted();
  for (const folder of folders) await syncFolder(folder);
  return done;
}

async function copyFile<File extends SourceFile>(
  file: File,
  options: CopyOptions<File>,
): Promise<BackupFile> {
  const { from, to, isForever, base, onBytes, read, signal } = options;
  const { path, bytes, modifiedMs } = file;
  const [source, target] = [join(from, path), join(to, path)];
  const known = base?.files.get(path);
  const isSame = known?.bytes === bytes && known.modifiedMs === modifiedMs;
  if (base !== undefined && isSame && isForever(path) && (await tryLink(join(base.folder, path), target))) {
    onBytes(bytes);
    return known;
  }
  const isLinked = options.link && isForever(path) && (await tryLink(source, target));
  const pieces = read === undefined ? readFile(source, bytes) : read(file, signal);
  const crc = await writeThrough(pieces, isLinked ? undefined : target, options);
  return { path, bytes, modifiedMs, crc };
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

/** Each piece is good until the next one is asked for. */
export async function* readFile(path: string, bytes: number): AsyncGenerator<Uint8Array> {
  await using source = await open(path, 'r');
  const chunk = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK_BYTES, bytes)));
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, bytes - at), at);
    if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

/** The CRC-32 of the pieces, which are written at the same time where there is a target. */
async function writeThrough(
  pieces: AsyncIterable<Uint8Array>,
  to: string | undefined,
  { onBytes, signal }: Pick<CopyOptions, 'onBytes' | 'signal'>,
): Promise<number> {
  await using target: FileHandle | undefined = to === undefined ? undefined : await open(to, 'wx');
  let crc = 0;
  let at = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    crc = crc32(piece, crc);
    for (let written = 0; target !== undefined && written < piece.length; )
      written += (await target.write(piece, written, piece.length - written, at + written)).bytesWritten;
    at += piece.length;
    onBytes(piece.length);
  }
  await target?.sync();
  return crc;
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
