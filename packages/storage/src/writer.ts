/**
 * Writer over an engine: implements model's `Writer`.
 *
 * A file becomes one part: its blocks are squashed into one, inserted with the segment's number as token.
 * The engine remembers the tokens of the last thousand inserts. Beyond that memory, and wherever an insert
 * may have been tried before, the writer first asks which tables hold rows of the segment; a part is there
 * as a whole or not at all, so the answer settles it.
 */
import {
  KeyTable,
  LogBatch,
  type NativeColumn,
  SEGMENT_SCHEMA_VERSION,
  type Segment,
  type SegmentFile,
  type SegmentTable,
  SharedBatch,
  SpanBatch,
  type Writer,
} from '@tracewright/model';
import { err, failpoint, failure, ok, type Result } from '@tracewright/std';
import { printInteger } from './compile/literal.ts';
import { type Engine, INPUT } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { setPartSync } from './part-sync.ts';
import { DATABASE } from './schema/v0001.ts';
import { ROLLUPS } from './schema/v0002.ts';

export type { Segment, SegmentFile, Writer } from '@tracewright/model';

export type WriterOptions = {
  readonly engine: Engine;
  /** Whether parts are synced to the disk before `insert` says that their rows are safe. */
  readonly sync?: boolean;
  /**
   * Whether the engine may remember a token whose part never came about: yes, unless replicas note both in one
   * act. There a count of nothing may only mean that the replica that was asked has not heard of the part yet.
   */
  readonly tokensMayBeOrphans?: boolean;
};

const INSERT_DEADLINE_MS = 120_000;
const LOOKUP_DEADLINE_MS = 30_000;

/** Files of this version and all later ones have the columns of FILE_COLUMNS, or fewer. */
const OLDEST_SCHEMA_VERSION = 1;

/**
 * What the engine is told with every insert of a file, beside the token. One block a file: blocks are gathered
 * until these limits, which no file reaches.
 */
export const INSERT_SETTINGS: Readonly<Record<string, number>> = {
  max_threads: 1,
  max_insert_threads: 1,
  min_insert_block_size_rows: 1_000_000_000,
  min_insert_block_size_bytes: 4_000_000_000,
  max_insert_block_size: 1_000_000_000,
  async_insert: 0,
  insert_deduplicate: 1,
  optimize_on_insert: 0,
  // A column that the structure does not name would be passed over, and the one it was meant to be would be empty.
  input_format_skip_unknown_fields: 0,
};

/** What tells the rows of a segment apart, to compare those of a file with those of a table. */
const ROW_IDENTITY: Readonly<Record<'spans' | 'logs', string>> = {
  spans: 'trace_id, span_id, parent_id, name, start_nano, duration_nano, resource_id',
  logs: 'time_nano, observed_nano, body, trace_id, span_id, service, resource_id',
};

/** The columns of each table's files, in the order of the files: taken from what writes them. */
const FILE_COLUMNS: Readonly<Record<SegmentTable, readonly NativeColumn[]>> = {
  spans: new SpanBatch(new KeyTable()).columns(0n),
  logs: new LogBatch(new KeyTable()).columns(0n),
  shared: new SharedBatch(new KeyTable()).columns(0n),
};

export function createWriter(options: WriterOptions): Writer {
  return new EngineWriter(options);
}

class EngineWriter implements Writer {
  readonly #engine: Engine;
  readonly #sync: boolean;
  readonly #tokensMayBeOrphans: boolean;
  #syncIsSet = false;
  /** Segments whose insert failed after it may have reached the engine. */
  readonly #doubtful: Set<bigint> = new Set();

  constructor({ engine, sync = false, tokensMayBeOrphans = true }: WriterOptions) {
    this.#engine = engine;
    this.#sync = sync;
    this.#tokensMayBeOrphans = tokensMayBeOrphans;
  }

