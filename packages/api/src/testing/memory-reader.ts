/**
 * A Reader over spans and logs in memory, which evaluates plans by brute force. The routes are tested over it;
 * it keeps every promise of the interface, page by page.
 */
import type { LogRecord, Span, TraceId } from '@tracewright/model';
import type { Cursor, SpanPredicate } from '@tracewright/query';
import { evaluateLog, evaluateSpan } from '@tracewright/query/testing';
import { err, failure, ok, type Result } from '@tracewright/std';
import {
  listSpans,
  type Operation,
  type Reader,
  type ReadOptions,
  type TraceHit,
} from '@tracewright/storage';

export type MemoryRows = { readonly spans: readonly Span[]; readonly logs: readonly LogRecord[] };

export function createMemoryReader(rows: MemoryRows): Reader {
  const bySpan = (where: SpanPredicate, fromNano: bigint, toNano: bigint): Span[] =>
    rows.spans
      .filter((span) => span.startUnixNano >= fromNano && span.startUnixNano < toNano)
      .filter((span) => evaluateSpan(where, span))
      .sort((a, b) => order(keyOf(b), keyOf(a)));
  return {
    trace: answer((lookup) =>
      listSpans(
        rows.spans
          .filter((span) =>
            lookup.lowOnly
              ? span.traceId.slice(16) === lookup.traceId.slice(16)
              : span.traceId === lookup.traceId,
          )
          .sort(byStart),
      ),
    ),
    traces: async (_tenant, ids, options) => {
      if (options?.signal?.aborted === true) return cancelled();
      return ok(listSpans(rows.spans.filter((span) => ids.includes(span.traceId)).sort(byStart)));
    },
    searchTraces: answer(({ where, fromNano, toNano, limit, after }) => {
      const newest = new Map<TraceId, Span>();
      for (const span of bySpan(where, fromNano, toNano)) {
        if (!newest.has(span.traceId)) newest.set(span.traceId, span);
      }
      const hits = [...newest.values()].filter(
        (span) => after === undefined || order(keyOf(span), after) < 0,
      );
      const page = hits.slice(0, limit);
      const last = page.at(-1);
      return {
        traces: page.map((span) => summarize(span, rows.spans)),
        ...(hits.length > limit && last !== undefined ? { next: keyOf(last) } : {}),
      };
    }),
    searchSpans: answer(({ where, fromNano, toNano, limit, after }) => {
      const hits = bySpan(where, fromNano, toNano).filter(
        (span) => after === undefined || order(keyOf(span), after) < 0,
      );
      const page = hits.slice(0, limit);
      const last = page.at(-1);
      return { spans: page, ...(hits.length > limit && last !== undefined ? { next: keyOf(last) } : {}) };
    }),
    searchLogs: answer(({ where, fromNano, toNano, limit, order: direction, after }) => {
      const sign = direction === 'newest' ? -1 : 1;
      const hits = rows.logs
        .filter((log) => log.timeUnixNano >= fromNano && log.timeUnixNano < toNano)
        .filter((log) => evaluateLog(where, log))
        .sort((a, b) => sign * order(logKey(a), logKey(b)))
        .filter((log) => after === undefined || sign * order(logKey(log), after) > 0);
      const page = hits.slice(0, limit);
      const last = page.at(-1);
      return {
        logs: page,
        cursors: page.map(logKey),
        ...(hits.length > limit && last !== undefined ? { next: logKey(last) } : {}),
      };
    }),
    services: async () =>
      ok([...new Set([...rows.spans, ...rows.logs].map((row) => row.resource.service))].sort()),
    operations: async (_tenant, service) => ok(operations(rows.spans, service)),
    tables: async () => ok([]),
  };
}

function answer<Question, Value>(
  find: (question: Question) => Value,
): (question: Question, options?: ReadOptions) => Promise<Result<Value>> {
  return async (question, options) => (options?.signal?.aborted === true ? cancelled() : ok(find(question)));
}

function cancelled(): Result<never> {
  return err(failure('cancelled', 'The caller went away'));
}

function byStart(a: Span, b: Span): number {
  return a.startUnixNano < b.startUnixNano ? -1 : a.startUnixNano > b.startUnixNano ? 1 : 0;
}

function keyOf(span: Span): Cursor {
  return { timeNano: span.startUnixNano, traceId: span.traceId, spanId: span.spanId };
}

function logKey(log: LogRecord): Cursor {
  return { timeNano: log.timeUnixNano, traceId: log.traceId, spanId: log.spanId };
}

function order(a: Cursor, b: Cursor): number {
  if (a.timeNano !== b.timeNano) return a.timeNano < b.timeNano ? -1 : 1;
  if (a.traceId !== b.traceId) return a.traceId < b.traceId ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}

function summarize(matched: Span, all: readonly Span[]): TraceHit {
  const spans = all.filter((span) => span.traceId === matched.traceId);
  const root = spans.find((span) => span.parentSpanId === '') ?? spans[0];
  const starts = spans.map((span) => span.startUnixNano).sort((a, b) => (a < b ? -1 : 1));
  const ends = spans.map((span) => span.endUnixNano).sort((a, b) => (a > b ? -1 : 1));
  const services = new Map<string, { name: string; spans: number; errors: number }>();
  for (const { resource, statusCode } of spans) {
    const entry = services.get(resource.service) ?? { name: resource.service, spans: 0, errors: 0 };
    entry.spans += 1;
    if (statusCode === 2) entry.errors += 1;
    services.set(resource.service, entry);
  }
  return {
    traceId: matched.traceId,
    rootService: root?.resource.service ?? '',
    rootName: root?.name ?? '',
    startUnixNano: starts[0] ?? 0n,
    durationNano: (ends[0] ?? 0n) - (starts[0] ?? 0n),
    spans: spans.length,
    errors: spans.filter((span) => span.statusCode === 2).length,
    services: [...services.values()],
    matchedUnixNano: matched.startUnixNano,
  };
}

function operations(spans: readonly Span[], service: string | undefined): Operation[] {
  const found = new Map<string, Operation>();
  for (const span of spans) {
    if (service !== undefined && span.resource.service !== service) continue;
    const operation = { service: span.resource.service, name: span.name, kind: span.kind };
    found.set(JSON.stringify(operation), operation);
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, operation]) => operation);
}
