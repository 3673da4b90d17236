/**
 * Where the files of a segment lie: `<id>.sidecar` and one `<id>.<table>.native` for each table with rows.
 * The id is padded to 20 digits, so that names sort as ids do.
 */
import { join } from 'node:path';
import { SEGMENT_TABLES, type SegmentTable } from '@tracewright/model';

export function segmentName(id: bigint): string {
  return String(id).padStart(20, '0');
}

export function sidecarPath(directory: string, id: bigint): string {
  return join(directory, `${segmentName(id)}.sidecar`);
}

export function tablePath(directory: string, id: bigint, table: SegmentTable): string {
  return join(directory, `${segmentName(id)}.${table}.native`);
}

/** The id that a file name of a segment begins with; undefined for other files. */
export function segmentIdOf(fileName: string): bigint | undefined {
  const match = /^(\d{20})\.(?:sidecar|(\w+)\.native)$/.exec(fileName);
  if (match?.[1] === undefined) return undefined;
  if (match[2] !== undefined && !SEGMENT_TABLES.some((table) => table === match[2])) return undefined;
  return BigInt(match[1]);
}
