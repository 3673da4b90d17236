/**
 * The native search over traces and spans: parameters, of a query string or a JSON body, to a plan.
 *
 * All parameters that narrow the search hold together on one span. Without `from` and `to` everything that
 * is stored is searched.
 */
import { ok, type Result } from '@tracewright/std';
import { readDuration } from '../duration.ts';
import { NANO_MAX, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, REPEATED_PARAMETERS_MAX } from '../limits.ts';
import type { Literal, Predicate, SpanField, SpanPredicate, SpanSearch, TraceSearch } from '../plan.ts';
import { lowerSpanFilter } from '../traceql/lower.ts';
import { parseFilter } from '../traceql/parse.ts';
import { KIND_WORDS, STATUS_WORDS } from '../traceql/vocabulary.ts';
import { digestSearch, parseCursor } from './cursor.ts';
import { type ParameterError, refuseParameter, refuseQuery } from './parameter-error.ts';
import { readPredicate, SPAN_FIELDS } from './read-predicate.ts';
import { readTag } from './read-tag.ts';
import { readTime } from './read-time.ts';

export type SearchInput = {
  readonly q?: string;
  /** A predicate tree as JSON. */
  readonly where?: unknown;
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

export type SearchContext = { readonly tenant: string; readonly nowNano: bigint };

export function readSearch(
  input: SearchInput,
  context: SearchContext,
): Result<TraceSearch | SpanSearch, ParameterError> {
  const where = readWhere(input);
  if (!where.ok) return where;
  const page = readPage(input, context);
  if (!page.ok) return page;
  if (input.of !== undefined && input.of !== 'traces' && input.of !== 'spans') {
    return refuseParameter('of', 'must be traces or spans');
  }
  const kind = input.of === 'spans' ? 'spanSearch' : 'traceSearch';
  const plan = { kind, tenant: context.tenant, where: where.value, ...page.value } as const;
  if (input.cursor === undefined) return ok(plan);
  const after = parseCursor(input.cursor, digestSearch(plan));
  return after.ok ? ok({ ...plan, after: after.value }) : refuseParameter('cursor', after.failure);
}

export type PageInput = Pick<SearchInput, 'from' | 'to' | 'limit'>;
export type Page = { readonly fromNano: bigint; readonly toNano: bigint; readonly limit: number };

export function readPage(input: PageInput, context: SearchContext): Result<Page, ParameterError> {
  const from = input.from === undefined ? ok(0n) : readTime(input.from, context.nowNano);
  if (!from.ok) return refuseParameter('from', from.failure);
  const to = input.to === undefined ? ok(NANO_MAX) : readTime(input.to, context.nowNano);
  if (!to.ok) return refuseParameter('to', to.failure);
  if (from.value > to.value) return refuseParameter('from', 'must not lie after to');
  const limit = input.limit ?? PAGE_ROWS_DEFAULT;
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_ROWS_MAX) {
    return refuseParameter('limit', `must be a whole number from 1 to ${PAGE_ROWS_MAX}`);
  }
  return ok({ fromNano: from.value, toNano: to.value, limit });
}

function readWhere(input: SearchInput): Result<SpanPredicate, ParameterError> {
  const parts: SpanPredicate[] = [];
  if (input.q !== undefined && input.q.trim() !== '') {
    const filter = parseFilter(input.q);
    if (!filter.ok) return refuseQuery('q', filter.failure);
    const lowered = lowerSpanFilter(filter.value);
    if (!lowered.ok) return refuseQuery('q', lowered.failure);
    parts.push(lowered.value);
  }
  if (input.where !== undefined) {
    const read = readPredicate<SpanField>(input.where, SPAN_FIELDS);
    if (!read.ok) return read;
    parts.push(read.value);
  }
  if (input.service !== undefined) parts.push(textField('service', input.service));
  if (input.name !== undefined) parts.push(textField('name', input.name));
  for (const [field, words] of [
    ['kind', KIND_WORDS],
    ['status', STATUS_WORDS],
  ] as const) {
    const word = input[field];
    if (word === undefined) continue;
    const value = Object.hasOwn(words, word) ? words[word] : undefined;
    if (value === undefined) return refuseParameter(field, `must be one of ${Object.keys(words).join(', ')}`);
    parts.push(intField(field, '=', value));
  }
  const durations = readDurations(input);
  if (!durations.ok) return durations;
  parts.push(...durations.value);
  const tags = input.tag ?? [];
  if (tags.length > REPEATED_PARAMETERS_MAX) {
    return refuseParameter('tag', `may be given at most ${REPEATED_PARAMETERS_MAX} times`);
  }
  for (const tag of tags) {
    const read = readTag<SpanField>(tag);
    if (!read.ok) return refuseParameter('tag', read.failure);
    parts.push(read.value);
  }
  const only = parts[0];
  return ok(parts.length === 1 && only !== undefined ? only : { kind: 'and', of: parts });
}

function readDurations(input: SearchInput): Result<readonly SpanPredicate[], ParameterError> {
  const parts: SpanPredicate[] = [];
  const bounds: bigint[] = [];
  for (const [name, operator] of [
    ['minDuration', '>='],
    ['maxDuration', '<='],
  ] as const) {
    const text = input[name];
    if (text === undefined) continue;
    const nano = readDuration(text);
    if (!nano.ok) return refuseParameter(name, nano.failure);
    bounds.push(nano.value);
    parts.push(intField('duration', operator, nano.value));
  }
  const [min, max] = bounds;
  if (min !== undefined && max !== undefined && min > max) {
    return refuseParameter('minDuration', 'must not be longer than maxDuration');
  }
  return ok(parts);
}

function textField(field: SpanField, text: string): Predicate<SpanField> {
  const value: Literal = { type: 'string', value: text };
  return { kind: 'field', field, operator: '=', value };
}

function intField(field: SpanField, operator: '=' | '>=' | '<=', number: bigint): Predicate<SpanField> {
  return { kind: 'field', field, operator, value: { type: 'int', value: number } };
}
