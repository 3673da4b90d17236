/**
 * GatherReader: implements `Reader` over several shards.
 *
 * A trace lies on one shard, so a question for it goes there first. Searches go to all; each answers in one
 * and the same total order, so merging the pages gives exactly the page that one store would have given, and
 * its cursor means the same to all. A page is whole or it is a failure: a shard that does not answer is
 * named, not left out.
 */
import type { LogRecord, Span, TraceId } from '@tracewright/model';
import type { Cursor, LogSearch, SpanSearch, TraceLookup, TraceSearch } from '@tracewright/query';
import { err, ok, type Result } from '@tracewright/std';
import type {
  LogPage,
  Operation,
  Reader,
  ReadOptions,
  SpanPage,
  TableStatus,
  TraceHit,
  TracePage,
} from '../reader.ts';
import { mergeSpanLists, type SpanList } from '../rows/span-list.ts';
import type { Placement } from './shard-of.ts';

export type ReadableShard = { readonly name: string; readonly reader: Reader };

export class GatherReader implements Reader {
  readonly #shards: readonly ReadableShard[];
  readonly #placement: Placement;

  constructor(shards: readonly ReadableShard[], placement: Placement) {
    this.#shards = shards;
    this.#placement = placement;
  }

  /** What was complete before a shard was added lies where it was: a trace that is not at home is looked for. */
  async trace(lookup: TraceLookup, options?: ReadOptions): Promise<Result<SpanList>> {
    const home = this.#home(lookup.traceId);
    const found = await named(home, home.reader.trace(lookup, options));
    if (!found.ok || found.value.length > 0) return found;
    const others = await this.#gather(
      (shard, bounds) => shard.reader.trace(lookup, bounds),
      options,
      this.#shards.filter((shard) => shard !== home),
    );
    return others.ok ? ok(mergeSpanLists(others.value)) : others;
  }

  async traces(
    tenant: string,
    traceIds: readonly TraceId[],
    options?: ReadOptions,
  ): Promise<Result<SpanList>> {
    const byHome = new Map<ReadableShard, TraceId[]>();
    for (const traceId of traceIds) {
      const home = this.#home(traceId);
      byHome.set(home, [...(byHome.get(home) ?? []), traceId]);
    }
    const read = await this.#gather(
      (shard, bounds) => shard.reader.traces(tenant, byHome.get(shard) ?? [], bounds),
      options,
      [...byHome.keys()],
    );
    return read.ok ? ok(mergeSpanLists(read.value)) : read;
  }

  async searchTraces(search: TraceSearch, options?: ReadOptions): Promise<Result<TracePage>> {
    const pages = await this.#gather((shard, bounds) => shard.reader.searchTraces(search, bounds), options);
    if (!pages.ok) return pages;
    const frontier = newest(pages.value.map((page) => page.next));
    const all = pages.value
      .flatMap((page) => page.traces)
      .filter((hit) => frontier === undefined || comparePlaces(matchCursor(hit), frontier) >= 0)
      .sort((a, b) => comparePlaces(matchCursor(b), matchCursor(a)));
    const traces = all.slice(0, Math.max(0, search.limit));
    const last = traces.at(-1);
    const next = last !== undefined && all.length > traces.length ? matchCursor(last) : frontier;
    return ok({ traces, ...(next === undefined ? {} : { next }) });
  }

  async searchSpans(search: SpanSearch, options?: ReadOptions): Promise<Result<SpanPage>> {
    const pages = await this.#gather((shard, bounds) => shard.reader.searchSpans(search, bounds), options);
    if (!pages.ok) return pages;
    const frontier = newest(pages.value.map((page) => page.next));
    const all = pages.value
      .flatMap((page) => page.spans)
      .filter((span) => frontier === undefined || comparePlaces(spanCursor(span), frontier) >= 0)
      .sort((a, b) => comparePlaces(spanCursor(b), spanCursor(a)));
    const spans = all.slice(0, endOfPage(all, search.limit));
    const last = spans.at(-1);
    const next = last !== undefined && all.length > spans.length ? spanCursor(last) : frontier;
    return ok({ spans, ...(next === undefined ? {} : { next }) });
  }

  async searchLogs(search: LogSearch, options?: ReadOptions): Promise<Result<LogPage>> {
    const pages = await this.#gather((shard, bounds) => shard.reader.searchLogs(search, bounds), options);
    if (!pages.ok) return pages;
    const direction = search.order === 'newest' ? -1 : 1;
    const all: { readonly log: LogRecord; readonly cursor: Cursor }[] = pages.value.flatMap((page) =>
      page.logs.map((log, at) => ({ log, cursor: page.cursors[at] as Cursor })),
    );
    all.sort((a, b) => direction * compareLogCursors(a.cursor, b.cursor));
    const kept = all.slice(0, Math.max(0, search.limit));
    const isMore = all.length > kept.length || pages.value.some((page) => page.next !== undefined);
    const last = kept.at(-1);
    return ok({
      logs: kept.map(({ log }) => log),
      cursors: kept.map(({ cursor }) => cursor),
      ...(isMore && last !== undefined ? { next: last.cursor } : {}),
    });
  }

  async services(tenant: string, options?: ReadOptions): Promise<Result<readonly string[]>> {
    const lists = await this.#gather((shard, bounds) => shard.reader.services(tenant, bounds), options);
    return lists.ok ? ok([...new Set(lists.value.flat())].sort(compare)) : lists;
  }

  async operations(
    tenant: string,
    service?: string,
    options?: ReadOptions,
  ): Promise<Result<readonly Operation[]>> {
    const lists = await this.#gather(
      (shard, bounds) => shard.reader.operations(tenant, service, bounds),
      options,
    );
    if (!lists.ok) return lists;
    const byKey = new Map<string, Operation>();
    for (const operation of lists.value.flat()) {
      byKey.set(JSON.stringify([operation.service, operation.name, operation.kind]), operation);
    }
    return ok(
      [...byKey.values()].sort(
        (a, b) => compare(a.service, b.service) || compare(a.name, b.name) || a.kind - b.kind,
      ),
    );
  }

  async tables(options?: ReadOptions): Promise<Result<readonly TableStatus[]>> {
    const lists = await this.#gather((shard, bounds) => shard.reader.tables(bounds), options);
    if (!lists.ok) return lists;
    const byName = new Map<string, TableStatus>();
    for (const one of lists.value.flat()) {
      const before = byName.get(one.table);
      byName.set(one.table, before === undefined ? one : added(before, one));
    }
    return ok([...byName.values()].sort((a, b) => compare(a.table, b.table)));
  }

  #home(traceId: TraceId): ReadableShard {
    return this.#shards[this.#placement.ofTrace(traceId)] as ReadableShard;
  }

  /** Asks shards at the same time; the first that fails ends the others. */
  async #gather<T>(
    ask: (shard: ReadableShard, options: ReadOptions) => Promise<Result<T>>,
    options: ReadOptions = {},
    shards: readonly ReadableShard[] = this.#shards,
  ): Promise<Result<T[]>> {
    const ending = new AbortController();
    const signal =
      options.signal === undefined ? ending.signal : AbortSignal.any([options.signal, ending.signal]);
    let failed: Result<never> | undefined;
    const results = await Promise.all(
      shards.map(async (shard) => {
        const result = await named(shard, ask(shard, { ...options, signal }));
        if (!result.ok && failed === undefined) {
          failed = result;
          ending.abort();
        }
        return result;
      }),
    );
    if (failed !== undefined) return failed;
    return ok(results.flatMap((result) => (result.ok ? [result.value] : [])));
  }
}

