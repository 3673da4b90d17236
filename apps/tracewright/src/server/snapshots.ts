/**
 * Snapshots: a picture of the whole data folder at one moment, for a backup to copy from while the server goes on.
 *
 * It lies below the data folder and is made of hard links: first the segments that wait, then the tables. A segment
 * that is stored in between is in both, and is not stored twice by whoever opens the copy. All that was acknowledged
 * before is in it. What is cold is held where it lies, and the picture's `cold` leads there. While it is held the disks
 * keep what the server would delete, so there is one at a time, it is let go when nobody asks for it any more, and a
 * start removes what a former life held.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotJson } from '@tracewright/api';
import type { Pipeline } from '@tracewright/pipeline';
import { err, failure, ok, type Result } from '@tracewright/std';
import {
  type ColdVolume,
  coldPicture,
  type Engine,
  freezeStore,
  listColdPictures,
  SCHEMA_VERSION,
  TIER_RECORD,
  thawStore,
} from '@tracewright/storage';
import type { Log } from './log.ts';

export type Snapshots = {
  take(): Promise<Result<SnapshotJson>>;
  /** False when there is no such snapshot. */
  keep(id: string): boolean;
  release(id: string): Promise<boolean>;
  /** Lets go of what a former life held of the cold tier, which only an open engine can. */
  clear(): Promise<void>;
};

/** In a picture: leads to that of the cold tier, where there is one. */
export const COLD_LINK = 'cold';

export type SnapshotParts = {
  readonly dataPath: string;
  readonly pipeline: Pipeline;
  readonly engine: Engine;
  readonly ready: () => boolean;
  /** The engine may run without its cold tier, of which a picture would then lack everything. */
  readonly volume: ColdVolume | undefined;
  /** The tables are servers' of their own, whose files are not here. */
  readonly isRemote: boolean;
  readonly log: Log;
};

const FOLDER = 'snapshots';
const KEPT_MS = 120_000;
/** Segments close within `wal.segmentInterval`, which is a minute at most. */
const CLOSE_DEADLINE_MS = 70_000;
const POLL_MS = 10;

