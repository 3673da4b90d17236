/**
 * Jaeger's search parameters to a plan, with Jaeger's defaults, order of checks and words.
 *
 * All conditions hold on one span. A tag is looked for in every scope and compared as text; a few keys mean
 * fields of the span.
 */
import { parseTraceId, type TraceId } from '@tracewright/model';
import { err, ok, type Result } from '@tracewright/std';
import { NANO_MAX } from '../limits.ts';
import type { SpanPredicate, TraceSearch } from '../plan.ts';
import { KIND_WORDS, STATUS_WORDS } from '../traceql/vocabulary.ts';
import { allOf, anyOf, operationIs, textIs } from './conditions.ts';
import { parseGoDuration } from './go-duration.ts';
import { parseStringMap } from './go-json.ts';
import { parseGoBool, parseGoInt, parseGoTraceId } from './go-text.ts';

const LOOKBACK_NANO = 2n * 24n * 3_600_000_000_000n;
const LIMIT_DEFAULT = 100n;

export type JaegerSearch = {
  readonly raw: boolean;
  /** Asked for by `traceID`, in this order; when there are any, the rest of the search does not count. */
  readonly traceIds: readonly JaegerTraceId[];
  readonly plan: TraceSearch;
};

export type JaegerTraceId = {
  /** 32 hex digits. */
  readonly hex: string;
  /** Absent for the zero id, which no trace has. */
  readonly traceId?: TraceId;
};

/** The failure is the text of a 400. */
export function readJaegerSearch(
  query: URLSearchParams,
  context: { readonly tenant: string; readonly nowNano: bigint },
): Result<JaegerSearch, string> {
  const start = readMicros(query, 'start');
  if (!start.ok) return start;
  const end = readMicros(query, 'end');
  if (!end.ok) return end;
  const tags = readTags(query);
  if (!tags.ok) return tags;
  const limitText = query.get('limit') ?? '';
  const limit = limitText === '' ? ok(LIMIT_DEFAULT) : parseGoInt(limitText, 32);
  if (!limit.ok) return limit;
  const min = readDuration(query, 'minDuration');
  if (!min.ok) return min;
  const max = readDuration(query, 'maxDuration');
  if (!max.ok) return max;
  const traceIds: JaegerTraceId[] = [];
  for (const text of query.getAll('traceID')) {
    const id = readJaegerTraceId(text);
    if (!id.ok) return err(`cannot parse traceID param: ${id.failure}`);
    traceIds.push(id.value);
  }
  const raw = readJaegerFlag(query, 'raw');
  if (!raw.ok) return raw;

  const service = query.get('service') ?? '';
  const fromNano = start.value ?? context.nowNano - LOOKBACK_NANO;
  const toNano = end.value ?? context.nowNano;
  if (traceIds.length === 0 && service === '') return err("parameter 'service' is required");
  if (limit.value <= 0n) return err('invalid parameter: limit must be greater than 0');
  if (fromNano > toNano) return err('invalid parameter: start time must be before end time');
  if (min.value !== 0n && max.value !== 0n && max.value < min.value) {
    return err("'maxDuration' should be greater than 'minDuration'");
  }

  const conditions: SpanPredicate[] = [];
  if (service !== '') conditions.push(textIs('service', service));
  const operation = query.get('operation') ?? '';
  if (operation !== '') conditions.push(operationIs(operation));
  if (min.value > 0n) conditions.push(durationIs('>=', min.value));
  if (max.value !== 0n) conditions.push(durationIs('<=', max.value));
  for (const [key, text] of tags.value) conditions.push(tagIs(key, text));
  return ok({
    raw: raw.value,
    traceIds,
    plan: {
      kind: 'traceSearch',
      tenant: context.tenant,
      fromNano: clampTime(fromNano),
      // Jaeger's end is inclusive, a plan's is not.
      toNano: clampTime(toNano + 1n),
      where: { kind: 'and', of: conditions },
      limit: Number(limit.value),
    },
  });
}

export function readJaegerTraceId(text: string): Result<JaegerTraceId, string> {
  const hex = parseGoTraceId(text);
  if (!hex.ok) return hex;
  const traceId = parseTraceId(hex.value);
  return ok(traceId === undefined ? { hex: hex.value } : { hex: hex.value, traceId });
}

/** Microseconds since the epoch, in nanoseconds; undefined when absent. */
export function readMicros(query: URLSearchParams, name: string): Result<bigint | undefined, string> {
  const text = query.get(name) ?? '';
  if (text === '') return ok(undefined);
  const micros = parseGoInt(text, 64);
  return micros.ok ? ok(micros.value * 1000n) : err(`unable to parse param '${name}': ${micros.failure}`);
}

