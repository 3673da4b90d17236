/**
 * Where the files of a segment lie: a folder of its own, named by its id, with `sidecar` and one
 * `<table>.native` for each table with rows. One rename moves or removes a segment as a whole, so no kill
 * can leave half of one. The id is padded to 20 digits, so that names sort as ids do.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentTable } from '@tracewright/model';
import { failpoint } from '@tracewright/std';
import { trySyncFolder } from './sync-folder.ts';

/** What is being removed bears this ending; whoever finds it finishes the removal. */
const REMOVED = '.removed';
/** What recovery saved from a damaged segment, until it takes that one's place. */
export const UNFINISHED = '.saved';

export function segmentName(id: bigint): string {
  return String(id).padStart(20, '0');
}

export function segmentPath(directory: string, id: bigint): string {
  return join(directory, segmentName(id));
}

export function sidecarPath(directory: string, id: bigint): string {
  return join(segmentPath(directory, id), 'sidecar');
}

export function tablePath(directory: string, id: bigint, table: SegmentTable): string {
  return join(segmentPath(directory, id), `${table}.native`);
}

/** The ids of the segments in a folder, in order. What a kill cut short is finished on the way. */
export function listSegmentIds(directory: string): readonly bigint[] {
  mkdirSync(directory, { recursive: true });
  const names = readdirSync(directory);
  const ids = names.filter((name) => /^\d{20}$/.test(name));
  for (const name of names) {
    const path = join(directory, name);
    if (name.endsWith(REMOVED)) rmSync(path, { recursive: true, force: true });
    if (!name.endsWith(UNFINISHED)) continue;
    const segment = name.slice(0, -UNFINISHED.length);
    // The original goes only when what was saved from it is whole.
    if (ids.includes(segment)) {
      rmSync(path, { recursive: true, force: true });
    } else {
      renameSync(path, join(directory, segment));
      ids.push(segment);
    }
  }
  return ids.map(BigInt).sort((a, b) => (a < b ? -1 : 1));
}

/** Moves a segment into another folder, so that a power cut finds it in one of the two. */
export function moveSegment(id: bigint, from: string, to: string): void {
  renameSync(segmentPath(from, id), segmentPath(to, id));
  trySyncFolder(to);
  trySyncFolder(from);
}

/** Removes a segment as a whole; nothing happens when it is not there. */
export function removeSegment(directory: string, id: bigint): void {
  const path = segmentPath(directory, id);
  failpoint('segment.remove.begin');
  try {
    renameSync(path, path + REMOVED);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return;
    throw cause;
  }
  failpoint('segment.remove.renamed');
  rmSync(path + REMOVED, { recursive: true, force: true });
  failpoint('segment.remove.done');
}
