/**
 * The Reader over an engine: what each of its questions is answered by.
 */
import type { Engine } from './engine/engine.ts';
import { readOperations, readServices, readTables } from './read-lists.ts';
import { readTrace, readTraces } from './read-trace.ts';
import type { Reader } from './reader.ts';
import type { DecodeAnyValue } from './rows/attribute-rows.ts';
import { SpanColumns } from './rows/span-columns.ts';
import { searchLogs } from './search/search-logs.ts';
import { searchSpans } from './search/search-spans.ts';
import { searchTraces } from './search/search-traces.ts';
import { type Reading, Terrain } from './search/searching.ts';
import { SharedCache, type SharedDecoders } from './shared-cache.ts';
import { TraceSegments } from './trace-segments.ts';

/** How the messages that are stored as they came are read; storage knows no wire format. */
export type ReaderOptions = SharedDecoders & {
  readonly engine: Engine;
  readonly decodeAnyValue: DecodeAnyValue;
};

export function createReader(options: ReaderOptions): Reader {
  const { engine, decodeAnyValue } = options;
  const reading: Reading = {
    engine,
    decodeAnyValue,
    shared: new SharedCache(engine, options),
    traceSegments: new TraceSegments(engine),
    spanColumns: new SpanColumns(),
  };
  const spans = new Terrain('spans');
  const logs = new Terrain('logs');
  return {
    trace: (lookup, read) => readTrace(reading, lookup, read),
    traces: (tenant, traceIds, read) => readTraces(reading, tenant, traceIds, read),
    searchTraces: (search, read) => searchTraces(reading, spans, search, read),
    searchSpans: (search, read) => searchSpans(reading, spans, search, read),
    searchLogs: (search, read) => searchLogs(reading, logs, search, read),
    services: (tenant, read) => readServices(reading, tenant, read),
    operations: (tenant, service, read) => readOperations(reading, tenant, service, read),
    tables: (read) => readTables(reading, read),
  };
}
