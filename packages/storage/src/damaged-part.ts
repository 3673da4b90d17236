/**
 * DamagedPart: which part of which table the engine means when it says that it cannot read its own files.
 *
 * Only what the files themselves are to blame for counts: a read that ran out of memory or time says nothing about
 * the part it was reading.
 */
export type DamagedPart = {
  readonly database: string;
  readonly table: string;
  readonly part: string;
};

/** ClickHouse's codes for files that are not what they were when they were written. */
const DAMAGE: ReadonlySet<number> = new Set([
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  40, // CHECKSUM_DOESNT_MATCH
  74, // CANNOT_READ_FROM_FILE_DESCRIPTOR
  76, // CANNOT_OPEN_FILE
  107, // FILE_DOESNT_EXIST
  117, // INCORRECT_DATA
  226, // NO_FILE_IN_DATA_PART
  228, // BAD_SIZE_OF_FILE_IN_DATA_PART
  246, // CORRUPTED_DATA
  271, // CANNOT_DECOMPRESS
  432, // UNKNOWN_CODEC
  736, // BROKEN_PART
]);

/** As in `(while reading from part /data/store/07a/…/20261124_1_1_0/ in table t.spans (07ab…) located on …`. */
const READING = /while reading from part \S*?([^/\s]+)\/? in table ([\w`]+)\.([\w`]+)/;

export function damagedPartIn(code: number, message: string): DamagedPart | undefined {
  if (!DAMAGE.has(code)) return undefined;
  const match = READING.exec(message);
  if (match === null) return undefined;
  const [, part = '', database = '', table = ''] = match;
  return { database: database.replaceAll('`', ''), table: table.replaceAll('`', ''), part };
}
