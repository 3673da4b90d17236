/**
 * GET and POST /search: traces or spans that satisfy conditions, newest first, page by page. POST takes the
 * same as a JSON body, and a whole tree of predicates.
 */
import { digestSearch, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, printCursor, readSearch } from '@tracewright/query';
import { ok, type Result } from '@tracewright/std';
import { type ApiAnswer, jsonAnswer } from '../exchange.ts';
import type { RouteFailure } from '../failures.ts';
import { nowNano } from '../now-nano.ts';
import { readOptions } from '../read-options.ts';
import { type Call, defineRoute, type Parameters, type Route } from '../route.ts';
import { NATIVE_ADDRESSES } from './addresses.ts';
import type { SearchJson } from './answers.ts';
import type { NativeContext } from './context.ts';
import { parameterFailure } from './parameter-failure.ts';
import { SEARCH_SCHEMA } from './schemas.ts';
import { spanHitJson, traceHitJson } from './to-json.ts';

export type SearchRouteInput = {
  readonly q?: string;
  readonly service?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly status?: string;
  readonly minDuration?: string;
  readonly maxDuration?: string;
  readonly tag?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly of?: string;
};
export type PredicateSearchInput = SearchRouteInput & { readonly where?: unknown };
export type SearchRoute = Route<SearchRouteInput, SearchJson, NativeContext>;
export type PredicateSearchRoute = Route<PredicateSearchInput, SearchJson, NativeContext>;

const PARAMETERS: Parameters<SearchRouteInput> = {
  q: {
    type: 'text',
    summary: 'A filter in TraceQL: conditions in braces that one span must meet',
    example: '{ resource.service.name = "checkout" && duration > 100ms }',
  },
  service: { type: 'text', summary: 'Name of the service', example: 'checkout' },
  name: { type: 'text', summary: 'Name of the span', example: 'GET /cart' },
  kind: {
    type: 'text',
    summary: 'Kind of the span',
    choices: ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'],
  },
  status: { type: 'text', summary: 'Status of the span', choices: ['unset', 'ok', 'error'] },
  minDuration: { type: 'text', summary: 'The span lasts at least so long', example: '100ms' },
  maxDuration: { type: 'text', summary: 'The span lasts at most so long', example: '1m30s' },
  tag: {
    type: 'list',
    summary: 'An attribute in any scope: `key=value`, or `key` alone for its existence; may be repeated',
    example: 'http.response.status_code=500',
  },
  from: {
    type: 'text',
    summary: 'Start of the time range: RFC 3339, an epoch in s, ms, µs or ns, or relative such as `-1h`',
    example: '-1h',
  },
  to: { type: 'text', summary: 'End of the time range, like `from`', example: 'now' },
  limit: {
    type: 'integer',
    summary: 'Rows of a page',
    min: 1,
    max: PAGE_ROWS_MAX,
    default: PAGE_ROWS_DEFAULT,
  },
  cursor: { type: 'text', summary: 'The `next` of the page before' },
  of: { type: 'text', summary: 'What to list', choices: ['traces', 'spans'] },
};

const DESCRIPTION =
  'All conditions hold on one span; a trace is listed when one of its spans matches. Without `from` and `to` everything stored is searched. Pages are complete: the next page starts exactly where this one ended.';

export const search: SearchRoute = defineRoute<SearchRouteInput, SearchJson, NativeContext>({
  id: 'search',
  address: NATIVE_ADDRESSES.search,
  summary: 'Search traces or spans',
  description: DESCRIPTION,
  parameters: PARAMETERS,
  answer: { summary: 'A page of traces, or of spans', json: SEARCH_SCHEMA },
  failures: ['unavailable', 'deadline', 'overloaded', 'resource'],
  handle: runSearch,
});

export const searchByPredicate: PredicateSearchRoute = defineRoute<
  PredicateSearchInput,
  SearchJson,
  NativeContext
>({
  id: 'searchByPredicate',
  address: NATIVE_ADDRESSES.searchByPredicate,
  summary: 'Search traces or spans by a tree of predicates',
  description: `${DESCRIPTION} The parameters are members of the JSON body.`,
  parameters: {
    ...PARAMETERS,
    where: {
      type: 'json',
      summary:
        'A predicate: {"kind":"and"|"or","of":[…]}, {"kind":"not","of":…}, {"kind":"field","field":"service","operator":"=","value":"x"}, {"kind":"attribute","scope":"any","key":"k","operator":">=","value":500}, {"kind":"attributeText",…,"text":"x"} or {"kind":"attributeExists",…}',
    },
  },
  answer: { summary: 'A page of traces, or of spans', json: SEARCH_SCHEMA },
  failures: ['unavailable', 'deadline', 'overloaded', 'resource', 'too-large', 'unsupported'],
  handle: runSearch,
});

async function runSearch(
  { input, request }: Call<PredicateSearchInput>,
  context: NativeContext,
): Promise<Result<ApiAnswer, RouteFailure>> {
  const read = readSearch(input, { tenant: context.tenant, nowNano: nowNano(context.clock) });
  if (!read.ok) return parameterFailure(read.failure);
  const plan = read.value;
  const options = readOptions(request);
  if (plan.kind === 'traceSearch') {
    const page = await context.reader.searchTraces(plan, options);
    if (!page.ok) return page;
    const { traces, next } = page.value;
    return ok(
      jsonAnswer({
        traces: traces.map(traceHitJson),
        ...(next === undefined ? {} : { next: printCursor(next, digestSearch(plan)) }),
      }),
    );
  }
  const page = await context.reader.searchSpans(plan, options);
  if (!page.ok) return page;
  const { spans, next } = page.value;
  return ok(
    jsonAnswer({
      spans: spans.map(spanHitJson),
      ...(next === undefined ? {} : { next: printCursor(next, digestSearch(plan)) }),
    }),
  );
}
