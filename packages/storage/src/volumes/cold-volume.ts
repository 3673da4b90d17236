/**
 * ColdVolume: the cold tier of one data folder, and whether it can be used at the moment.
 *
 * The engine opens no table of which a part lies in a bucket that does not answer. So the tier is looked at before the
 * engine is opened, and when it cannot be used the engine is opened without it: what is hot is taken in and found as
 * always, and what is cold stays where it is. A marker on the tier, with the id that the record in the data folder
 * has too, tells this folder's tier from another's, from an emptied one and from a mount point without its disk.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import { makeFolder } from '../make-folder.ts';
import { askBucket } from './bucket-request.ts';
import {
  type ColdBucket,
  type ColdTier,
  coldPartsPath,
  HOT_ONLY,
  printVolumes,
  type VolumeConfig,
} from './cold-tier.ts';
import { checkTier, placeOf, type TierRecord, writeTierRecord } from './tier-record.ts';

/** Says on the tier whose it is: an id, and below it those of the folders that a restore took it over from. */
const MARKER = 'tracewright-cold-tier';
const TRIAL = 'tracewright-cold-trial';

export class ColdVolume {
  readonly tier: ColdTier;
  readonly #enginePath: string;
  #record: TierRecord;
  #problem: string | undefined = 'it has not been looked at yet';
  /** Whether the engine that runs, or is about to, was told of the tier. */
  #attached = false;

  private constructor(tier: ColdTier, enginePath: string, record: TierRecord) {
    this.tier = tier;
    this.#enginePath = enginePath;
    this.#record = record;
  }

  /** Fails where the folder's cold data lies elsewhere. Undefined: the folder has no cold tier. */
  static open(tier: ColdTier | undefined, enginePath: string): Result<ColdVolume | undefined> {
    const checked = checkTier(enginePath, tier);
    if (!checked.ok) return checked;
    if (tier === undefined) return ok(undefined);
    const record = checked.value ?? { id: randomUUID(), kind: tier.kind, place: placeOf(tier), days: {} };
    return ok(new ColdVolume(tier, enginePath, record));
  }

  /** Why the tier cannot be used, in words; undefined when it can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** False while the engine runs without the tier. */
  get attached(): boolean {
    return this.#attached;
  }

