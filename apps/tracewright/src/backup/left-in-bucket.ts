/**
 * LeftInBucket: the part of a backup that was left where it lies, as a restore finds it again. A bucket serves one data
 * folder at a time: the one that is restored takes it over.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import {
  bucketMetadataPath,
  type ColdBucket,
  listObjects,
  printBucketFile,
  type TierRecord,
  takeOverBucket,
  writeTierRecord,
} from '@tracewright/storage';
import type { Terminal } from '../cli/terminal.ts';
import { bucketAtHand } from './cold-source.ts';
import type { LeftFile, Manifest } from './manifest.ts';

export type FoundLeft = {
  readonly tier: ColdBucket;
  readonly record: TierRecord;
  /** Of parts that are there as a whole. */
  readonly files: readonly LeftFile[];
  readonly parts: number;
  /** How many parts lack objects, and the days of their arrival, 20260102. */
  readonly lost: { readonly parts: number; readonly days: readonly string[] };
};

/** Looks in the bucket for every object that the backup needs, with its size. */
export async function findLeft(
  { tier: record, files }: NonNullable<Manifest['left']>,
  terminal: Terminal,
): Promise<Result<FoundLeft>> {
  const tier = bucketAtHand(record, terminal);
  if (!tier.ok) return tier;
  let there: ReadonlyMap<string, number>;
  try {
    there = await listObjects(tier.value, terminal.interrupted());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return err(failure('unavailable', `Cannot look for what was left in ${record.place}: ${reason}`));
  }
  const lost = new Set<string>();
  for (const { path, objects } of files)
    if (objects.some(({ key, bytes }) => there.get(key) !== bytes)) lost.add(partOf(path));
  const parts = new Set(files.map(({ path }) => partOf(path)));
  return ok({
    tier: tier.value,
    record,
    files: files.filter(({ path }) => !lost.has(partOf(path))),
    parts: parts.size - lost.size,
    lost: { parts: lost.size, days: [...new Set([...lost].map(dayOf))].sort() },
  });
}

/** Writes into a new engine's folder what it has to know of its bucket. */
export async function noteLeft(
  { tier, record, files }: FoundLeft,
  enginePath: string,
): Promise<Result<void>> {
  const taken = await takeOverBucket(tier, record);
  if (!taken.ok) return taken;
  const notes = bucketMetadataPath(enginePath);
  for (const { path, objects } of files) {
    const file = join(notes, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, printBucketFile(objects), { flush: true });
  }
  writeTierRecord(enginePath, taken.value);
  return ok(undefined);
}

function partOf(path: string): string {
  return path.split('/').slice(0, 4).join('/');
}

function dayOf(part: string): string {
  return part.split('/')[3]?.slice(0, 8) ?? '';
}