export function readJaegerFlag(query: URLSearchParams, name: string): Result<boolean, string> {
  const text = query.get(name) ?? '';
  if (text === '') return ok(false);
  const flag = parseGoBool(text);
  return flag.ok ? flag : err(`unable to parse param '${name}': ${flag.failure}`);
}

function readDuration(query: URLSearchParams, name: string): Result<bigint, string> {
  const text = query.get(name) ?? '';
  if (text === '') return ok(0n);
  const nano = parseGoDuration(text);
  return nano.ok ? nano : err(`unable to parse param '${name}': ${nano.failure}`);
}

function readTags(query: URLSearchParams): Result<ReadonlyMap<string, string>, string> {
  const tags = new Map<string, string>();
  for (const tag of query.getAll('tag')) {
    const split = tag.indexOf(':');
    if (split < 0) return err(`malformed 'tag' parameter, expecting key:value, received: ${tag}`);
    tags.set(tag.slice(0, split), tag.slice(split + 1));
  }
  for (const json of query.getAll('tags')) {
    const map = parseStringMap(json);
    if (!map.ok) return err(`malformed 'tags' parameter, cannot unmarshal JSON: ${map.failure}`);
    for (const [key, text] of map.value) tags.set(key, text);
  }
  return ok(tags);
}

/** Fields that Jaeger shows as tags are found under the names it shows. */
const SHOWN_FIELDS = {
  'otel.scope.name': 'scopeName',
  'otel.scope.version': 'scopeVersion',
  'otel.library.name': 'scopeName',
  'otel.library.version': 'scopeVersion',
  'otel.status_description': 'statusMessage',
  'w3c.tracestate': 'traceState',
} as const;

/** How Go writes what JSON has no number for, and so how an answer shows it. */
const SHOWN_INFINITIES: ReadonlyMap<string, number> = new Map([
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);

function attributeIs(scope: 'any' | 'resource', key: string, text: string): SpanPredicate {
  const asText: SpanPredicate = { kind: 'attributeText', scope, key, text };
  const value = SHOWN_INFINITIES.get(text);
  if (value === undefined) return asText;
  return anyOf(asText, { kind: 'attribute', scope, key, operator: '=', value: { type: 'double', value } });
}

function tagIs(key: string, text: string): SpanPredicate {
  const attribute = attributeIs('any', key, text);
  const failed: SpanPredicate = wordIs('status', STATUS_WORDS, 'error');
  switch (key) {
    case 'error':
      if (text === 'true') return failed;
      return text === 'false' ? { kind: 'not', of: failed } : attribute;
    case 'span.status':
      return wordIs('status', STATUS_WORDS, text);
    case 'span.kind':
      return wordIs('kind', KIND_WORDS, text);
    case 'scope.name':
      return textIs('scopeName', text);
    case 'scope.version':
      return textIs('scopeVersion', text);
    case 'otel.status_code':
      return anyOf(attribute, wordIs('status', STATUS_WORDS, text));
    case 'event':
      return anyOf(attribute, textIs('eventName', text));
    default:
      break;
  }
  if (key === 'resource.service.name') return textIs('service', text);
  if (key.startsWith('resource.')) {
    // The attribute may also really be called so.
    return anyOf(attributeIs('resource', key.slice('resource.'.length), text), attribute);
  }
  if (Object.hasOwn(SHOWN_FIELDS, key)) {
    return anyOf(attribute, textIs(SHOWN_FIELDS[key as keyof typeof SHOWN_FIELDS], text));
  }
  return attribute;
}

function wordIs(
  field: 'status' | 'kind',
  words: Readonly<Record<string, bigint>>,
  text: string,
): SpanPredicate {
  const word = text.toLowerCase();
  const value = Object.hasOwn(words, word) ? words[word] : undefined;
  if (value === undefined) return anyOf();
  return { kind: 'field', field, operator: '=', value: { type: 'int', value } };
}

function durationIs(operator: '>=' | '<=', nano: bigint): SpanPredicate {
  // No span lasts less than nothing.
  if (nano < 0n) return operator === '<=' ? anyOf() : allOf();
  return { kind: 'field', field: 'duration', operator, value: { type: 'int', value: nano } };
}

function clampTime(nano: bigint): bigint {
  return nano < 0n ? 0n : nano > NANO_MAX ? NANO_MAX : nano;
}
