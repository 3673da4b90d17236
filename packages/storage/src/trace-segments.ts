/**
 * TraceSegments: in which segments a trace has spans, so that a trace is read by the primary key.
 *
 * A view enters the rows with each insert. Rows that are older than the view, or whose entries were lost with a damaged
 * part, are entered in the background, newest first; `trace_segments_missing` notes how far. Until that is done, no
 * condition relies on entries that may be missing.
 */
import type { TraceId } from '@tracewright/model';
import { ok, type Result } from '@tracewright/std';
import { NEVER } from './compile/comparison.ts';
import { printHexBytes, printInteger, printText } from './compile/literal.ts';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import type { NativeBlock } from './native/native-block.ts';
import { DATABASE } from './schema/v0001.ts';
import { TRACE_KEY } from './schema/v0002.ts';

const TABLE = `${DATABASE}.trace_segments`;
const MISSING = `${DATABASE}.trace_segments_missing`;
const UNTIL = `SELECT argMax(until, at) AS until FROM ${MISSING}`;

const ASK_DEADLINE_MS = 15_000;
/** How long the knowledge that nothing is missing is good: a damaged part may be set aside meanwhile. */
const KNOWN_MS = 5000;
/** A trace in more segments is read through a subquery. */
const SEGMENTS_NAMED_MAX = 1000;
const CHUNK_ROWS = 1_000_000;
const CHUNK_SEGMENTS_MAX = 64;
const CHUNK_DEADLINE_MS = 120_000;

