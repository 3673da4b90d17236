/** Damage: what is known of a segment that was not found as it was written, and where it is kept aside. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEGMENT_TABLES, type SegmentTable } from '@tracewright/model';
import { segmentName } from './segment-files.ts';
import type { SidecarRecord } from './sidecar.ts';

export type DamagedSegment = {
  readonly id: bigint;
  /** A sentence for the operator. */
  readonly reason: string;
  /** Rows of acknowledged groups that could not be saved, where that is known. */
  readonly rows: Readonly<Record<SegmentTable, number>>;
};

export type RecoveryFolders = {
  readonly wal: string;
  /** Where damaged segments are kept aside. */
  readonly aside: string;
};

export function damage(id: bigint, reason: string, lost: readonly SidecarRecord[] = []): DamagedSegment {
  const rows: Record<SegmentTable, number> = { shared: 0, spans: 0, logs: 0 };
  for (const { blocks } of lost) for (const table of SEGMENT_TABLES) rows[table] += blocks[table]?.rows ?? 0;
  return { id, reason, rows };
}

/** The folder for a damaged segment; it need not be there. */
export function asidePath(folders: RecoveryFolders, id: bigint): string {
  mkdirSync(folders.aside, { recursive: true });
  return join(folders.aside, `${segmentName(id)}.damaged`);
}

/** Lays the reason beside a segment that is kept aside. */
export function noteReason(folders: RecoveryFolders, report: DamagedSegment): DamagedSegment {
  writeFileSync(join(asidePath(folders, report.id), 'reason'), `${report.reason}\n`, { flush: true });
  return report;
}
