/**
 * Search of traces: newest matching span first, complete, page by page.
 *
 * A trace stands where its newest matching span stands (ties: the larger trace id first). Windows of event
 * time are asked newest first, so a trace found in one has no matching span in a newer one unless it was
 * found there already, or belongs to an earlier page; the latter is asked about for each candidate.
 */
import type { TraceId } from '@tracewright/model';
import type { Cursor, TraceSearch } from '@tracewright/query';
import { ok, type Result } from '@tracewright/std';
import { printHexBytes, printInteger, printText } from '../compile/literal.ts';
import { compileSpanPredicate } from '../compile/predicate.ts';
import type { NativeBlock } from '../native/native-block.ts';
import type { ReadOptions, TracePage } from '../reader.ts';
import { DATABASE } from '../schema/v0001.ts';
import {
  ask,
  Budget,
  checkCursor,
  endOf,
  printRange,
  type Reading,
  type Terrain,
  walk,
} from './searching.ts';
import { readTraceHits, type TraceMatch } from './trace-hits.ts';

/** Matches asked for at once beyond those that the page still needs. */
const SPARE = 16;

export async function searchTraces(
  reading: Reading,
  terrain: Terrain,
  search: TraceSearch,
  options: ReadOptions = {},
): Promise<Result<TracePage>> {
  const budget = new Budget(options);
  const matches = await findTraces(reading, terrain, search, budget);
  if (!matches.ok) return matches;
  const page = matches.value.slice(0, search.limit);
  const hits = await readTraceHits(reading, budget, search.tenant, page);
  if (!hits.ok) return hits;
  const last = page.at(-1);
  return ok({
    traces: hits.value,
    ...(matches.value.length > search.limit && last !== undefined
      ? { next: { timeNano: last.matchedNano, traceId: last.traceId, spanId: '' } }
      : {}),
  });
}

/** The matches of a page in order, and one more when there is one. */
async function findTraces(
  reading: Reading,
  terrain: Terrain,
  search: TraceSearch,
  budget: Budget,
): Promise<Result<TraceMatch[]>> {
  const where = compileSpanPredicate(search.tenant, search.where);
  if (!where.ok) return where;
  const { after } = search;
  const cursor = checkCursor(after, false);
  if (!cursor.ok) return cursor;
  const end = endOf(search.toNano);
  const toNano = after === undefined || after.timeNano >= end ? end : after.timeNano + 1n;
  if (search.limit <= 0 || toNano <= search.fromNano) return ok([]);
  const wanted = search.limit + 1;
  const asked = wanted + SPARE;
  const found = new Map<TraceId, TraceMatch>();
  /** The last candidate of a window that holds more: the rest of it lies strictly behind. */
  let seen: TraceMatch | undefined = after === undefined ? undefined : matchOf(after);
  const statement = (fromNano: bigint, untilNano: bigint): string => {
    const behind =
      seen === undefined
        ? ''
        : ` HAVING (matched, trace_id) < (${printInteger(seen.matchedNano)}, ${printHexBytes(seen.traceId)})`;
    return `SELECT trace_id, max(start_nano) AS matched FROM ${DATABASE}.spans
WHERE tenant = ${printText(search.tenant)}
AND ${printRange('start_nano', fromNano, untilNano)} AND ${where.value}
GROUP BY trace_id${behind} ORDER BY matched DESC, trace_id DESC LIMIT ${asked + found.size}`;
  };
  const windows = await terrain.windows(reading, budget, { fromNano: search.fromNano, toNano }, 'newest');
  if (!windows.ok) return windows;
  const walked = await walk(reading, budget, windows.value, statement, async (blocks) => {
    const rows = matchesOf(blocks);
    const full = rows.length >= asked + found.size;
    const candidates = rows.filter(({ traceId }) => !found.has(traceId));
    const earlier =
      after === undefined
        ? ok(new Set<TraceId>())
        : await findEarlier(reading, budget, search, where.value, after, candidates);
    if (!earlier.ok) return earlier;
    for (const match of candidates) if (!earlier.value.has(match.traceId)) found.set(match.traceId, match);
    if (found.size >= wanted) return ok('enough');
    if (full) seen = rows.at(-1);
    return ok(full ? 'again' : 'next');
  });
  return walked.ok ? ok([...found.values()].slice(0, wanted)) : walked;
}

/** Those candidates that stand before the cursor: an earlier page has them. */
async function findEarlier(
  reading: Reading,
  budget: Budget,
  search: TraceSearch,
  where: string,
  after: Cursor,
  candidates: readonly TraceMatch[],
): Promise<Result<Set<TraceId>>> {
  const earlier = new Set<TraceId>();
  if (candidates.length === 0) return ok(earlier);
  const time = printInteger(after.timeNano);
  const ids = candidates.map(({ traceId }) => traceId);
  const condition = await reading.traceSegments.condition(search.tenant, ids, false);
  if (!condition.ok) return condition;
  const asked = await ask(
    reading,
    budget,
    `SELECT DISTINCT trace_id FROM ${DATABASE}.spans
WHERE tenant = ${printText(search.tenant)} AND ${condition.value}
AND ${printRange('start_nano', after.timeNano, endOf(search.toNano))}
AND (start_nano, trace_id) >= (${time}, ${printHexBytes(after.traceId)}) AND ${where}`,
  );
  if (!asked.ok) return asked;
  for (const block of asked.value.blocks) {
    const found = block.fixed('trace_id');
    for (let row = 0; row < block.rows; row++) earlier.add(found.hex(row) as TraceId);
  }
  return ok(earlier);
}

function matchOf(cursor: Cursor): TraceMatch {
  return { traceId: cursor.traceId as TraceId, matchedNano: cursor.timeNano };
}

function matchesOf(blocks: readonly NativeBlock[]): TraceMatch[] {
  const matches: TraceMatch[] = [];
  for (const block of blocks) {
    const ids = block.fixed('trace_id');
    const times = block.bigs('matched');
    for (let row = 0; row < block.rows; row++) {
      matches.push({ traceId: ids.hex(row) as TraceId, matchedNano: times[row] as bigint });
    }
  }
  return matches;
}
