/**
 * CheckSegment: whether the data of a segment of a former life is what was written, looked at just before it is inserted,
 * so that a start need not read it all.
 *
 * A segment with damage (a block whose CRC is wrong, or that is not there) is kept aside as it is found, and the groups
 * that are whole are saved from it and take its place.
 */
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { SEGMENT_TABLES, type Segment, type SegmentTable } from '@tracewright/model';
import { failpoint } from '@tracewright/std';
import { asidePath, type DamagedSegment, damage, noteReason, type RecoveryFolders } from './damage.ts';
import { segmentOf } from './recover.ts';
import {
  removeSegment,
  segmentName,
  segmentPath,
  sidecarPath,
  tablePath,
  UNFINISHED,
} from './segment-files.ts';
import {
  type BlockExtent,
  decodeSidecar,
  encodeSidecarHead,
  encodeSidecarRecord,
  type Sidecar,
  type SidecarRecord,
} from './sidecar.ts';
import { syncFolder } from './sync-folder.ts';

export type Checked = {
  /** What may be inserted; undefined when no group is whole. */
  readonly segment?: Segment;
  /** What was kept aside. */
  readonly damaged?: DamagedSegment;
};

/** Read at once, so that the thread is free in between. */
const PIECE_BYTES = 1024 * 1024;

/** Checks a segment that recovery found, piece by piece. Throws what the disk throws. */
export async function checkSegment(folders: RecoveryFolders, segment: Segment): Promise<Checked> {
  const steps = checking(folders, segment);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}

/** The same without a pause. */
export function checkSegmentAtOnce(folders: RecoveryFolders, segment: Segment): Checked {
  const steps = checking(folders, segment);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Yields after each piece. */
function* checking(folders: RecoveryFolders, segment: Segment): Generator<void, Checked> {
  const { id } = segment;
  const sidecar = decodeSidecar(readFileSync(sidecarPath(folders.wal, id)));
  if (sidecar === undefined) throw new Error(`The sidecar of segment ${id} is no longer what it was`);
  const good: SidecarRecord[] = [];
  for (const record of sidecar.records) {
    let isWhole = true;
    for (const table of SEGMENT_TABLES) {
      const block = record.blocks[table];
      if (block !== undefined) isWhole = (yield* blockIsWhole(folders.wal, id, table, block)) && isWhole;
    }
    if (isWhole) good.push(record);
  }
  return good.length === sidecar.records.length ? { segment } : saveWholeGroups(folders, id, sidecar, good);
}

function* blockIsWhole(
  directory: string,
  id: bigint,
  table: SegmentTable,
  { bytes, crc, offset }: BlockExtent,
): Generator<void, boolean> {
  const descriptor = openIfThere(tablePath(directory, id, table));
  if (descriptor === undefined) return false;
  try {
    const piece = Buffer.allocUnsafe(Math.min(bytes, PIECE_BYTES));
    let found = 0;
    for (let at = 0; at < bytes; ) {
      const read = readSync(descriptor, piece, 0, Math.min(piece.length, bytes - at), offset + at);
      if (read === 0) return false;
      found = crc32(piece.subarray(0, read), found);
      at += read;
      yield;
    }
    return found === crc;
  } finally {
    closeSync(descriptor);
  }
}

/** Keeps the segment aside as it is, and puts in its place one that holds just the groups that are whole. */
function saveWholeGroups(
  folders: RecoveryFolders,
  id: bigint,
  sidecar: Sidecar,
  good: readonly SidecarRecord[],
): Checked {
  const { wal } = folders;
  const saved = join(wal, segmentName(id) + UNFINISHED);
  mkdirSync(saved, { recursive: true });
  const ends: Partial<Record<SegmentTable, number>> = {};
  const records = good.map((record): SidecarRecord => {
    const blocks: SidecarRecord['blocks'] = { ...record.blocks };
    for (const table of SEGMENT_TABLES) {
      const block = record.blocks[table];
      if (block === undefined) continue;
      const offset = ends[table] ?? 0;
      writeFileSync(join(saved, `${table}.native`), readBlock(wal, id, table, block.offset, block.bytes), {
        flag: offset === 0 ? 'w' : 'a',
        flush: true,
      });
      ends[table] = offset + block.bytes;
      blocks[table] = { ...block, offset };
    }
    return { ...record, blocks };
  });
  const lines = [encodeSidecarHead(id, sidecar.schemaVersion), ...records.map(encodeSidecarRecord)];
  writeFileSync(join(saved, 'sidecar'), Buffer.concat(lines), { flush: true });

  failpoint('recover.save.written');
  const lost = sidecar.records.filter((record) => !good.includes(record));
  const report = damage(
    id,
    `${lost.length} of its ${sidecar.records.length} groups are damaged on disk; the others were saved`,
    lost,
  );
  const aside = asidePath(folders, id);
  mkdirSync(aside, { recursive: true });
  for (const name of readdirSync(segmentPath(wal, id)))
    linkOver(join(segmentPath(wal, id), name), join(aside, name));
  noteReason(folders, report);
  // The original goes only when the copies bear their names on the disk as well.
  for (const folder of [saved, aside, folders.aside, wal]) syncFolder(folder);
  failpoint('recover.save.aside');
  // A kill between these two steps is mended by listSegmentIds.
  removeSegment(wal, id);
  failpoint('recover.save.removed');
  renameSync(saved, segmentPath(wal, id));
  failpoint('recover.save.done');
  const segment = segmentOf(wal, id, sidecar.schemaVersion, records);
  if (segment.files.length === 0) {
    removeSegment(wal, id);
    return { damaged: report };
  }
  return { segment, damaged: report };
}

/** The bytes of a block that was found whole. */
function readBlock(directory: string, id: bigint, table: SegmentTable, offset: number, size: number): Buffer {
  const descriptor = openSync(tablePath(directory, id, table), 'r');
  try {
    const bytes = Buffer.allocUnsafe(size);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, size, offset));
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

function linkOver(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
}
