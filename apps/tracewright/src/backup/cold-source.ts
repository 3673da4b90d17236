/**
 * ColdSource: what a backup finds on the cold tier. Its files lie below one folder, laid out as in an engine's own; of a
 * bucket that folder only says which objects each file is made of.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { err, failure, ok, type Result } from '@tracewright/std';
import {
  type BucketObject,
  type ColdBucket,
  parseBucketFile,
  placeOf,
  readObject,
  type TierRecord,
} from '@tracewright/storage';
import { loadConfig } from '../cli/load-config.ts';
import type { Terminal } from '../cli/terminal.ts';
import { coldTierOf } from '../server/cold-tier.ts';
import { listFiles, type SourceFile } from './copy-files.ts';
import { isData, isForever } from './data-folder.ts';
import type { BackupFile } from './manifest.ts';

export type ColdSource = { readonly record: TierRecord; readonly folder: string };

/** Its path begins with `store`. */
export type ColdFile = SourceFile & {
  /** Of a folder none. */
  readonly objects: readonly BucketObject[];
};

/** What lies there of parts. A part that is hot as well, by a move that was cut short, is left out by `isHot`. */
export async function listColdFiles(
  { record, folder }: ColdSource,
  isHot: (path: string) => boolean,
): Promise<Result<readonly ColdFile[]>> {
  const found: ColdFile[] = [];
  for (const file of await listFiles(folder, (path) => isData(`engine/${path}`))) {
    if (!isForever(`engine/${file.path}`) || isHot(file.path)) continue;
    if (record.kind === 'folder') found.push({ ...file, objects: [] });
    else {
      const path = join(folder, file.path);
      const objects = parseBucketFile(readFileSync(path, 'utf8'), path);
      if (!objects.ok) return objects;
      const bytes = objects.value.reduce((sum, object) => sum + object.bytes, 0);
      found.push({ ...file, bytes, objects: objects.value });
    }
  }
  return ok(found);
}

/** The bucket of this record as the configuration at hand names it, with its key. */
export function bucketAtHand({ place }: TierRecord, { env, cwd }: Terminal): Result<ColdBucket> {
  const loaded = loadConfig({ env, cwd, flags: { entries: [], problems: [], rest: [] } });
  const tier = loaded.ok ? coldTierOf(loaded.value.config.values.storage.tiers.cold) : undefined;
  if (tier?.ok === false) return tier;
  if (tier?.value?.kind === 's3' && placeOf(tier.value) === place) return ok(tier.value);
  const reason = loaded.ok ? 'does not name it' : 'is not right';
  return err(
    failure(
      'invalid',
      `What is cold lies in the bucket ${place}, and the configuration at hand ${reason}: give storage.tiers.cold.s3 in tracewright.yaml here, by TRACEWRIGHT_CONFIG or by variables`,
    ),
  );
}

/** The bytes of a file in a bucket. */
export async function* readBucketFile(
  tier: ColdBucket,
  objects: readonly BucketObject[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const object of objects) yield* readObject(tier, object, signal);
}

const CHECKSUMS = /^(store\/[^/]+\/[^/]+\/[^/]+\/)checksums\.txt$/;

/**
 * The files, where an earlier backup has the same part with the time that it has there. A part is the same when the
 * checksums of all its files are: on the cold tier times tell nothing, and whatever need not be fetched costs nothing.
 */
export async function datedByBase(
  files: readonly ColdFile[],
  base: ReadonlyMap<string, BackupFile>,
  read: (file: ColdFile) => AsyncIterable<Uint8Array>,
): Promise<readonly ColdFile[]> {
  const same = new Set<string>();
  for (const file of files) {
    const part = CHECKSUMS.exec(file.path)?.[1];
    const known = base.get(file.path);
    if (part === undefined || known?.bytes !== file.bytes) continue;
    let crc = 0;
    for await (const piece of read(file)) crc = crc32(piece, crc);
    if (crc === known.crc) same.add(part);
  }
  return files.map((file) => {
    const known = base.get(file.path);
    const part = file.path.split('/').slice(0, 4).join('/');
    return known !== undefined && same.has(`${part}/`) ? { ...file, modifiedMs: known.modifiedMs } : file;
  });
}

/** Undefined where nothing is cold. */
export function coldSourceIn(record: TierRecord | undefined, folder: string): ColdSource | undefined {
  return record === undefined || !existsSync(join(folder, 'store')) ? undefined : { record, folder };
}
