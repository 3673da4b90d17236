/**
 * Recovery: what the segments of a former life hold, by their sidecars alone, so that it takes no longer with
 * gigabytes of them. Whether the data is what was written is looked at before it is inserted (check-segment.ts).
 *
 * Every group whose record in the sidecar is whole was acknowledged, or about to be. Bytes behind the last whole record
 * never were, and are cut off. Nothing else is ever deleted here: data without a sidecar is kept aside as it is found,
 * and a segment that cannot be read is left where it lies.
 */
import { readdirSync, readFileSync, renameSync, statSync, truncateSync } from 'node:fs';
import { SEGMENT_SCHEMA_VERSION, SEGMENT_TABLES, type Segment, type SegmentFile } from '@tracewright/model';
import { failpoint } from '@tracewright/std';
import { asidePath, type DamagedSegment, damage, noteReason, type RecoveryFolders } from './damage.ts';
import { listSegmentIds, removeSegment, segmentPath, sidecarPath, tablePath } from './segment-files.ts';
import { decodeSidecar, type Sidecar, type SidecarRecord } from './sidecar.ts';
import { trySyncFolder } from './sync-folder.ts';

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

type Outcome = { readonly segment?: Segment; readonly torn?: boolean; readonly damaged?: DamagedSegment };

/** Describes the segments of the write-ahead folder and cuts off what was never acknowledged. */
export function recoverSegments(
  folders: RecoveryFolders,
  isOurs: (id: bigint) => boolean = () => true,
): Recovered {
  const segments: Segment[] = [];
  const damaged: DamagedSegment[] = [];
  let torn = 0;
  let highestId = 0n;
  for (const id of listSegmentIds(folders.wal)) {
    if (!isOurs(id)) continue;
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
    const noted = noteReason(folders, damage(id, 'Its sidecar is missing or damaged'));
    for (const folder of [asidePath(folders, id), folders.aside, wal]) trySyncFolder(folder);
    return { damaged: noted };
  }
  if (sidecar.schemaVersion > SEGMENT_SCHEMA_VERSION) {
    const reason = `It has schema version ${sidecar.schemaVersion}, and this program knows segments up to ${SEGMENT_SCHEMA_VERSION}: it stays where it lies for the newer program that wrote it`;
    return { damaged: damage(id, reason) };
  }
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

/** The segment that these records make, whose files lie in the folder. */
export function segmentOf(
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

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
