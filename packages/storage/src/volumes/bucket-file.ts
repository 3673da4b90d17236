/**
 * BucketFile: the small file by which the engine knows on the local disk which objects a file in the bucket is made of.
 *
 * Its lines (26.7): version, number of objects and their bytes, a line an object with bytes and key, how many further
 * names the file has, whether it may be changed, and bytes kept right here, which files of parts do not have.
 */
import { err, failure, ok, type Result } from '@tracewright/std';

export type BucketObject = {
  /** In the bucket, with its prefix. */
  readonly key: string;
  readonly bytes: number;
};

const VERSION = '5';

/** The objects in their order; a file of no bytes has none. `path` is for the message. */
export function parseBucketFile(text: string, path: string): Result<readonly BucketObject[]> {
  const [version, sums = '', ...lines] = text.split('\n');
  const count = Number(sums.split('\t')[0]);
  const objects = lines.slice(0, count).flatMap((line) => {
    const [, bytes, key] = /^(\d+)\t([^\\]+)$/.exec(line) ?? [];
    return key === undefined ? [] : [{ key, bytes: Number(bytes) }];
  });
  const isWhole =
    sums !== '' && objects.length === count && lines.slice(count + 2).every((line) => line === '');
  if (version === VERSION && isWhole) return ok(objects);
  return err(failure('unsupported', `${path} says in an unknown way which objects it is made of`));
}

/** For a file that has one name. */
export function printBucketFile(objects: readonly BucketObject[]): string {
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  const lines = objects.map((object) => `${object.bytes}\t${object.key}`);
  return `${[VERSION, `${objects.length}\t${bytes}`, ...lines, '0', '0', ''].join('\n')}\n`;
}