export async function openSnapshots(parts: SnapshotParts): Promise<Snapshots> {
  const { dataPath, pipeline, engine, ready, volume, isRemote, log } = parts;
  const folder = join(dataPath, FOLDER);
  const enginePath = join(dataPath, 'engine');
  await rm(folder, { recursive: true, force: true });
  await rm(join(enginePath, 'shadow'), { recursive: true, force: true });
  let held: { readonly id: string; timer: NodeJS.Timeout } | undefined;
  let isTaking = false;
  let thawing: Promise<void> = Promise.resolve();

  async function take(): Promise<Result<SnapshotJson>> {
    if (isRemote) {
      const reason = 'The tables lie on the servers of storage.url, which are backed up by their own means';
      return err(failure('unsupported', reason));
    }
    if (!ready()) return err(failure('unavailable', 'The store is not open, so that nothing can be frozen'));
    const away = coldIsAway();
    if (!away.ok) return away;
    if (isTaking || held !== undefined) {
      return err(
        failure('overloaded', 'A snapshot is held already, by another backup that goes on or was cut short', {
          retryAfterMs: KEPT_MS,
        }),
      );
    }
    isTaking = true;
    // The engine writes a name that is not only letters and digits in another way.
    const id = randomUUID().replaceAll('-', '');
    const path = join(folder, id);
    const takenAt = new Date().toISOString();
    try {
      await mkdir(path, { recursive: true });
      await clear();
      const linked = await linkSegments(path);
      const made = linked.ok
        ? await freezeStore(engine, enginePath, id, join(path, 'engine'), coldPath())
        : linked;
      // The engine may have been started anew meanwhile.
      const frozen = made.ok ? coldIsAway() : made;
      if (!frozen.ok) {
        await rm(path, { recursive: true, force: true });
        thaw(id);
        return frozen;
      }
      await linkCold(path, id);
      // After the tables, so that it is above every segment in them.
      await copyFile(join(dataPath, 'segment-floor'), join(path, 'segment-floor')).catch(ignoreMissing);
      held = { id, timer: expiry(id) };
      return ok({ snapshot: id, path, schemaVersion: SCHEMA_VERSION, takenAt, keptMs: KEPT_MS });
    } catch (cause) {
      await rm(path, { recursive: true, force: true });
      thaw(id);
      const reason = cause instanceof Error ? cause.message : String(cause);
      return err(failure('unavailable', `Cannot make a snapshot in ${folder}: ${reason}`, { cause }));
    } finally {
      isTaking = false;
    }
  }

  /** The segments that held rows when this began and are not stored yet. */
  async function linkSegments(path: string): Promise<Result<void>> {
    const open = new Set(pipeline.openSegments);
    const until = performance.now() + CLOSE_DEADLINE_MS;
    while (pipeline.openSegments.some((id) => open.has(id))) {
      if (performance.now() > until)
        return err(failure('unavailable', 'A segment stays open: is the disk slow?', { retry: 'later' }));
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await mkdir(join(path, 'wal'), { recursive: true });
    for (const { id } of pipeline.closedSegments) {
      const name = String(id).padStart(20, '0');
      await linkFolder(join(dataPath, 'wal', name), join(path, 'wal', name));
    }
    const quarantine = join(dataPath, 'quarantine');
    await mkdir(join(path, 'quarantine'), { recursive: true });
    for (const name of await readdir(quarantine).catch((): string[] => []))
      await linkFolder(join(quarantine, name), join(path, 'quarantine', name));
    return ok(undefined);
  }

  function coldIsAway(): Result<void> {
    if (volume === undefined || volume.attached || Object.keys(volume.days).length === 0)
      return ok(undefined);
    const reason = volume.problem ?? 'the engine still runs without it';
    const words = `A backup would lack what lies on the cold tier, which is away: ${reason}`;
    return err(failure('unavailable', words));
  }

  /** Undefined while the engine sees nothing of a cold tier. */
  function coldPath(): string | undefined {
    return volume?.attached === true && ready() ? volume.partsPath : undefined;
  }

  async function linkCold(path: string, id: string): Promise<void> {
    const folder = coldPath();
    if (folder === undefined || !existsSync(coldPicture(folder, id))) return;
    await copyFile(join(enginePath, TIER_RECORD), join(path, 'engine', TIER_RECORD));
    await symlink(coldPicture(folder, id), join(path, COLD_LINK));
  }

  /** In the background: a picture may name many objects. */
  function thaw(id: string): void {
    thawing = thawing.then(async () => {
      const folder = coldPath();
      if (folder === undefined || !existsSync(coldPicture(folder, id))) return;
      const thawed = await thawStore(engine, folder, id);
      if (!thawed.ok) log('warn', `The cold tier keeps what a backup held: ${thawed.failure.message}`);
    });
  }

  async function clear(): Promise<void> {
    const folder = coldPath();
    if (folder === undefined) return;
    for (const id of await listColdPictures(folder)) if (id !== held?.id) thaw(id);
    await thawing;
  }

  async function release(id: string): Promise<boolean> {
    if (held?.id !== id) return false;
    clearTimeout(held.timer);
    await rm(join(folder, id), { recursive: true, force: true });
    held = undefined;
    thaw(id);
    return true;
  }

  function expiry(id: string): NodeJS.Timeout {
    return setTimeout(() => {
      log('warn', 'A backup did not finish: its snapshot is removed', { snapshot: id });
      void release(id);
    }, KEPT_MS).unref();
  }

  return {
    take,
    release,
    clear,
    keep: (id) => {
      if (held?.id !== id) return false;
      clearTimeout(held.timer);
      held.timer = expiry(id);
      return true;
    },
  };
}

/** All of a folder, or nothing where it goes away meanwhile: then its rows are in the tables. */
async function linkFolder(from: string, to: string): Promise<void> {
  try {
    const names = await readdir(from);
    await mkdir(to);
    for (const name of names) await link(join(from, name), join(to, name));
  } catch (cause) {
    await rm(to, { recursive: true, force: true });
    ignoreMissing(cause);
  }
}

function ignoreMissing(cause: unknown): void {
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
}
