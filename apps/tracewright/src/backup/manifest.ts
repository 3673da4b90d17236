/**
 * Manifest: what a backup says of itself. It is written last, so that a folder without one is no backup, and it lists
 * every file with its size and CRC-32, so that each byte can be verified.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { err, type Failure, failure, ok, type Result } from '@tracewright/std';
import type { BucketObject, TierRecord } from '@tracewright/storage';

export const MANIFEST = 'backup.json';
const FORMAT = 'tracewright-backup';
/** A backup that needs its bucket bears the second, so that a program from before does not take it for a whole one. */
const FORMAT_VERSION = 1;
const FORMAT_VERSION_LEFT = 2;

export type BackupFile = {
  /** Below the data folder, with slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly crc: number;
  /** Of the original, by which a later backup knows that it did not change. */
  readonly modifiedMs: number;
};

/** A file of a cold part whose objects stayed in their bucket. */
export type LeftFile = {
  /** Below the engine's notes on its bucket, with slashes. */
  readonly path: string;
  readonly objects: readonly BucketObject[];
};

export type Manifest = {
  readonly program: string;
  readonly schemaVersion: number;
  /** RFC 3339: all that was acknowledged before is in the backup. */
  readonly takenAt: string;
  readonly files: readonly BackupFile[];
  /** What the backup needs of a cold tier; absent when all is in it. */
  readonly left?: { readonly tier: TierRecord; readonly files: readonly LeftFile[] };
};

export function printManifest(manifest: Manifest): string {
  const { program, schemaVersion, takenAt, files, left } = manifest;
  const lines = [...files, ...(left?.files ?? [])].map((file) => JSON.stringify(file));
  const formatVersion = left === undefined ? FORMAT_VERSION : FORMAT_VERSION_LEFT;
  const head = {
    ...{ format: FORMAT, formatVersion, program, schemaVersion, takenAt },
    ...(left === undefined ? {} : { left: left.files.length, tier: left.tier }),
  };
  return `${JSON.stringify({ ...head, crc: crc32(lines.join('\n')) })}\n${lines.join('\n')}\n`;
}

/** Reads the manifest of a backup; a failure says why the folder is none. */
export function readManifest(folder: string): Result<Manifest> {
  let text: string;
  try {
    text = readFileSync(join(folder, MANIFEST), 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const isMissing = ['ENOENT', 'ENOTDIR'].includes(code);
    const reason = isMissing
      ? `it holds no ${MANIFEST}, which is written when a backup is complete`
      : String(cause);
    return err(failure('not-found', `${folder} is no backup: ${reason}`));
  }
  const end = text.indexOf('\n');
  const body = text.slice(end + 1).trimEnd();
  try {
    const head = JSON.parse(text.slice(0, end)) as Record<string, unknown>;
    if (head['format'] !== FORMAT) return err(failure('not-found', `${folder} is no backup of this program`));
    const formatVersion = Number(head['formatVersion']);
    if (formatVersion !== FORMAT_VERSION && formatVersion !== FORMAT_VERSION_LEFT) {
      return err(
        failure(
          'unsupported',
          `${folder} is a backup of format ${head['formatVersion']}, and this program knows formats up to ${FORMAT_VERSION_LEFT}: use the newer program that wrote it`,
        ),
      );
    }
    if (head['crc'] !== crc32(body)) return err(damaged(folder, 'its list has another checksum'));
    const lines = body === '' ? [] : body.split('\n').map((line): unknown => JSON.parse(line));
    const filesEnd = lines.length - Number(head['left'] ?? 0);
    return ok({
      program: String(head['program']),
      schemaVersion: Number(head['schemaVersion']),
      takenAt: String(head['takenAt']),
      files: lines.slice(0, filesEnd) as BackupFile[],
      ...(head['tier'] === undefined
        ? {}
        : { left: { tier: head['tier'] as TierRecord, files: lines.slice(filesEnd) as LeftFile[] } }),
    });
  } catch (cause) {
    return err(damaged(folder, String(cause)));
  }
}

/** No fault of whoever asks. */
function damaged(folder: string, reason: string): Failure {
  return failure('unavailable', `${join(folder, MANIFEST)} is damaged: ${reason}`, { retry: 'never' });
}
