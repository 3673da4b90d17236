/**
 * What ClickHouse's error codes mean to the rest of the program: which are the asker's fault, which pass by
 * themselves, and which are faults of this program.
 */
import { type Failure, failure } from '@tracewright/std';
import { damagedPartIn } from '../damaged-part.ts';

const DEADLINE: ReadonlySet<number> = new Set([
  159, // TIMEOUT_EXCEEDED
  160, // TOO_SLOW
  209, // SOCKET_TIMEOUT
]);

const RESOURCE: ReadonlySet<number> = new Set([
  158, // TOO_MANY_ROWS
  191, // SET_SIZE_LIMIT_EXCEEDED
  241, // MEMORY_LIMIT_EXCEEDED
  307, // TOO_MANY_BYTES
  396, // TOO_MANY_ROWS_OR_BYTES
]);

/** Refusals that the same statement may not meet a moment later: short of memory, disk, threads or files. */
const PASSING: ReadonlySet<number> = new Set([
  74, // CANNOT_READ_FROM_FILE_DESCRIPTOR
  75, // CANNOT_WRITE_TO_FILE_DESCRIPTOR
  76, // CANNOT_OPEN_FILE
  77, // CANNOT_CLOSE_FILE
  173, // CANNOT_ALLOCATE_MEMORY
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  243, // NOT_ENOUGH_SPACE
  252, // TOO_MANY_PARTS
  394, // QUERY_WAS_CANCELLED
  425, // SYSTEM_ERROR
  439, // CANNOT_SCHEDULE_TASK
]);

/** The bytes or values of an insert are not what the table takes: no repetition will change that. */
const BAD_INPUT: ReadonlySet<number> = new Set([
  6, // CANNOT_PARSE_TEXT
  8, // THERE_IS_NO_COLUMN
  10, // NOT_FOUND_COLUMN_IN_BLOCK
  16, // NO_SUCH_COLUMN_IN_TABLE
  20, // NUMBER_OF_COLUMNS_DOESNT_MATCH
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  50, // UNKNOWN_TYPE
  53, // TYPE_MISMATCH
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  107, // FILE_DOESNT_EXIST
  117, // INCORRECT_DATA
  131, // TOO_LARGE_STRING_SIZE
  128, // TOO_LARGE_ARRAY_SIZE
  190, // SIZES_OF_ARRAYS_DONT_MATCH
  246, // CORRUPTED_DATA
  271, // CANNOT_DECOMPRESS
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  636, // CANNOT_EXTRACT_TABLE_STRUCTURE
]);

const CANNOT_COMPILE_REGEXP = 427;
const NO_SPACE = /No space left on device|Disk quota exceeded|errno: 28\b/;

/** `what` says what was attempted, as in `Cannot search spans`. */
export function readFailure(what: string, code: number, message: string): Failure {
  const damaged = damagedPartFailure('internal', code, message);
  if (damaged !== undefined) return damaged;
  const reason = `${what}: ${shorten(message)}`;
  if (DEADLINE.has(code)) return failure('deadline', reason, { retry: 'later' });
  if (RESOURCE.has(code)) return failure('resource', reason);
  if (code === CANNOT_COMPILE_REGEXP) return failure('invalid', reason);
  if (PASSING.has(code)) return failure('unavailable', reason);
  return failure('internal', reason);
}

/** For inserts everything is passing unless the input itself is to blame. */
export function writeFailure(what: string, code: number, message: string): Failure {
  // Not what is inserted is to blame, but what was read on the way.
  const damaged = damagedPartFailure('unavailable', code, message);
  if (damaged !== undefined) return damaged;
  const reason = `${what}: ${shorten(message)}`;
  // A full disk is nobody's fault in particular: all that waits has to wait.
  if (code === 243 || NO_SPACE.test(message)) return failure('unavailable', reason);
  if (BAD_INPUT.has(code)) return failure('invalid', reason);
  if (DEADLINE.has(code)) return failure('deadline', reason, { retry: 'later' });
  if (RESOURCE.has(code)) return failure('resource', reason, { retry: 'later' });
  if (PASSING.has(code)) return failure('unavailable', reason);
  return failure('internal', reason, { retry: 'later' });
}

/** The failure's cause is the DamagedPart. */
function damagedPartFailure(
  failureCode: 'internal' | 'unavailable',
  code: number,
  message: string,
): Failure | undefined {
  const damaged = damagedPartIn(code, message);
  if (damaged === undefined) return undefined;
  const reason = `Part ${damaged.part} of ${damaged.table} is damaged on disk and is set aside: ${shorten(message)}`;
  return failure(failureCode, reason, { retry: 'later', cause: damaged });
}

const MESSAGE_CHARS_MAX = 500;

/** The engine's own words without its stack of executing functions. */
function shorten(message: string): string {
  const text = message
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/: while executing .*$/s, '')
    .replace(/: (?:In scope|While processing) .*?(?=\. \([A-Z_]+\)|$)/s, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length <= MESSAGE_CHARS_MAX ? text : `${text.slice(0, MESSAGE_CHARS_MAX)}…`;
}
