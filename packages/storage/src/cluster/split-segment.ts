/**
 * SplitSegment: a segment's files divided among the shards, as one segment for each, in folders of their own.
 *
 * Resources and scopes go to all shards that get rows, whole: any row there may refer to them. The parts
 * bear the segment's own id, since a shard knows nothing of the others. They lie under a name that says that
 * they are unfinished; whoever finds them after a kill throws them away, for the segment is still there.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Segment, SegmentFile } from '@tracewright/model';
import { ok, type Result } from '@tracewright/std';
import type { Placement } from './shard-of.ts';
import { ShardRows, splitBlock } from './split-native.ts';

export const UNFINISHED = '.part';

export type SegmentPart = {
  readonly shard: number;
  /** The folder that holds the part's files. */
  readonly folder: string;
  readonly segment: Segment;
  readonly bytes: number;
};

/** Blocks are divided until this long has passed; then whoever else waits has a turn. */
const SLICE_MS = 5;

export async function splitSegment(
  segment: Segment,
  placement: Placement,
  folderOf: (shard: number) => string,
): Promise<Result<readonly SegmentPart[]>> {
  const files: SegmentFile[][] = Array.from({ length: placement.shards }, () => []);
  for (const file of segment.files) {
    if (file.table === 'shared' || file.rows === 0) continue;
    const split = await splitFile(file, file.table, placement);
    if (!split.ok) return split;
    for (const [shard, { rows, bytes, length }] of split.value.entries()) {
      if (rows === 0) continue;
      const path = join(prepare(folderOf(shard), files[shard]?.length === 0), `${file.table}.native`);
      writeFileSync(path, bytes.subarray(0, length));
      files[shard]?.push({ table: file.table, path, bytes: length, rows });
    }
  }
  const parts: SegmentPart[] = [];
  const shared = segment.files.filter((file) => file.table === 'shared' && file.rows > 0);
  for (const [shard, own] of files.entries()) {
    // A segment with nothing but shared values goes to every shard.
    const isEverywhere = files.every((others) => others.length === 0);
    if (own.length === 0 && !(isEverywhere && shared.length > 0)) continue;
    const folder = prepare(folderOf(shard), own.length === 0);
    const copies = shared.map((file) => {
      const path = join(folder, 'shared.native');
      copyFileSync(file.path, path);
      return { ...file, path };
    });
    const all = [...copies, ...own];
    const bytes = all.reduce((sum, file) => sum + file.bytes, 0);
    parts.push({ shard, folder, segment: { ...segment, files: all }, bytes });
  }
  return ok(parts);
}

function prepare(folder: string, isFirst: boolean): string {
  if (!isFirst) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function splitFile(
  file: SegmentFile,
  table: 'spans' | 'logs',
  placement: Placement,
): Promise<Result<readonly ShardRows[]>> {
  const bytes = readFileSync(file.path);
  const shards = Array.from({ length: placement.shards }, () => new ShardRows());
  let sliceEndsAtMs = performance.now() + SLICE_MS;
  for (let at = 0; at < Math.min(bytes.length, file.bytes); ) {
    const next = splitBlock(bytes, at, table, placement, shards);
    if (!next.ok) {
      const message = `Cannot divide ${file.path}: ${next.failure.message}`;
      return { ok: false, failure: { ...next.failure, message } };
    }
    at = next.value;
    if (performance.now() < sliceEndsAtMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    sliceEndsAtMs = performance.now() + SLICE_MS;
  }
  return ok(shards);
}
