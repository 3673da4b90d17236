/**
 * Fuzz targets of everything that turns a person's or a client's text into a plan: filters, patterns, predicates in
 * JSON, cursors, parameters of the native API and of Jaeger's. What always holds: a Result, never an exception; what
 * is printed parses to the same; the place of an error lies within the text.
 */
import assert from 'node:assert/strict';
import { type FuzzOutcome, type FuzzTarget, mutateText, type Random } from '@tracewright/std/testing';
import {
  checkPattern,
  digestSearch,
  type Filter,
  LOG_VOCABULARY,
  lowerLogFilter,
  lowerSpanFilter,
  parseCursor,
  parseFilter,
  printCursor,
  printFilter,
  readDuration,
  readJaegerSearch,
  readLogSearch,
  readSearch,
  readTime,
  SPAN_VOCABULARY,
} from '../index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const NOW_NANO = 1_760_000_000_000_000_000n;
const CONTEXT = { tenant: 'tenant', nowNano: NOW_NANO } as const;

const OPERATORS = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '=~',
  '!~',
  '&&',
  '||',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '|',
  '>>',
];
const OPERANDS = [
  'status',
  'duration',
  'name',
  'kind',
  'span:id',
  'trace:id',
  '.http.route',
  'span.http.route',
  'resource.service.name',
  'event:name',
  'body',
  'severity',
  'nil',
  'true',
  'error',
  'server',
  'minInt',
  '500',
  '-1',
  '1.5',
  '1e400',
  '100ms',
  '1h30m',
  '9223372036854775808',
  '"text"',
  '`raw`',
  '"\\u0041\\n"',
  '"(a+)+$"',
  'span."quoted \\" key"',
  'parent.x',
];
const WORDS = [
  ...OPERATORS,
  ...OPERANDS,
  '{',
  '}',
  '(',
  ')',
  '!',
  '"',
  '\\',
  '`',
  ' ',
  '\u0000',
  '☃',
  'constructor',
];

function makeExpression(random: Random, depth: number): string {
  if (depth <= 0 || random.chance(0.3)) return random.pick(OPERANDS);
  switch (random.below(6)) {
    case 0:
      return `(${makeExpression(random, depth - 1)})`;
    case 1:
      return `${random.pick(['!', '-'])}${makeExpression(random, depth - 1)}`;
    default: {
      const right = makeExpression(random, depth - 1);
      return `${makeExpression(random, depth - 1)} ${random.pick(OPERATORS)} ${right}`;
    }
  }
}

function makeFilter(random: Random): string {
  if (random.chance(0.02))
    return `{ ${random.pick(['(', '!', '-', '{', '"', 'a='])}`.repeat(random.below(3_000));
  if (random.chance(0.4)) return `{ ${random.pick(['name', '.a', 'duration'])} = ${random.pick(OPERANDS)} }`;
  const text = `{ ${makeExpression(random, random.below(6))} }`;
  return random.chance(0.5) ? mutateText(text, random, WORDS) : text;
}

function filterTarget(
  name: string,
  vocabulary: typeof SPAN_VOCABULARY,
  lower: (filter: Filter) => { readonly ok: boolean },
): FuzzTarget {
  return textTarget(name, makeFilter, (text) => {
    const parsed = parseFilter(text, vocabulary);
    if (!parsed.ok) {
      const { position, length, message } = parsed.failure;
      assert.ok(position >= 0 && length >= 0 && position + length <= text.length, message);
      return 'refused';
    }
    const printed = printFilter(parsed.value, vocabulary);
    const again = parseFilter(printed, vocabulary);
    assert.ok(again.ok, `${printed} does not parse`);
    assert.equal(printFilter(again.value, vocabulary), printed);
    return outcomeOf(lower(parsed.value));
  });
}

const patterns: FuzzTarget = textTarget(
  'query-pattern',
  (random) => {
    const parts = [
      'a',
      '.',
      '*',
      '+',
      '?',
      '(',
      ')',
      '(?:',
      '[',
      ']',
      '[^',
      '-',
      '{2,5}',
      '{1000}',
      '{,',
      '|',
      '^',
    ];
    const more = [
      '$',
      '\\d',
      '\\p{L}',
      '\\',
      '\\1',
      '(?=',
      '(?<n>',
      '(?i)',
      '\\x{10ffff}',
      '\\Q',
      '☃',
      '[[:alpha:]]',
    ];
    return random.list(random.below(20), () => random.pick([...parts, ...more])).join('');
  },
  (text) => (checkPattern(text) === undefined ? 'taken' : 'refused'),
);

const TIMES = [
  '',
  '0',
  '-1h',
  'now',
  '1760000000',
  '1760000000000000000',
  '2026-11-24T10:00:00Z',
  '-9e99s',
  '1h',
  '∞',
];
const DURATIONS = [
  '',
  '5ms',
  '1.5s',
  '-1s',
  '1e3ms',
  '9999999999999h',
  'ms',
  '1m1',
  '0x1s',
  'Inf',
  '300us',
  '1µs',
];
const TEXTS = ['', 'checkout', '__proto__', 'a:b', 'a=b', '{"a":"b"}', '"', '%00', '☃', 'x'.repeat(3_000)];
const JSONS = [
  '{"kind":"and","of":[]}',
  '{"kind":"not","of":{"kind":"field","field":"service","value":"x"}}',
  '{"kind":"field","field":"__proto__","value":1}',
  '{"kind":"attribute","key":"a","operator":"=~","value":"("}',
  '{"kind":"attribute","scope":"any","key":"a","value":{"type":"int","value":"99999999999999999999"}}',
  '[]',
  'null',
];

