/**
 * Search of spans: newest start first (ties: larger trace id, then larger span id), complete, page by page.
 *
 * Spans that agree in start, trace and span id are copies of each other or at least belong together; a page
 * never ends between them, so its last span is a place to go on from.
 */
import type { Span } from '@tracewright/model';
import type { Cursor, SpanSearch } from '@tracewright/query';
import { ok, type Result } from '@tracewright/std';
import { printHexBytes, printInteger, printText } from '../compile/literal.ts';
import { compileSpanPredicate } from '../compile/predicate.ts';
import { sharedIdsOf } from '../read-trace.ts';
import type { ReadOptions, SpanPage } from '../reader.ts';
import { collapseSpans } from '../rows/collapse.ts';
import { spanRows } from '../rows/span-rows.ts';
import { DATABASE, SPAN_COLUMNS } from '../schema/v0001.ts';
import { Budget, checkCursor, endOf, printRange, type Reading, type Terrain, walk } from './searching.ts';

const SPARE = 16;

export async function searchSpans(
  reading: Reading,
  terrain: Terrain,
  search: SpanSearch,
  options: ReadOptions = {},
): Promise<Result<SpanPage>> {
  const budget = new Budget(options);
  const where = compileSpanPredicate(search.tenant, search.where);
  if (!where.ok) return where;
  const cursor = checkCursor(search.after, true);
  if (!cursor.ok) return cursor;
  let { after } = search;
  const end = endOf(search.toNano);
  const toNano = after === undefined || after.timeNano >= end ? end : after.timeNano + 1n;
  if (search.limit <= 0 || toNano <= search.fromNano) return ok({ spans: [] });
  const groups: Span[][] = [];
  let found = 0;
  let asked = search.limit + SPARE;
  const statement = (fromNano: bigint, untilNano: bigint): string =>
    `SELECT ${SPAN_COLUMNS} FROM ${DATABASE}.spans WHERE tenant = ${printText(search.tenant)}
AND ${printRange('start_nano', fromNano, untilNano)}${behind(after)} AND ${where.value}
ORDER BY start_nano DESC, trace_id DESC, span_id DESC LIMIT ${asked}`;
  const windows = await terrain.windows(reading, budget, { fromNano: search.fromNano, toNano }, 'newest');
  if (!windows.ok) return windows;
  const walked = await walk(reading, budget, windows.value, statement, async (blocks) => {
    const shared = await reading.shared.load(search.tenant, sharedIdsOf(blocks), budget.bounds());
    if (!shared.ok) return shared;
    const rows: Span[] = [];
    for (const block of blocks) {
      const read = spanRows(block, shared.value, reading.decodeAnyValue);
      for (let row = 0; row < block.rows; row++) rows.push(read(row));
    }
    const full = rows.length >= asked;
    const complete = groupsOf(rows);
    if (full && complete.length === 1) {
      // More copies of one span than were asked for: ask for more.
      asked *= 8;
      return ok('again');
    }
    if (full) complete.pop();
    for (const group of complete) {
      groups.push(group);
      found += group.length;
    }
    const last = complete.at(-1)?.[0];
    if (last !== undefined) after = cursorOf(last);
    if (found > search.limit) return ok('enough');
    return ok(full ? 'again' : 'next');
  });
  return walked.ok ? ok(pageOf(groups, search.limit)) : walked;
}

/** As many whole groups as fit, but at least one. */
function pageOf(groups: readonly (readonly Span[])[], limit: number): SpanPage {
  const spans: Span[] = [];
  for (const group of groups) {
    const last = spans.at(-1);
    if (last !== undefined && spans.length + group.length > limit) return { spans, next: cursorOf(last) };
    spans.push(...group);
  }
  return { spans };
}

function behind(after: Cursor | undefined): string {
  if (after === undefined) return '';
  return ` AND (start_nano, trace_id, span_id) < (${printInteger(after.timeNano)}, ${printHexBytes(after.traceId)}, ${printHexBytes(after.spanId)})`;
}

function cursorOf(span: Span): Cursor {
  return { timeNano: span.startUnixNano, traceId: span.traceId, spanId: span.spanId };
}

/** Runs of rows with the same place in the order, each without copies. */
function groupsOf(rows: readonly Span[]): Span[][] {
  const groups: Span[][] = [];
  let from = 0;
  for (let at = 1; at <= rows.length; at++) {
    const first = rows[from] as Span;
    const next = rows[at];
    if (
      next !== undefined &&
      next.startUnixNano === first.startUnixNano &&
      next.traceId === first.traceId &&
      next.spanId === first.spanId
    ) {
      continue;
    }
    groups.push(collapseSpans(rows.slice(from, at)));
    from = at;
  }
  return groups;
}