  /** The folder below which the folders of its parts can be seen. */
  get partsPath(): string {
    return coldPartsPath(this.tier, this.#enginePath);
  }

  get days(): TierRecord['days'] {
    return this.#record.days;
  }

  /** Whether rows of this segment may be cold while the engine cannot see them. */
  hides(segment: bigint): boolean {
    if (this.#attached) return false;
    const arrived = new Date(Number(segment / 1000n)).toISOString();
    return this.#record.days[arrived.slice(0, 10).replaceAll('-', '')] !== undefined;
  }

  /** The largest time that a cold row claims; undefined when nothing is cold. */
  newestNano(table: 'spans' | 'logs'): bigint | undefined {
    const times = Object.values(this.#record.days).flatMap((day) => day[table] ?? []);
    return times
      .map(BigInt)
      .reduce<bigint | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
  }

  /** Writes, reads and deletes on the tier; the outcome is what `problem` says from then on. */
  async look(): Promise<Result<void>> {
    const looked = await this.#look();
    this.#problem = looked.ok ? undefined : looked.failure.message;
    return looked;
  }

  /** What the engine's configuration has to say at its next opening. */
  print(): VolumeConfig {
    this.#attached = this.#problem === undefined;
    return this.#attached ? printVolumes(this.tier, this.#enginePath) : HOT_ONLY;
  }

  /** The engine could not be opened as configured; the next look decides again. */
  openFailed(reason: string): void {
    if (this.#attached) this.#problem = `the engine could not be opened with it: ${reason}`;
  }

  /** Remembers, before a day of a table moves, what the newest time of its rows is. */
  noteMoving(table: 'spans' | 'logs', day: number, newestNano: bigint): void {
    const known = this.#record.days[day] ?? {};
    const before = BigInt(known[table] ?? 0);
    if (known[table] !== undefined && before >= newestNano) return;
    const days = { ...this.#record.days, [day]: { ...known, [table]: String(newestNano) } };
    this.#write({ ...this.#record, days });
  }

  /** Forgets the days of which nothing is cold any more. */
  noteCold(present: ReadonlySet<number>): void {
    const kept = Object.entries(this.#record.days).filter(([day]) => present.has(Number(day)));
    if (kept.length < Object.keys(this.#record.days).length)
      this.#write({ ...this.#record, days: Object.fromEntries(kept) });
  }

  #write(record: TierRecord): void {
    writeTierRecord(this.#enginePath, record);
    this.#record = record;
  }

  async #look(): Promise<Result<void>> {
    const found = await this.#get(MARKER);
    if (!found.ok) return found;
    if (found.value === undefined) {
      if (Object.keys(this.#record.days).length > 0) {
        const missing = this.tier.kind === 'folder' ? 'is its disk mounted?' : 'is it the right one?';
        return err(problem(`${placeOf(this.tier)} lacks this data folder's marker ${MARKER}: ${missing}`));
      }
      const put = await this.#put(MARKER, `${this.#record.id}\n`);
      if (!put.ok) return put;
    } else if (found.value.split('\n')[0]?.trim() !== this.#record.id) {
      return err(
        problem(
          `${placeOf(this.tier)} is the cold tier of another data folder, as its marker ${MARKER} says`,
        ),
      );
    }
    const text = randomUUID();
    const put = await this.#put(TRIAL, text);
    if (!put.ok) return put;
    const got = await this.#get(TRIAL);
    if (!got.ok) return got;
    if (got.value !== text) return err(problem(`${placeOf(this.tier)} does not give back what was written`));
    const gone = await this.#remove(TRIAL);
    if (!gone.ok) return gone;
    this.#write(this.#record);
    return ok(undefined);
  }

  #get(name: string): Promise<Result<string | undefined>> {
    if (this.tier.kind === 's3') return askBucket(this.tier, 'GET', name);
    return onDisk(this.tier.path, (path) => {
      try {
        return readFileSync(join(path, name), 'utf8');
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
        throw cause;
      }
    });
  }

  async #put(name: string, text: string): Promise<Result<void>> {
    if (this.tier.kind === 's3') {
      const put = await askBucket(this.tier, 'PUT', name, text);
      return put.ok ? ok(undefined) : put;
    }
    const { path: folder } = this.tier;
    const made = makeFolder(folder);
    if (!made.ok) return err(problem(`${folder} cannot be used: ${made.failure.message}`));
    return onDisk(folder, (path) => {
      writeFileSync(join(path, name), text, { flush: true });
    });
  }

  async #remove(name: string): Promise<Result<void>> {
    if (this.tier.kind === 's3') {
      const gone = await askBucket(this.tier, 'DELETE', name);
      return gone.ok ? ok(undefined) : gone;
    }
    return onDisk(this.tier.path, (path) => rmSync(join(path, name)));
  }
}

/**
 * Gives a bucket to a data folder that is restored, under a new id, so that the folder that had it is refused from
 * then on. Only the folder that the record is of, and those it was restored to, can have been before.
 */
export async function takeOverBucket(tier: ColdBucket, record: TierRecord): Promise<Result<TierRecord>> {
  const found = await askBucket(tier, 'GET', MARKER);
  if (!found.ok) return found;
  const ids = (found.value ?? '').split('\n').filter((id) => id !== '');
  if (!ids.includes(record.id)) {
    const reason =
      found.value === undefined
        ? `lacks the marker ${MARKER} of the data folder that was backed up: is it the right one?`
        : `is the cold tier of another data folder than the one that was backed up, as its marker ${MARKER} says`;
    return err(problem(`${placeOf(tier)} ${reason}`));
  }
  const id = randomUUID();
  const put = await askBucket(tier, 'PUT', MARKER, `${[id, ...ids].join('\n')}\n`);
  return put.ok ? ok({ ...record, id }) : put;
}

async function onDisk<T>(path: string, act: (path: string) => T): Promise<Result<T>> {
  try {
    return ok(act(path));
  } catch (cause) {
    return err(problem(`${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`));
  }
}

function problem(message: string): ReturnType<typeof failure> {
  return failure('unavailable', message);
}