/** Parameters as a query string is read, each as often as it comes. */
function makeParameters(random: Random, names: readonly string[]): string {
  const parameters = new URLSearchParams();
  for (let left = random.below(6); left > 0; left--) {
    const pool = random.pick([
      TIMES,
      DURATIONS,
      TEXTS,
      JSONS,
      ['{ .a = 1 }', '10', '-5', '1e9', '20', 'true', '1', '0x1'],
    ]);
    const value = random.pick(pool);
    parameters.append(random.pick(names), random.chance(0.2) ? mutateText(value, random, WORDS) : value);
  }
  return parameters.toString();
}

const JAEGER_NAMES = [
  ...['service', 'service', 'service', 'operation', 'start', 'end', 'limit', 'minDuration', 'maxDuration'],
  ...['tag', 'tags', 'traceID', 'raw', 'lookback'],
];

const jaeger: FuzzTarget = textTarget(
  'query-jaeger-parameters',
  (random) => makeParameters(random, JAEGER_NAMES),
  (text) => outcomeOf(readJaegerSearch(new URLSearchParams(text), CONTEXT)),
);

const SPAN_NAMES = [
  'q',
  'where',
  'service',
  'name',
  'status',
  'kind',
  'from',
  'to',
  'limit',
  'cursor',
  'tag',
];
const SEARCH_NAMES = [
  ...SPAN_NAMES,
  'minDuration',
  'maxDuration',
  'order',
  'trace',
  'span',
  'severity',
  'grep',
];

/** Values with the types that the API's own reader has checked. */
function inputOf(text: string): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const parameters = new URLSearchParams(text);
  for (const name of new Set(parameters.keys())) {
    const value = parameters.get(name) ?? '';
    if (value === '' && name !== 'tag') continue;
    if (name === 'tag') input[name] = parameters.getAll(name);
    else if (name === 'limit')
      input[name] = Number.isSafeInteger(Number(value)) ? Math.abs(Number(value)) || 1 : 1;
    else if (name === 'where') input[name] = jsonOf(value);
    else input[name] = value;
  }
  return input;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const searches: FuzzTarget = textTarget(
  'query-native-parameters',
  (random) => makeParameters(random, SEARCH_NAMES),
  (text) => {
    const input = inputOf(text);
    const search = readSearch(input, CONTEXT);
    const logs = readLogSearch(input, CONTEXT);
    return search.ok || logs.ok ? 'taken' : 'refused';
  },
);

const DIGEST = digestSearch({
  kind: 'logSearch',
  tenant: 'tenant',
  where: { kind: 'and', of: [] },
  order: 'newest',
  fromNano: 0n,
  toNano: NOW_NANO,
  limit: 10,
});

const cursors: FuzzTarget = textTarget(
  'query-cursor',
  (random) => {
    const hex = (digits: number): string => random.list(digits, () => random.pick([...'09af'])).join('');
    const timeNano = NOW_NANO + BigInt(random.word());
    const word = printCursor({ timeNano, traceId: hex(32), spanId: hex(16) }, DIGEST);
    return random.chance(0.3) ? word : mutateText(word, random, ['_', '-', '=', 'A', '%']);
  },
  (text) => {
    const cursor = parseCursor(text, DIGEST);
    if (cursor.ok) assert.equal(printCursor(cursor.value, DIGEST), text);
    return outcomeOf(cursor);
  },
);

const words: FuzzTarget = textTarget(
  'query-times-and-durations',
  (random) => {
    const text = random.pick([...TIMES, ...DURATIONS]);
    return random.chance(0.5)
      ? text
      : mutateText(text, random, ['h', 'm', 's', '-', '.', 'e', '9', 'T', 'Z', ':']);
  },
  (text) => {
    const duration = readDuration(text);
    const time = readTime(text, NOW_NANO);
    return duration.ok || time.ok ? 'taken' : 'refused';
  },
);

function textTarget(
  name: string,
  make: (random: Random) => string,
  check: (text: string) => FuzzOutcome,
): FuzzTarget {
  return {
    name,
    make: (random) => encoder.encode(make(random)),
    check: (input) => check(decoder.decode(input)),
  };
}

function outcomeOf({ ok }: { readonly ok: boolean }): FuzzOutcome {
  return ok ? 'taken' : 'refused';
}

export const queryFuzzTargets: readonly FuzzTarget[] = [
  filterTarget('query-span-filter', SPAN_VOCABULARY, lowerSpanFilter),
  filterTarget('query-log-filter', LOG_VOCABULARY, lowerLogFilter),
  patterns,
  jaeger,
  searches,
  cursors,
  words,
];
