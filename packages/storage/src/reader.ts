/**
 * Reader: what the API may ask of the store. Implemented over the embedded engine and over a server alike.
 *
 * Every answer is bounded: by rows, by bytes and by a deadline, and says when it was cut. All answers together are
 * bounded by the budget that their accounts are of. Duplicates (a
 * sender's own resend: same trace, span and content) are collapsed. A failure is a value.
 */
import type { LogRecord, Span, TraceId } from '@tracewright/model';
import type { Cursor, LogSearch, SpanSearch, TraceLookup, TraceSearch } from '@tracewright/query';
import type { Result } from '@tracewright/std';
import type { ReadAccount } from './read-budget.ts';
import type { SpanList } from './rows/span-list.ts';

export type ReadOptions = {
  /** Aborted when the client goes away. */
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
  /** Counts what the answer takes of the memory for answers, and bounds it; closed by whoever opened it. */
  readonly account?: ReadAccount;
  /** What the asker makes of each span of a trace and keeps while it answers: it counts, too. */
  readonly spanBytes?: number;
};

export type TracePage = {
  /** Matching traces, newest matching span first. */
  readonly traces: readonly TraceHit[];
  /** Set when there may be more. */
  readonly next?: Cursor;
};

/** A trace that matched, with what a list shows of it. */
export type TraceHit = {
  readonly traceId: TraceId;
  readonly rootService: string;
  readonly rootName: string;
  readonly startUnixNano: bigint;
  readonly durationNano: bigint;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly { readonly name: string; readonly spans: number; readonly errors: number }[];
  /** Start of the newest span that matched. */
  readonly matchedUnixNano: bigint;
};

export type SpanPage = { readonly spans: readonly Span[]; readonly next?: Cursor };
export type LogPage = {
  readonly logs: readonly LogRecord[];
  /** Behind each record: where a page that ended with it would go on. For whoever merges pages. */
  readonly cursors: readonly Cursor[];
  readonly next?: Cursor;
};
export type Operation = { readonly service: string; readonly name: string; readonly kind: number };

export type Reader = {
  /** All spans of the trace(s), ordered by start; empty when there is none. */
  trace(lookup: TraceLookup, options?: ReadOptions): Promise<Result<SpanList>>;
  /** The spans of several traces at once, for lists that show whole traces. */
  traces(tenant: string, traceIds: readonly TraceId[], options?: ReadOptions): Promise<Result<SpanList>>;
  searchTraces(search: TraceSearch, options?: ReadOptions): Promise<Result<TracePage>>;
  searchSpans(search: SpanSearch, options?: ReadOptions): Promise<Result<SpanPage>>;
  searchLogs(search: LogSearch, options?: ReadOptions): Promise<Result<LogPage>>;
  /** Names of services that sent spans or logs, sorted. */
  services(tenant: string, options?: ReadOptions): Promise<Result<readonly string[]>>;
  /** Operations of one service, or of all, sorted by service, name and kind. */
  operations(tenant: string, service?: string, options?: ReadOptions): Promise<Result<readonly Operation[]>>;
  /** Rows, bytes on disk, parts and the age of the oldest row, by table. */
  tables(options?: ReadOptions): Promise<Result<readonly TableStatus[]>>;
};

export type TableStatus = {
  readonly table: string;
  readonly rows: number;
  readonly bytesOnDisk: number;
  readonly parts: number;
  readonly oldestArrivalUnixMs?: number;
};
