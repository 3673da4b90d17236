/**
 * CheckSegments: whether the segments in a folder are what their sidecars say. Touches nothing, and takes it that a
 * running server may store and remove each of them meanwhile.
 */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SEGMENT_TABLES } from '@tracewright/model';
import { sidecarPath, tablePath } from './segment-files.ts';
import { decodeSidecar } from './sidecar.ts';

export type SegmentVerdict = {
  readonly id: bigint;
  /** Spans and log records of whole groups. */
  readonly rows: number;
  readonly bytes: number;
  /** What is wrong, in a sentence without its subject; undefined when all is well. */
  readonly problem: string | undefined;
  /** Something lies behind the last whole record: a write that was cut off, or is going on. */
  readonly torn: boolean;
};

export type CheckedSegments = {
  readonly segments: readonly SegmentVerdict[];
  /** What lies there and is no segment. */
  readonly foreign: readonly string[];
};

/** What the removal and the saving of a segment leave for a moment. */
const PASSING = /^\d{20}\.(?:removed|saved|damaged)$/;

export async function checkSegments(
  directory: string,
  onSegment: (done: number, total: number) => void = () => undefined,
): Promise<CheckedSegments> {
  const names = await readdir(directory).catch((): string[] => []);
  const ids = names.filter((name) => /^\d{20}$/.test(name)).sort();
  const segments: SegmentVerdict[] = [];
  for (const [at, name] of ids.entries()) {
    const verdict = await checkSegment(directory, BigInt(name));
    if (verdict !== undefined) segments.push(verdict);
    onSegment(at + 1, ids.length);
  }
  return { segments, foreign: names.filter((name) => !ids.includes(name) && !PASSING.test(name)) };
}

/** undefined for one that is gone by now. */
async function checkSegment(directory: string, id: bigint): Promise<SegmentVerdict | undefined> {
  const empty = { id, rows: 0, bytes: 0, torn: false };
  const bytes = await readFile(sidecarPath(directory, id)).catch(() => undefined);
  const isThere = async (path: string): Promise<boolean> =>
    (await stat(path).catch(() => undefined)) !== undefined;
  const folder = join(directory, String(id).padStart(20, '0'));
  if (bytes === undefined) {
    if (!(await isThere(folder))) return undefined;
    const files = await readdir(folder).catch((): string[] => []);
    if (files.length === 0) return { ...empty, torn: true, problem: undefined };
    return { ...empty, problem: 'its sidecar is missing' };
  }
  const sidecar = decodeSidecar(bytes);
  if (sidecar === undefined || sidecar.id !== id) return { ...empty, problem: 'its sidecar is damaged' };
  let rows = 0;
  let size = 0;
  let damaged = 0;
  for (const { blocks } of sidecar.records) {
    let whole = true;
    for (const table of SEGMENT_TABLES) {
      const block = blocks[table];
      if (block === undefined) continue;
      size += block.bytes;
      const crc = await crcOf(tablePath(directory, id, table), block.offset, block.bytes);
      if (crc !== block.crc) whole = false;
    }
    if (!whole) damaged++;
    else rows += (blocks.spans?.rows ?? 0) + (blocks.logs?.rows ?? 0);
  }
  if (damaged > 0 && !(await isThere(folder))) return undefined;
  const problem =
    damaged === 0 ? undefined : `${damaged} of its ${sidecar.records.length} groups are damaged`;
  return { id, rows, bytes: size, torn: sidecar.torn, problem };
}

const CHUNK_BYTES = 1024 * 1024;

/** undefined where the file is missing or shorter than that. */
async function crcOf(path: string, offset: number, size: number): Promise<number | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size));
    let crc = 0;
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, size - at), offset + at);
      if (bytesRead === 0) return undefined;
      crc = crc32(chunk.subarray(0, bytesRead), crc);
      at += bytesRead;
    }
    return crc;
  } finally {
    await file.close();
  }
}
