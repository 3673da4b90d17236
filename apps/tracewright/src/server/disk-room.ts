/**
 * DiskRoom: how much room the disk under the data folder has, and whether that is enough to go on taking in.
 *
 * Below the floor senders are told to try again later, while what was acknowledged is still stored, merged and read
 * from the room that is left. Taking in begins again a little above the floor, so that it does not flutter. Besides
 * the floor a small file is held in reserve: on a disk that somebody else filled to its last byte it is given back, so
 * that deleting old data and a start, which write a few bytes themselves, still can.
 */
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { printBytes } from '@tracewright/config';

export type DiskRoom = {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** The floor as it counts here: of a small disk a tenth at most. */
  readonly freeBytesMin: number;
  /** Why nothing more may be taken in; undefined while there is room. */
  readonly problem: string | undefined;
  /** Gives the reserve back to the disk until there is room again; true when there was one. */
  releaseReserve(): boolean;
  stop(): void;
};

export type DiskRoomOptions = {
  readonly dataPath: string;
  readonly freeBytesMin: number;
  /** Called with each look at the disk. */
  readonly onLook?: (room: DiskRoom) => void;
  readonly report: (level: 'info' | 'warn' | 'error', message: string) => void;
};

const LOOK_EVERY_MS = 250;
const FLOOR_SHARE = 0.1;
/** How far above the floor taking in begins again. */
const ABOVE_FLOOR = 1.1;
/** Fewer names than these are left for files: a disk can run out of those with bytes to spare. */
const FILES_MIN = 256;
const RESERVE = 'reserve';
const RESERVE_BYTES_MAX = 16 * 1024 * 1024;
/** The reserve takes no more than this share of a small disk. */
const RESERVE_SHARE = 0.02;

type Look = { readonly free: number; readonly total: number; readonly filesFree: number };

export function watchDisk({ dataPath, freeBytesMin, onLook, report }: DiskRoomOptions): DiskRoom {
  let look = seen(statfsSync(dataPath));
  let problem: string | undefined;
  let isLooking = false;
  const floor = (): number => Math.min(freeBytesMin, Math.floor(look.total * FLOOR_SHARE));

  function judge(): void {
    const before = problem;
    const wanted = before === undefined ? floor() : floor() * ABOVE_FLOOR;
    if (look.filesFree < FILES_MIN) {
      problem = `The disk under ${dataPath} has no names left for files: delete some`;
    } else if (look.free < wanted) {
      problem =
        `The disk under ${dataPath} has ${roundBytes(look.free)} left of ${roundBytes(look.total)}, and ` +
        `${roundBytes(floor())} are kept free (storage.minFree): free some, or let storage.retention delete more`;
    } else {
      problem = undefined;
      keepReserve();
    }
    if ((before === undefined) === (problem === undefined)) return;
    if (problem === undefined) report('info', `The disk has room again: ${roundBytes(look.free)} are free`);
    else report('error', problem);
  }

  /** Made anew only while the disk has room to spare. */
  function keepReserve(): void {
    const bytes = Math.min(RESERVE_BYTES_MAX, Math.floor(look.total * RESERVE_SHARE));
    if (look.free < floor() * ABOVE_FLOOR + 2 * bytes) return;
    const path = join(dataPath, RESERVE);
    if (statSync(path, { throwIfNoEntry: false })?.size === bytes) return;
    try {
      writeReserve(path, bytes);
    } catch {
      rmSync(path, { force: true });
    }
  }

  async function lookAgain(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      look = seen(await statfs(dataPath));
      judge();
      onLook?.(room);
    } catch (cause) {
      problem = `The disk under ${dataPath} cannot be looked at: ${cause instanceof Error ? cause.message : String(cause)}`;
    } finally {
      isLooking = false;
    }
  }

  const room: DiskRoom = {
    get freeBytes() {
      return look.free;
    },
    get totalBytes() {
      return look.total;
    },
    get freeBytesMin() {
      return floor();
    },
    get problem() {
      return problem;
    },
    releaseReserve: () => releaseReserve(dataPath),
    stop: () => clearInterval(timer),
  };
  judge();
  const timer = setInterval(() => void lookAgain(), LOOK_EVERY_MS).unref();
  return room;
}

/** For a start on a full disk, which cannot even lock its folder otherwise. */
export function releaseReserve(dataPath: string): boolean {
  const path = join(dataPath, RESERVE);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false;
  rmSync(path, { force: true });
  return true;
}

/** Bytes that no file system can leave out or make smaller. */
function writeReserve(path: string, bytes: number): void {
  const descriptor = openSync(path, 'w');
  try {
    const chunk = randomFillSync(Buffer.alloc(Math.min(bytes, 1024 * 1024)));
    for (let at = 0; at < bytes; at += chunk.length)
      writeSync(descriptor, chunk, 0, Math.min(chunk.length, bytes - at));
  } finally {
    closeSync(descriptor);
  }
}

function seen({
  bavail,
  blocks,
  bsize,
  files,
  ffree,
}: {
  readonly bavail: number;
  readonly blocks: number;
  readonly bsize: number;
  readonly files: number;
  readonly ffree: number;
}): Look {
  // Some file systems make names as they need them and count none.
  return { free: bavail * bsize, total: blocks * bsize, filesFree: files === 0 ? FILES_MIN : ffree };
}

/** Three digits are enough to read. */
function roundBytes(bytes: number): string {
  const mebibytes = bytes / 1024 / 1024;
  if (mebibytes < 1) return printBytes(Math.floor(bytes / 1024) * 1024);
  return mebibytes < 1024
    ? `${mebibytes < 10 ? mebibytes.toFixed(1) : Math.round(mebibytes)}MiB`
    : `${(mebibytes / 1024).toFixed(1)}GiB`;
}
