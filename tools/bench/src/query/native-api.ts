// The program's own API: a trace comes back as OTLP, a search as a page of hits. An attribute of a span is asked for
// as a filter, one of any scope as a tag.

import type { HttpQuestion } from './http-query.ts';
import type { FoundTrace, TraceApi, TraceSearch } from './trace-api.ts';

const BASE = '/api/tracewright/v1';

type OtlpTrace = {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { readonly traceId: string }[] }[];
  }[];
};
type SearchPage = { readonly traces: readonly { readonly traceId: string }[] };

export const nativeApi: TraceApi = {
  name: 'native',
  needsService: false,
  byId: (base, traceId) => ({ method: 'GET', url: new URL(`${BASE}/traces/${traceId}`, base) }),
  search,
  read: (question, body) =>
    question === 'byId'
      ? countSpans(JSON.parse(body) as OtlpTrace)
      : (JSON.parse(body) as SearchPage).traces.map(({ traceId }) => ({ traceId })),
};

function search(base: string, wanted: TraceSearch): HttpQuestion {
  const url = new URL(`${BASE}/search`, base);
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) url.searchParams.set(name, value);
  };
  set('service', wanted.service);
  set('name', wanted.operation);
  set('minDuration', wanted.minDurationMs === undefined ? undefined : `${wanted.minDurationMs}ms`);
  const { attribute } = wanted;
  if (attribute?.anyScope === true) set('tag', `${attribute.key}=${attribute.value}`);
  else if (attribute !== undefined)
    set('q', `{ span.${attribute.key} = ${JSON.stringify(attribute.value)} }`);
  set('limit', String(wanted.limit));
  set('from', new Date(wanted.fromMs).toISOString());
  set('to', new Date(wanted.toMs).toISOString());
  return { method: 'GET', url };
}

function countSpans(trace: OtlpTrace): readonly FoundTrace[] {
  const ids = trace.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => span.traceId)),
  );
  return [...Map.groupBy(ids, (id) => id)].map(([traceId, { length }]) => ({ traceId, spans: length }));
}
