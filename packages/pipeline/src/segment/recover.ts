/**
 * Recovery: what the segments of a former life hold.
 *
 * Every group whose record is whole and whose blocks have the right CRC was acknowledged, or about to be, and is
 * kept; the first that is not ends its segment, which is cut there and the cut counted. Files without a
 * readable sidecar held nothing acknowledged and are removed.
 */
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { crc32 } from 'node:zlib';
import { SEGMENT_TABLES, type Segment, type SegmentFile, type SegmentTable } from '@tracewright/model';
import { segmentIdOf, sidecarPath, tablePath } from './segment-files.ts';
import { decodeSidecar, type Sidecar, type SidecarRecord } from './sidecar.ts';

export type Recovered = {
  /** In the order of their ids. */
  readonly segments: readonly Segment[];
  /** Segments whose tail was cut off. */
  readonly torn: number;
  /** Segments that held nothing and were removed. */
  readonly empty: number;
  /** The highest id that any file bears. */
  readonly highestId: bigint;
};

/** Reads and mends the segments of `directory`; `only` restricts it to one id. */
export function recoverSegments(directory: string, only?: bigint): Recovered {
  const ids = new Set<bigint>();
  for (const name of readdirSync(directory)) {
    const id = segmentIdOf(name);
    if (id !== undefined && (only === undefined || id === only)) ids.add(id);
  }
  const segments: Segment[] = [];
  let torn = 0;
  let empty = 0;
  let highestId = 0n;
  for (const id of [...ids].sort((a, b) => (a < b ? -1 : 1))) {
    if (id > highestId) highestId = id;
    const { segment, wasTorn } = recoverSegment(directory, id);
    if (wasTorn) torn++;
    if (segment === undefined) empty++;
    else segments.push(segment);
  }
  return { segments, torn, empty, highestId };
}

/** What the sidecars of `directory` say, without a look at the data and without touching anything. */
export function listSegments(directory: string): readonly Segment[] {
  const ids = [...new Set(readdirSync(directory).map(segmentIdOf))].filter((id) => id !== undefined);
  return ids
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((id) => {
      const sidecar = readSidecar(directory, id);
      if (sidecar === undefined) return [];
      const ends = endsOf(sidecar.records);
      const files = SEGMENT_TABLES.flatMap((table): SegmentFile[] => {
        const end = ends[table];
        return end === undefined ? [] : [{ table, path: tablePath(directory, id, table), ...end }];
      });
      return [{ id, schemaVersion: sidecar.schemaVersion, files, replayed: true }];
    });
}

/** Removes all files of a segment. */
export function removeSegment(directory: string, id: bigint): void {
  // The sidecar goes last: while it is there, a half removed segment still tells what it was.
  for (const table of SEGMENT_TABLES) rmSync(tablePath(directory, id, table), { force: true });
  rmSync(sidecarPath(directory, id), { force: true });
}

function recoverSegment(directory: string, id: bigint): { segment: Segment | undefined; wasTorn: boolean } {
  const sidecar = readSidecar(directory, id);
  if (sidecar === undefined) {
    const begun = (statSync(sidecarPath(directory, id), { throwIfNoEntry: false })?.size ?? 0) > 0;
    removeSegment(directory, id);
    return { segment: undefined, wasTorn: begun };
  }
  const good = countGoodRecords(directory, id, sidecar.records);
  const ends = endsOf(sidecar.records.slice(0, good));
  let wasTorn = sidecar.torn || good < sidecar.records.length;
  const files: SegmentFile[] = [];
  for (const table of SEGMENT_TABLES) {
    const file = tablePath(directory, id, table);
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) continue;
    const end = ends[table];
    if (end === undefined) {
      rmSync(file);
      wasTorn = true;
      continue;
    }
    if (size > end.bytes) {
      truncateSync(file, end.bytes);
      wasTorn = true;
    }
    files.push({ table, path: file, bytes: end.bytes, rows: end.rows });
  }
  if (files.length === 0) {
    removeSegment(directory, id);
    return { segment: undefined, wasTorn };
  }
  return { segment: { id, schemaVersion: sidecar.schemaVersion, files, replayed: true }, wasTorn };
}

/** undefined when there is none, or none of this segment. */
function readSidecar(directory: string, id: bigint): Sidecar | undefined {
  try {
    const sidecar = decodeSidecar(readFileSync(sidecarPath(directory, id)));
    return sidecar?.id === id ? sidecar : undefined;
  } catch {
    return undefined;
  }
}

/** Where the blocks of the records end, and how many rows they hold, by table. */
function endsOf(
  records: readonly SidecarRecord[],
): Partial<Record<SegmentTable, { readonly bytes: number; readonly rows: number }>> {
  const ends: Partial<Record<SegmentTable, { readonly bytes: number; readonly rows: number }>> = {};
  for (const { blocks } of records) {
    for (const table of SEGMENT_TABLES) {
      const block = blocks[table];
      if (block === undefined) continue;
      ends[table] = { bytes: block.offset + block.bytes, rows: (ends[table]?.rows ?? 0) + block.rows };
    }
  }
  return ends;
}

/** How many records from the start have all their blocks whole on disk. */
function countGoodRecords(directory: string, id: bigint, records: readonly SidecarRecord[]): number {
  const descriptors = new Map<SegmentTable, number>();
  try {
    for (const [index, record] of records.entries()) {
      for (const table of SEGMENT_TABLES) {
        const block = record.blocks[table];
        if (block === undefined) continue;
        let descriptor = descriptors.get(table);
        if (descriptor === undefined) {
          try {
            descriptor = openSync(tablePath(directory, id, table), 'r');
          } catch {
            return index;
          }
          descriptors.set(table, descriptor);
        }
        const bytes = Buffer.allocUnsafe(block.bytes);
        const read = readSync(descriptor, bytes, 0, block.bytes, block.offset);
        if (read !== block.bytes || crc32(bytes) !== block.crc) return index;
      }
    }
    return records.length;
  } finally {
    for (const descriptor of descriptors.values()) closeSync(descriptor);
  }
}