export class TraceSegments {
  readonly #engine: Engine;
  #completeUntilMs = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The condition that finds traces by id. */
  async condition(tenant: string, traceIds: readonly TraceId[], lowOnly: boolean): Promise<Result<string>> {
    const now = performance.now();
    if (now >= this.#completeUntilMs) {
      const until = await readUntil(this.#engine, 'id');
      if (!until.ok) return until;
      if (until.value === 0n) this.#completeUntilMs = now + KNOWN_MS;
    }
    if (now >= this.#completeUntilMs) return ok(traceCondition(tenant, traceIds, lowOnly, false));
    return this.#within(tenant, traceIds, lowOnly);
  }

  /**
   * The segments themselves, asked for first: a statement is planned over the few parts that have them, which takes
   * less than a subquery in it, and what is nowhere is known at once.
   */
  async #within(tenant: string, traceIds: readonly TraceId[], lowOnly: boolean): Promise<Result<string>> {
    const listed = await ask(
      this.#engine,
      `SELECT DISTINCT segment FROM ${TABLE} WHERE ${entriesOf(tenant, traceIds)} LIMIT ${SEGMENTS_NAMED_MAX + 1}`,
      'id',
    );
    if (!listed.ok) return listed;
    const segments = listed.value.flatMap((block) => [...block.bigs('segment')]);
    if (segments.length === 0) return ok(NEVER);
    if (segments.length > SEGMENTS_NAMED_MAX) return ok(traceCondition(tenant, traceIds, lowOnly, true));
    return ok(`segment IN (${segments.map(printInteger).join(', ')}) AND ${idsOf(traceIds, lowOnly)}`);
  }
}

/**
 * The condition that finds traces by id. Where entries may be missing, the segments that they may be missing of are
 * looked through as well, by the filter on trace ids if the table has one.
 */
export function traceCondition(
  tenant: string,
  traceIds: readonly TraceId[],
  lowOnly: boolean,
  isComplete: boolean,
): string {
  const ids = idsOf(traceIds, lowOnly);
  const entered = `segment IN (SELECT segment FROM ${TABLE} WHERE ${entriesOf(tenant, traceIds)})`;
  if (isComplete) return `${entered} AND ${ids}`;
  const filtered = lowOnly ? ids : `${idsOf(traceIds, true)} AND ${ids}`;
  return `(${entered} OR segment <= (${UNTIL})) AND ${filtered}`;
}

function idsOf(traceIds: readonly TraceId[], lowOnly: boolean): string {
  if (!lowOnly) return `trace_id IN (${traceIds.map(printHexBytes).join(', ')})`;
  const low = traceIds.map((traceId) => printHexBytes(traceId.slice(16)));
  return `substring(trace_id, 9, 8) IN (${low.join(', ')})`;
}

function entriesOf(tenant: string, traceIds: readonly TraceId[]): string {
  return `tenant = ${printText(tenant)} AND key IN (${traceIds.map(keyOf).join(', ')})`;
}

/** The number that the last four bytes of an id are (see TRACE_KEY). */
function keyOf(traceId: TraceId): number {
  const digits = traceId.slice(24);
  return Number.parseInt(
    `${digits.slice(6)}${digits.slice(4, 6)}${digits.slice(2, 4)}${digits.slice(0, 2)}`,
    16,
  );
}

/**
 * Enters what is missing, chunk by chunk; returns how many rows it went through. May be ended at any moment and
 * goes on from there the next time.
 */
export async function fillTraceSegments(engine: Engine, signal?: AbortSignal): Promise<Result<number>> {
  const noted = await engine.command(
    `INSERT INTO ${MISSING} (until, cause) SELECT (SELECT max(segment) FROM ${DATABASE}.spans), name
FROM system.detached_parts WHERE database = '${DATABASE}' AND table = 'trace_segments' AND name NOT IN (SELECT cause FROM ${MISSING})`,
    { deadlineMs: ASK_DEADLINE_MS },
  );
  if (!noted.ok) return noted;
  const until = await readUntil(engine, 'write');
  if (!until.ok || until.value === 0n) return until.ok ? ok(0) : until;
  const listed = await ask(
    engine,
    `SELECT segment, toUInt32(count()) AS rows FROM ${DATABASE}.spans WHERE segment <= ${printInteger(until.value)}
GROUP BY segment ORDER BY segment DESC`,
    'scan',
  );
  if (!listed.ok) return listed;
  let filled = 0;
  for (const chunk of chunksOf(listed.value)) {
    if (signal?.aborted === true) return ok(filled);
    const entered = await engine.query({
      sql: `INSERT INTO ${TABLE} SELECT DISTINCT tenant, ${TRACE_KEY} AS key, segment FROM ${DATABASE}.spans
WHERE segment >= ${printInteger(chunk.oldest)} AND segment <= ${printInteger(chunk.newest)}`,
      class: 'write',
      deadlineMs: CHUNK_DEADLINE_MS,
      settings: { max_threads: 1 },
    });
    if (!entered.ok) return entered;
    const told = await engine.command(
      `INSERT INTO ${MISSING} (until) SELECT ${printInteger(chunk.oldest - 1n)}`,
      { deadlineMs: ASK_DEADLINE_MS },
    );
    if (!told.ok) return told;
    filled += chunk.rows;
  }
  const told = await engine.command(`INSERT INTO ${MISSING} (until) SELECT 0`, {
    deadlineMs: ASK_DEADLINE_MS,
  });
  return told.ok ? ok(filled) : told;
}

type Chunk = { newest: bigint; oldest: bigint; rows: number };

function chunksOf(blocks: readonly NativeBlock[]): Chunk[] {
  const chunks: Chunk[] = [];
  let segments = 0;
  for (const block of blocks) {
    const ids = block.bigs('segment');
    const rows = block.numbers('rows');
    for (let row = 0; row < block.rows; row++) {
      const last = chunks.at(-1);
      const segment = ids[row] as bigint;
      if (last === undefined || last.rows >= CHUNK_ROWS || segments >= CHUNK_SEGMENTS_MAX) {
        chunks.push({ newest: segment, oldest: segment, rows: rows[row] as number });
        segments = 1;
      } else {
        last.oldest = segment;
        last.rows += rows[row] as number;
        segments++;
      }
    }
  }
  return chunks;
}

async function readUntil(engine: Engine, kind: 'id' | 'write'): Promise<Result<bigint>> {
  const asked = await ask(engine, UNTIL, kind);
  return asked.ok ? ok(asked.value[0]?.bigs('until')[0] ?? 0n) : asked;
}

async function ask(
  engine: Engine,
  sql: string,
  kind: 'id' | 'write' | 'scan',
): Promise<Result<NativeBlock[]>> {
  const answer = await engine.query({ sql, class: kind, deadlineMs: ASK_DEADLINE_MS });
  if (!answer.ok) return answer;
  return decodeNativeBlocks(answer.value.blocks);
}
