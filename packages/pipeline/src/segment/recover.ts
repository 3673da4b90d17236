/**
 * Recovery: what the segments of a former life hold.
 *
 * Every group whose record in the sidecar is whole was acknowledged, or about to be. Bytes behind the last whole record
 * never were, and are cut off. Nothing else is ever deleted here: a segment with damage (a block whose CRC is
 * wrong, data without a sidecar) is kept aside as it is found, and the groups that are whole are saved from it; one that
 * cannot be read is left where it lies.
 */
import {
  closeSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SEGMENT_TABLES, type Segment, type SegmentFile, type SegmentTable } from '@tracewright/model';
import { failpoint } from '@tracewright/std';
import {
  listSegmentIds,
  removeSegment,
  segmentName,
  segmentPath,
  sidecarPath,
  tablePath,
  UNFINISHED,
} from './segment-files.ts';
import {
  decodeSidecar,
  encodeSidecarHead,
  encodeSidecarRecord,
  type Sidecar,
  type SidecarRecord,
} from './sidecar.ts';

export type DamagedSegment = {
  readonly id: bigint;
  /** A sentence for the operator. */
  readonly reason: string;
  /** Rows of acknowledged groups that could not be saved, where that is known. */
  readonly rows: Readonly<Record<SegmentTable, number>>;
};

export type Recovered = {
  /** In the order of their ids. */
  readonly segments: readonly Segment[];
  /** Segments whose unacknowledged tail was cut off. */
  readonly torn: number;
  /** What was kept aside, or left where it lies. */
  readonly damaged: readonly DamagedSegment[];
  /** The highest id that any segment bears. */
  readonly highestId: bigint;
};

export type RecoveryFolders = {
  readonly wal: string;
  /** Where damaged segments are kept aside. */
  readonly aside: string;
};

type Outcome = { readonly segment?: Segment; readonly torn?: boolean; readonly damaged?: DamagedSegment };

/** Reads and mends the segments of the write-ahead folder; `only` restricts it to one id. */
export function recoverSegments(folders: RecoveryFolders, only?: bigint): Recovered {
  const segments: Segment[] = [];
  const damaged: DamagedSegment[] = [];
  let torn = 0;
  let highestId = 0n;
  for (const id of listSegmentIds(folders.wal)) {
    if (only !== undefined && id !== only) continue;
    if (id > highestId) highestId = id;
    let outcome: Outcome;
    try {
      outcome = recoverSegment(folders, id);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      outcome = { damaged: damage(id, `It cannot be read and stays where it lies: ${reason}`) };
    }
    if (outcome.segment !== undefined) segments.push(outcome.segment);
    if (outcome.damaged !== undefined) damaged.push(outcome.damaged);
    if (outcome.torn === true) torn++;
  }
  return { segments, torn, damaged, highestId };
}

/** What the sidecar of a segment says, without a look at the data and without touching anything. */
export function describeSegment(directory: string, id: bigint): Segment | undefined {
  let sidecar: Sidecar | undefined;
  try {
    sidecar = decodeSidecar(readFileSync(sidecarPath(directory, id)));
  } catch {
    return undefined;
  }
  return sidecar === undefined ? undefined : segmentOf(directory, id, sidecar.schemaVersion, sidecar.records);
}

function recoverSegment(folders: RecoveryFolders, id: bigint): Outcome {
  const { wal } = folders;
  const bytes = readIfThere(sidecarPath(wal, id));
  const sidecar = bytes === undefined ? undefined : decodeSidecar(bytes);
  if (sidecar === undefined || sidecar.id !== id) {
    const data = readdirSync(segmentPath(wal, id)).some((name) => name.endsWith('.native'));
    if (!data) {
      removeSegment(wal, id);
      return { torn: bytes !== undefined && bytes.length > 0 };
    }
    renameSync(segmentPath(wal, id), asidePath(folders, id));
    return { damaged: noteReason(folders, damage(id, 'Its sidecar is missing or damaged')) };
  }
  const good = sidecar.records.filter((record) => isWhole(wal, id, record));
  if (good.length < sidecar.records.length) return saveWholeGroups(folders, id, sidecar, good);
  const segment = segmentOf(wal, id, sidecar.schemaVersion, sidecar.records);
  let torn = sidecar.torn;
  for (const table of SEGMENT_TABLES) {
    const path = tablePath(wal, id, table);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const end = segment.files.find((file) => file.table === table)?.bytes ?? 0;
    if (size > end) {
      failpoint('recover.cut.begin');
      truncateSync(path, end);
      failpoint('recover.cut.done');
      torn = true;
    }
  }
  if (segment.files.length === 0) {
    removeSegment(wal, id);
    return { torn };
  }
  return { segment, torn };
}

/** Keeps the segment aside as it is, and puts in its place one that holds just the groups that are whole. */
function saveWholeGroups(
  folders: RecoveryFolders,
  id: bigint,
  sidecar: Sidecar,
  good: readonly SidecarRecord[],
): Outcome {
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

function segmentOf(
  directory: string,
  id: bigint,
  schemaVersion: number,
  records: readonly SidecarRecord[],
): Segment {
  const files: SegmentFile[] = [];
  for (const table of SEGMENT_TABLES) {
    let bytes = 0;
    let rows = 0;
    for (const { blocks } of records) {
      const block = blocks[table];
      if (block === undefined) continue;
      bytes = block.offset + block.bytes;
      rows += block.rows;
    }
    if (rows > 0) files.push({ table, path: tablePath(directory, id, table), bytes, rows });
  }
  return { id, schemaVersion, files, replayed: true };
}

function isWhole(directory: string, id: bigint, record: SidecarRecord): boolean {
  return SEGMENT_TABLES.every((table) => {
    const block = record.blocks[table];
    if (block === undefined) return true;
    const bytes = readBlock(directory, id, table, block.offset, block.bytes);
    return bytes.length === block.bytes && crc32(bytes) === block.crc;
  });
}

/** The bytes of a block; shorter than asked where the file ends before it. */
function readBlock(directory: string, id: bigint, table: SegmentTable, offset: number, size: number): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(tablePath(directory, id, table), 'r');
  } catch (cause) {
    if (isMissing(cause)) return Buffer.alloc(0);
    throw cause;
  }
  try {
    // Memory is asked for what is there, not for what a sidecar claims.
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(size, fstatSync(descriptor).size - offset)));
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(descriptor);
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

function asidePath(folders: RecoveryFolders, id: bigint): string {
  mkdirSync(folders.aside, { recursive: true });
  return join(folders.aside, `${segmentName(id)}.damaged`);
}

function noteReason(folders: RecoveryFolders, report: DamagedSegment): DamagedSegment {
  writeFileSync(join(asidePath(folders, report.id), 'reason'), `${report.reason}\n`);
  return report;
}

function damage(id: bigint, reason: string, lost: readonly SidecarRecord[] = []): DamagedSegment {
  const rows: Record<SegmentTable, number> = { shared: 0, spans: 0, logs: 0 };
  for (const { blocks } of lost) for (const table of SEGMENT_TABLES) rows[table] += blocks[table]?.rows ?? 0;
  return { id, reason, rows };
}

function linkOver(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
