/**
 * BoundedReader: a reader on which `storage.query.timeout` lies for each question as a whole. The engine's own bound is one
 * for each statement, and a question may take any number of them.
 */
import type { Reader, ReadOptions } from '@tracewright/storage';

export function boundReader(reader: Reader, timeoutMs: number): Reader {
  const within = (options: ReadOptions = {}): ReadOptions => ({
    ...options,
    deadlineMs: Math.min(options.deadlineMs ?? timeoutMs, timeoutMs),
  });
  return {
    trace: (lookup, options) => reader.trace(lookup, within(options)),
    traces: (tenant, traceIds, options) => reader.traces(tenant, traceIds, within(options)),
    searchTraces: (search, options) => reader.searchTraces(search, within(options)),
    searchSpans: (search, options) => reader.searchSpans(search, within(options)),
    searchLogs: (search, options) => reader.searchLogs(search, within(options)),
    services: (tenant, options) => reader.services(tenant, within(options)),
    operations: (tenant, service, options) => reader.operations(tenant, service, within(options)),
    tables: (options) => reader.tables(within(options)),
  };
}