/** A failure says which shard it is of. */
async function named<T>({ name }: ReadableShard, answer: Promise<Result<T>>): Promise<Result<T>> {
  const result = await answer;
  if (result.ok) return result;
  return err({ ...result.failure, message: `${name}: ${result.failure.message}` });
}

function added(a: TableStatus, b: TableStatus): TableStatus {
  const ages = [a, b].flatMap(({ oldestArrivalUnixMs }) =>
    oldestArrivalUnixMs === undefined ? [] : [oldestArrivalUnixMs],
  );
  return {
    table: a.table,
    rows: a.rows + b.rows,
    bytesOnDisk: a.bytesOnDisk + b.bytesOnDisk,
    parts: a.parts + b.parts,
    ...(ages.length === 0 ? {} : { oldestArrivalUnixMs: Math.min(...ages) }),
  };
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function matchCursor({ matchedUnixNano, traceId }: TraceHit): Cursor {
  return { timeNano: matchedUnixNano, traceId, spanId: '' };
}

function spanCursor({ startUnixNano, traceId, spanId }: Span): Cursor {
  return { timeNano: startUnixNano, traceId, spanId };
}

function comparePlaces(a: Cursor, b: Cursor): number {
  return compare(a.timeNano, b.timeNano) || compare(a.traceId, b.traceId) || compare(a.spanId, b.spanId);
}

/**
 * The newest place at which a page ends although there is more behind it: nothing older may be given out, for
 * that shard has not said yet what lies before it.
 */
function newest(cursors: readonly (Cursor | undefined)[]): Cursor | undefined {
  let best: Cursor | undefined;
  for (const cursor of cursors) {
    if (cursor !== undefined && (best === undefined || comparePlaces(cursor, best) > 0)) best = cursor;
  }
  return best;
}

/** A page of spans ends where a place ends, and holds one place at least. */
function endOfPage(spans: readonly Span[], limit: number): number {
  if (spans.length <= limit) return spans.length;
  const isCut = (end: number): boolean =>
    end > 0 &&
    end < spans.length &&
    comparePlaces(spanCursor(spans[end - 1] as Span), spanCursor(spans[end] as Span)) === 0;
  let end = Math.max(0, limit);
  while (isCut(end)) end--;
  if (end > 0 || limit <= 0) return end;
  end = 1;
  while (isCut(end)) end++;
  return end;
}

/** Time, trace, span, hash of the body and count within the group, which stand in this order in the span's place. */
function compareLogCursors(a: Cursor, b: Cursor): number {
  const group = compare(a.timeNano, b.timeNano) || compare(a.traceId, b.traceId);
  if (group !== 0) return group;
  const place = compare(a.spanId.slice(0, 32), b.spanId.slice(0, 32));
  return place || Number.parseInt(a.spanId.slice(32), 16) - Number.parseInt(b.spanId.slice(32), 16);
}
