/** Retention as a chore: once soon after the start, then every ten minutes, whenever the store is there. */
import { printBytes, printDuration } from '@tracewright/config';
import { applyRetention, type Engine } from '@tracewright/storage';
import type { SettingsValues } from '../settings.ts';
import type { Log } from './log.ts';

export type RetentionChore = { stop(): void };

export type RetentionParts = {
  readonly engine: Engine;
  readonly policy: SettingsValues['storage']['retention'];
  readonly ready: () => boolean;
  readonly log: Log;
};

const FIRST_MS = 5_000;
const EVERY_MS = 600_000;

export function startRetention({ engine, policy, ready, log }: RetentionParts): RetentionChore {
  let overLimit = false;

  async function tidyUp(): Promise<void> {
    if (!ready()) return;
    const report = await applyRetention(
      engine,
      { ageMsMax: policy.age, diskBytesMax: policy.disk },
      Date.now(),
    );
    if (!report.ok) {
      log('warn', `Old data could not be deleted: ${report.failure.message}`);
      return;
    }
    for (const { day, reason, rows, bytes } of report.value.dropped) {
      const why =
        reason === 'age'
          ? `older than ${printDuration(policy.age)}`
          : `tables above ${printBytes(policy.disk)}`;
      log('info', `Deleted what arrived on ${day}: ${why}`, { rows, bytes });
    }
    const { bytesOnDisk, bytesOverLimit } = report.value;
    if (bytesOverLimit > 0 && !overLimit) {
      log('warn', `The tables take ${printBytes(bytesOnDisk)}, and only today's data is left to delete`, {
        bytesOverLimit,
      });
    }
    overLimit = bytesOverLimit > 0;
  }

  const first = setTimeout(() => void tidyUp(), FIRST_MS).unref();
  const timer = setInterval(() => void tidyUp(), EVERY_MS).unref();
  return {
    stop: () => {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
