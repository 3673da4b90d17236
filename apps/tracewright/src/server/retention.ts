/**
 * Retention as a chore: once soon after the start, then every ten minutes by age, every half minute where the disk has
 * a limit, and at once when the disk runs out of the room that retention has to keep.
 */
import { printBytes, printDuration } from '@tracewright/config';
import { applyRetention, type Engine, setPartSizes } from '@tracewright/storage';
import type { SettingsValues } from '../settings.ts';
import type { DiskRoom } from './disk-room.ts';
import type { Log } from './log.ts';

export type RetentionChore = {
  /** Told of each look at the disk. */
  looked(): void;
  stop(): void;
};

export type RetentionParts = {
  readonly engine: Engine;
  readonly policy: SettingsValues['storage']['retention'];
  readonly disk: DiskRoom;
  readonly ready: () => boolean;
  readonly log: Log;
};

const FIRST_MS = 5_000;
const EVERY_MS = 600_000;
const EVERY_BY_DISK_MS = 30_000;
/** Files of what was deleted take a moment to go: not every look deletes again. */
const LOW_PAUSE_MS = 2_000;
/** Deleting goes a little further than it has to, so that it rests for a while. */
const BEYOND = 1.05;

export function startRetention({ engine, policy, disk, ready, log }: RetentionParts): RetentionChore {
  let overLimit = false;
  let isRunning = false;
  let sizesSet = false;
  let notBeforeMs = 0;
  const byDisk = policy.disk > 0 || policy.free > 0;

  async function tidyUp(): Promise<void> {
    if (!ready() || isRunning) return;
    isRunning = true;
    try {
      await keepSizes();
      await apply();
    } finally {
      isRunning = false;
      notBeforeMs = performance.now() + LOW_PAUSE_MS;
    }
  }

  /** A failure is tried again with the next run; it only makes deleting coarser. */
  async function keepSizes(): Promise<void> {
    if (sizesSet) return;
    const limit = policy.disk > 0 ? policy.disk : policy.free > 0 ? disk.totalBytes : 0;
    sizesSet = (await setPartSizes(engine, limit)).ok;
  }

  async function apply(retried = false): Promise<void> {
    const low = isLow();
    const report = await applyRetention(
      engine,
      {
        ageMsMax: policy.age,
        diskBytesMax: policy.disk,
        excessBytes: low ? Math.ceil(policy.free * BEYOND) - disk.freeBytes : 0,
      },
      Date.now(),
    );
    if (!report.ok) {
      // Deleting writes a few bytes before it frees many.
      if (!retried && disk.releaseReserve()) return apply(true);
      log('warn', `Old data could not be deleted: ${report.failure.message}`);
      return;
    }
    for (const { day, reason, rows, bytes, untilUnixMs } of report.value.dropped) {
      const until = untilUnixMs === undefined ? '' : ` until ${new Date(untilUnixMs).toISOString()}`;
      log('info', `Deleted what arrived on ${day}${until}: ${whyDeleted(reason, low)}`, { rows, bytes });
    }
    const { bytesOnDisk, bytesOverLimit } = report.value;
    if (bytesOverLimit > 0 && !overLimit) {
      log('warn', `The tables take ${printBytes(bytesOnDisk)}, and only the newest data is left to delete`, {
        bytesOverLimit,
      });
    }
    overLimit = bytesOverLimit > 0;
  }

  /** `low` is what was seen before deleting made room. */
  function whyDeleted(reason: 'age' | 'disk', low: boolean): string {
    if (reason === 'age') return `older than ${printDuration(policy.age)}`;
    return low
      ? `less than ${printBytes(policy.free)} free on the disk`
      : `tables above ${printBytes(policy.disk)}`;
  }

  function isLow(): boolean {
    return policy.free > 0 && disk.freeBytes < policy.free;
  }

  const first = setTimeout(() => void tidyUp(), FIRST_MS).unref();
  const timer = setInterval(() => void tidyUp(), byDisk ? EVERY_BY_DISK_MS : EVERY_MS).unref();
  return {
    looked: () => {
      if (isLow() && performance.now() >= notBeforeMs) void tidyUp();
    },
    stop: () => {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
