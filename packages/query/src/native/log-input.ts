/** The native search over logs: parameters to a plan. All of them hold together on one record. */
import { parseSpanId, parseTraceReference } from '@tracewright/model';
import { ok, type Result } from '@tracewright/std';
import type { LogField, LogPredicate, LogSearch } from '../plan.ts';
import { lowerLogFilter } from '../traceql/lower.ts';
import { parseFilter } from '../traceql/parse.ts';
import { LOG_VOCABULARY, SEVERITY_WORDS } from '../traceql/vocabulary.ts';
import { digestSearch, parseCursor } from './cursor.ts';
import { type ParameterError, refuseParameter, refuseQuery } from './parameter-error.ts';
import { type PageInput, readPage, type SearchContext } from './search-input.ts';

export type LogInput = PageInput & {
  readonly q?: string;
  readonly trace?: string;
  readonly span?: string;
  readonly service?: string;
  /** The least severity: a name or OTLP's number. */
  readonly severity?: string;
  /** A substring of the body. */
  readonly grep?: string;
  readonly cursor?: string;
  readonly order?: string;
};

export function readLogSearch(input: LogInput, context: SearchContext): Result<LogSearch, ParameterError> {
  const where = readWhere(input);
  if (!where.ok) return where;
  const page = readPage(input, context);
  if (!page.ok) return page;
  if (input.order !== undefined && input.order !== 'newest' && input.order !== 'oldest') {
    return refuseParameter('order', 'must be newest or oldest');
  }
  const plan: LogSearch = {
    kind: 'logSearch',
    tenant: context.tenant,
    where: where.value,
    order: input.order ?? 'newest',
    ...page.value,
  };
  if (input.cursor === undefined) return ok(plan);
  const after = parseCursor(input.cursor, digestSearch(plan));
  return after.ok ? ok({ ...plan, after: after.value }) : refuseParameter('cursor', after.failure);
}

function readWhere(input: LogInput): Result<LogPredicate, ParameterError> {
  const parts: LogPredicate[] = [];
  if (input.q !== undefined && input.q.trim() !== '') {
    const filter = parseFilter(input.q, LOG_VOCABULARY);
    if (!filter.ok) return refuseQuery('q', filter.failure);
    const lowered = lowerLogFilter(filter.value);
    if (!lowered.ok) return refuseQuery('q', lowered.failure);
    parts.push(lowered.value);
  }
  if (input.trace !== undefined) {
    const reference = parseTraceReference(input.trace);
    if (reference === undefined) return refuseParameter('trace', 'is no trace id');
    // Low ids match by their last 64 bits, as everywhere.
    parts.push(
      reference.lowOnly
        ? text('traceId', `${reference.traceId.slice(16)}$`, '=~')
        : text('traceId', reference.traceId),
    );
  }
  if (input.span !== undefined) {
    const spanId = parseSpanId(input.span);
    if (spanId === undefined) return refuseParameter('span', 'is no span id');
    parts.push(text('spanId', spanId));
  }
  if (input.service !== undefined) parts.push(text('service', input.service));
  if (input.severity !== undefined) {
    const number = readSeverity(input.severity);
    if (number === undefined) {
      return refuseParameter(
        'severity',
        `must be one of ${Object.keys(SEVERITY_WORDS).join(', ')}, or a number from 1 to 24`,
      );
    }
    parts.push({ kind: 'field', field: 'severity', operator: '>=', value: { type: 'int', value: number } });
  }
  if (input.grep !== undefined && input.grep !== '') parts.push(text('body', input.grep, 'contains'));
  const only = parts[0];
  return ok(parts.length === 1 && only !== undefined ? only : { kind: 'and', of: parts });
}

function readSeverity(text: string): bigint | undefined {
  const word = text.trim().toLowerCase();
  if (/^\d{1,2}$/.test(word)) {
    const number = BigInt(word);
    return number >= 1n && number <= 24n ? number : undefined;
  }
  const name = word === 'warning' ? 'warn' : word;
  return Object.hasOwn(SEVERITY_WORDS, name) ? SEVERITY_WORDS[name] : undefined;
}

function text(field: LogField, value: string, operator: '=' | '=~' | 'contains' = '='): LogPredicate {
  return { kind: 'field', field, operator, value: { type: 'string', value } };
}