  async insert(segment: Segment): Promise<Result<void>> {
    if (segment.schemaVersion < OLDEST_SCHEMA_VERSION || segment.schemaVersion > SEGMENT_SCHEMA_VERSION) {
      return err(
        failure(
          'unsupported',
          `Cannot insert segment ${segment.id}: its schema version is ${segment.schemaVersion}, expected ${OLDEST_SCHEMA_VERSION} to ${SEGMENT_SCHEMA_VERSION}`,
        ),
      );
    }
    if (!this.#syncIsSet) {
      const set = await setPartSync(this.#engine, this.#sync);
      if (!set.ok) return set;
      this.#syncIsSet = true;
    }
    const doubtful = segment.replayed || this.#doubtful.has(segment.id);
    this.#doubtful.add(segment.id);
    for (const file of segment.files) {
      const inserted = doubtful
        ? await this.#insertAgain(segment, file)
        : await this.#insertAbsent(segment, file);
      if (!inserted.ok) return inserted;
    }
    this.#doubtful.delete(segment.id);
    return ok(undefined);
  }

  async #insertAgain(segment: Segment, file: SegmentFile): Promise<Result<void>> {
    const present = await this.#countRows(segment.id, file.table);
    if (!present.ok) return present;
    if (present.value === 0) return this.#insertAbsent(segment, file);
    if (file.table === 'shared') return ok(undefined);
    const isWhole =
      present.value === file.rows ||
      (present.value > file.rows && (await this.#hasAllOf(segment.id, file, file.table)));
    if (!isWhole) {
      return err(
        failure(
          'internal',
          `Cannot insert segment ${segment.id} into ${file.table}: the store has ${present.value} of its ${file.rows} rows, which is neither all nor none`,
        ),
      );
    }
    // The rows are there; what views made of them may have been cut off. Rows that say the same merge into one.
    for (const { target, select } of ROLLUPS[file.table]) {
      const repaired = await this.#engine.command(
        `INSERT INTO ${target} ${select} WHERE segment = ${printInteger(segment.id)} GROUP BY ALL`,
        { deadlineMs: INSERT_DEADLINE_MS },
      );
      if (!repaired.ok) return repaired;
    }
    return ok(undefined);
  }

  /**
   * Whether every row of the file is in the table, as often as it is in the file. More may be there: a file that was
   * damaged after its insert holds fewer rows than it once did. False as well when the engine cannot compare.
   */
  async #hasAllOf(segment: bigint, file: SegmentFile, table: 'spans' | 'logs'): Promise<boolean> {
    const identity = `sipHash128(${ROW_IDENTITY[table]})`;
    const answer = await this.#engine.query({
      sql: `SELECT toUInt32(count()) AS rows FROM (SELECT row, sum(times) AS missing FROM (
SELECT ${identity} AS row, toInt64(count()) AS times FROM ${INPUT} GROUP BY row
UNION ALL SELECT ${identity} AS row, -toInt64(count()) AS times FROM ${DATABASE}.${table} WHERE segment = ${printInteger(segment)} GROUP BY row)
GROUP BY row HAVING missing > 0)`,
      input: { path: file.path, structure: structureOf(table) },
      class: 'write',
      deadlineMs: LOOKUP_DEADLINE_MS,
    });
    if (!answer.ok) return false;
    const blocks = decodeNativeBlocks(answer.value.blocks);
    return blocks.ok && blocks.value[0]?.numbers('rows')[0] === 0;
  }

  /**
   * The engine notes a token before the part has its name. Killed in between, it takes every repeat for done although
   * there are no rows; so whether they came is looked up, and an orphaned token is passed over. Rows that are not as
   * many as the file is said to hold are taken back: something is wrong with it.
   */
  async #insertAbsent(segment: Segment, file: SegmentFile): Promise<Result<void>> {
    const inserted = await this.#insertFile(segment, file);
    if (!inserted.ok || file.rows === 0 || file.table === 'shared') return inserted;
    let present = await this.#countRows(segment.id, file.table);
    if (present.ok && present.value === 0) {
      if (!this.#tokensMayBeOrphans) return ok(undefined);
      const again = await this.#insertFile(segment, file, {});
      if (!again.ok) return again;
      present = await this.#countRows(segment.id, file.table);
    }
    if (!present.ok) return present;
    if (present.value === file.rows) return ok(undefined);
    const removed = await this.#engine.command(
      `ALTER TABLE ${DATABASE}.${file.table} DELETE WHERE segment = ${printInteger(segment.id)}`,
      { deadlineMs: LOOKUP_DEADLINE_MS },
    );
    if (!removed.ok) return removed;
    return err(
      failure(
        'invalid',
        `Cannot insert segment ${segment.id} into ${file.table}: the file brought ${present.value} rows, expected ${file.rows}`,
      ),
    );
  }

  async #insertFile(
    segment: Segment,
    file: SegmentFile,
    token: Readonly<Record<string, string>> = {
      insert_deduplication_token: `${segment.id}-${file.table}`,
    },
  ): Promise<Result<void>> {
    if (file.rows === 0) return ok(undefined);
    const names = FILE_COLUMNS[file.table].map((column) => column.name).join(', ');
    failpoint('insert.send.begin');
    const answer = this.#engine.query({
      sql: `INSERT INTO ${DATABASE}.${file.table} (${names}) SELECT ${names} FROM ${INPUT}`,
      input: { path: file.path, structure: structureOf(file.table) },
      class: 'write',
      deadlineMs: INSERT_DEADLINE_MS,
      settings: { ...INSERT_SETTINGS, ...token },
    });
    failpoint('insert.send.done');
    const inserted = await answer;
    failpoint('insert.send.answered');
    if (inserted.ok) return ok(undefined);
    const { failure: cause } = inserted;
    const message = `Cannot insert segment ${segment.id} into ${file.table}: ${cause.message}`;
    return err({ ...cause, message });
  }

  async #countRows(segment: bigint, table: SegmentTable): Promise<Result<number>> {
    const answer = await this.#engine.query({
      sql: `SELECT toUInt32(count()) AS rows FROM ${DATABASE}.${table} WHERE segment = ${printInteger(segment)}`,
      class: 'write',
      deadlineMs: LOOKUP_DEADLINE_MS,
    });
    if (!answer.ok) return answer;
    const blocks = decodeNativeBlocks(answer.value.blocks);
    if (!blocks.ok) return blocks;
    const rows = blocks.value[0]?.numbers('rows')[0];
    // No answer is not the answer zero: that would insert the rows a second time.
    if (rows === undefined)
      return err(failure('internal', 'The store did not count rows', { retry: 'later' }));
    return ok(rows);
  }
}

function structureOf(table: SegmentTable): string {
  return FILE_COLUMNS[table].map((column) => `${column.name} ${column.type}`).join(', ');
}
