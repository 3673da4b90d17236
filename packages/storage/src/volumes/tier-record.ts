/**
 * TierRecord: what a data folder remembers of its cold tier, in a small file beside the engine's own. No secrets.
 *
 * The engine itself would open without its cold parts and say nothing, so this record is what notices that a tier is
 * missing or is another one. For each cold day it also has the newest time that a row of it claims, an upper bound
 * that is written before the day moves: so a question for later times is known not to need the cold tier.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import { bucketUrl, type ColdTier, coldPartsPath } from './cold-tier.ts';

export type TierRecord = {
  /** Stands in the tier's marker too. */
  readonly id: string;
  readonly kind: ColdTier['kind'];
  /** The folder's path or the bucket's URL. */
  readonly place: string;
  /** By day of arrival as a number, 20260102: the largest event time of its rows, as text of digits. */
  readonly days: Readonly<Record<string, { readonly spans?: string; readonly logs?: string }>>;
};

/** Its name in the engine's folder. */
export const TIER_RECORD = 'cold-tier.json';

export function readTierRecord(enginePath: string): Result<TierRecord | undefined> {
  const path = join(enginePath, TIER_RECORD);
  if (!existsSync(path)) return ok(undefined);
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<TierRecord>;
    const { id, kind, place, days } = value;
    if (typeof id === 'string' && (kind === 'folder' || kind === 's3') && typeof place === 'string')
      return ok({ id, kind, place, days: days ?? {} });
    return err(damaged(path, 'it lacks what it should say'));
  } catch (cause) {
    return err(damaged(path, cause instanceof Error ? cause.message : String(cause)));
  }
}

function damaged(path: string, reason: string): ReturnType<typeof failure> {
  return failure('internal', `Cannot read what the data folder says of its cold tier, ${path}: ${reason}`);
}

export function writeTierRecord(enginePath: string, record: TierRecord): void {
  mkdirSync(enginePath, { recursive: true });
  const path = join(enginePath, TIER_RECORD);
  const next = `${path}.new`;
  writeFileSync(next, `${JSON.stringify(record, undefined, 2)}\n`, { flush: true });
  renameSync(next, path);
}

export function placeOf(tier: ColdTier): string {
  return tier.kind === 'folder' ? tier.path : bucketUrl(tier);
}

/**
 * Whether the configured tier may be used with this folder. A tier that holds data can neither be left out nor be
 * exchanged for another one; an empty one can, and is forgotten.
 */
export function checkTier(enginePath: string, tier: ColdTier | undefined): Result<TierRecord | undefined> {
  const read = readTierRecord(enginePath);
  if (!read.ok) return read;
  const record = read.value;
  if (record === undefined) return ok(undefined);
  if (tier !== undefined && tier.kind === record.kind && placeOf(tier) === record.place) return ok(record);
  const held = heldWords(enginePath, record);
  if (held === undefined) {
    rmSync(join(enginePath, TIER_RECORD));
    return ok(undefined);
  }
  return err(
    failure(
      'invalid',
      `The cold tier cannot be ${tier === undefined ? 'left out' : 'another one'}: ${held}. Name it again in storage.tiers.cold, with use: empty to bring everything back, or wait until retention has emptied it`,
    ),
  );
}

type HeldElsewhere = Pick<TierRecord, 'kind' | 'place'> & {
  /** Half a sentence: which place holds which days. */
  readonly words: string;
};

/** What of the folder's data lies on a cold tier; undefined when nothing does. */
export function readHeldElsewhere(enginePath: string): Result<HeldElsewhere | undefined> {
  const read = readTierRecord(enginePath);
  if (!read.ok) return read;
  if (read.value === undefined) return ok(undefined);
  const { kind, place } = read.value;
  const words = heldWords(enginePath, read.value);
  return ok(words === undefined ? undefined : { kind, place, words });
}

function heldWords(enginePath: string, record: TierRecord): string | undefined {
  const days = coldDays(enginePath, record);
  if (days.length === 0 && Object.keys(record.days).length === 0) return undefined;
  const held =
    days.length === 0
      ? 'may hold data'
      : `holds what arrived on ${days.length === 1 ? days[0] : `${days.length} days from ${days[0]} to ${days.at(-1)}`}`;
  return `${record.kind === 'folder' ? 'folder' : 'bucket'} ${record.place} ${held}`;
}

/** The folder below which the folders of the tier's parts can be seen. */
export function tierPartsPath({ kind, place }: TierRecord, enginePath: string): string {
  return coldPartsPath(kind === 'folder' ? { kind, path: place } : { kind }, enginePath);
}

/** Days of which the tier has parts, oldest first, as far as the local disk can tell. */
export function coldDays(enginePath: string, record: TierRecord): number[] {
  const store = join(tierPartsPath(record, enginePath), 'store');
  const days = new Set<number>();
  for (const bucket of foldersIn(store))
    for (const table of foldersIn(join(store, bucket)))
      for (const part of foldersIn(join(store, bucket, table))) {
        const day = /^(\d{8})_\d+_\d+_\d+(?:_\d+)?$/.exec(part)?.[1];
        if (day !== undefined) days.add(Number(day));
      }
  return [...days].sort((a, b) => a - b);
}

function foldersIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
