// Jaeger's legacy JSON API: a search names a service, times are microseconds, and whole traces come back.

import type { HttpQuestion } from './http-query.ts';
import type { TraceApi, TraceSearch } from './trace-api.ts';

type JaegerAnswer = {
  readonly data: readonly { readonly traceID: string; readonly spans: readonly unknown[] }[];
};

export const jaegerApi: TraceApi = {
  name: 'jaeger',
  needsService: true,
  byId: (base, traceId) => ({ method: 'GET', url: new URL(`/api/traces/${traceId}`, base) }),
  search,
  read: (_question, body) =>
    (JSON.parse(body) as JaegerAnswer).data.map((trace) => ({
      // A zero high half is trimmed by Jaeger.
      traceId: trace.traceID.padStart(32, '0'),
      spans: trace.spans.length,
    })),
};

function search(base: string, wanted: TraceSearch): HttpQuestion {
  const url = new URL('/api/traces', base);
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) url.searchParams.set(name, value);
  };
  set('service', wanted.service);
  set('operation', wanted.operation);
  set('minDuration', wanted.minDurationMs === undefined ? undefined : `${wanted.minDurationMs}ms`);
  set('tags', wanted.attribute && JSON.stringify({ [wanted.attribute.key]: wanted.attribute.value }));
  set('limit', String(wanted.limit));
  set('start', String(wanted.fromMs * 1_000));
  set('end', String(wanted.toMs * 1_000));
  return { method: 'GET', url };
}
