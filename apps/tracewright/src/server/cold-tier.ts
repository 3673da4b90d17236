/**
 * ColdTierChore: looks at the cold tier every half minute, moves old days there every ten, and says in the log what it
 * did, what is wrong, and when it is well again. Ingest and what is hot never wait for it.
 */
import { readFileSync } from 'node:fs';
import { printBytes } from '@tracewright/config';
import { err, failure, ok, type Result } from '@tracewright/std';
import { type ColdTier, type ColdVolume, type Engine, moveDays } from '@tracewright/storage';
import type { SettingsValues } from '../settings.ts';
import type { Log } from './log.ts';

type ColdSettings = SettingsValues['storage']['tiers']['cold'];

/** The tier that the settings name; undefined where they name none. */
export function coldTierOf({ path, s3 }: ColdSettings): Result<ColdTier | undefined> {
  if (path !== '') return ok({ kind: 'folder', path });
  if (s3.endpoint === '') return ok(undefined);
  const secret = readSecret(s3);
  if (!secret.ok) return secret;
  return ok({
    kind: 's3',
    endpoint: s3.endpoint,
    bucket: s3.bucket,
    prefix: s3.prefix.replace(/^\/+|\/+$/g, ''),
    region: s3.region,
    accessKeyId: s3.accessKeyId,
    secretAccessKey: secret.value,
    cacheBytesMax: s3.cache,
  });
}

function readSecret({ secretAccessKey, secretAccessKeyFile }: ColdSettings['s3']): Result<string> {
  if (secretAccessKeyFile === '') return ok(secretAccessKey ?? '');
  try {
    return ok(readFileSync(secretAccessKeyFile, 'utf8').trim());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return err(failure('invalid', `Cannot read storage.tiers.cold.s3.secretAccessKeyFile: ${reason}`));
  }
}

export type ColdTierChore = {
  /** Somebody's question failed because of the tier. */
  lookSoon(): void;
  stop(): void;
};

export type ColdTierParts = {
  readonly engine: Engine;
  readonly volume: ColdVolume;
  readonly settings: ColdSettings;
  readonly ready: () => boolean;
  /** Ends the engine's process, which is then started anew with the tier as it is found. */
  readonly restartEngine: () => void;
  readonly log: Log;
};

const LOOK_MS = 30_000;
const LOOK_SOON_MS = 500;
const FIRST_MOVE_MS = 3_000;
const MOVE_MS = 600_000;

export function startColdTier(parts: ColdTierParts): ColdTierChore {
  const { engine, volume, settings, ready, log } = parts;
  const stopping = new AbortController();
  let said: string | undefined;
  let isLooking = false;
  let isMoving = false;
  let soon: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    if (isLooking || stopping.signal.aborted) return;
    isLooking = true;
    await volume.look();
    isLooking = false;
    if (stopping.signal.aborted) return;
    tell();
    if (volume.problem === undefined && !volume.attached && ready()) {
      log('info', 'The cold tier can be used again: the engine is started anew with it');
      parts.restartEngine();
    }
  }

  function tell(): void {
    const { problem } = volume;
    if (problem === said) return;
    if (problem === undefined) log('info', 'The cold tier is well again');
    else log('warn', `The cold tier cannot be used: ${problem}. What is hot is taken in and found as always`);
    said = problem;
  }

  async function move(): Promise<void> {
    if (isMoving || !ready() || !volume.attached || volume.problem !== undefined) return;
    isMoving = true;
    const policy = { use: settings.use, afterMs: settings.after, hotBytesMax: settings.hotMax };
    const report = await moveDays(engine, volume, policy, Date.now(), stopping.signal);
    isMoving = false;
    if (stopping.signal.aborted) return;
    if (!report.ok) {
      log('warn', `Days could not be moved between tiers: ${report.failure.message}`);
      return;
    }
    for (const { day, table, to, bytes } of report.value.moved)
      log('info', `Moved ${table} that arrived on ${day} to the ${to} tier`, { size: printBytes(bytes) });
    for (const { day, table, to, reason } of report.value.failed)
      log('warn', `${table} of ${day} stay where they are, and move to the ${to} tier later: ${reason}`);
    tell();
  }

  tell();
  const looking = setInterval(() => void look(), LOOK_MS).unref();
  const first = setTimeout(() => void move(), FIRST_MOVE_MS).unref();
  const moving = setInterval(() => void move(), MOVE_MS).unref();
  return {
    lookSoon: () => {
      soon ??= setTimeout(() => {
        soon = undefined;
        void look();
      }, LOOK_SOON_MS).unref();
    },
    stop: () => {
      stopping.abort();
      clearTimeout(first);
      clearTimeout(soon);
      clearInterval(looking);
      clearInterval(moving);
    },
  };
}
