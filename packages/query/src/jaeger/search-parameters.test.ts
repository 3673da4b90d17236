/** Jaeger's parameters: defaults, order of checks, words of Go, and what a search means. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributes, evaluateSpan, NO_SCOPE, resource, span } from '../testing/index.ts';
import { parseGoDuration, printGoDuration } from './go-duration.ts';
import { parseStringMap } from './go-json.ts';
import { parseGoInt, quoteGo } from './go-text.ts';
import { type JaegerSearch, readJaegerSearch } from './search-parameters.ts';

const NOW = 1_700_000_000_000_000_000n;
const CONTEXT = { tenant: 't', nowNano: NOW };

function read(query: string): JaegerSearch {
  const search = readJaegerSearch(new URLSearchParams(query), CONTEXT);
  assert.ok(search.ok, `${query}: ${search.ok ? '' : search.failure}`);
  return search.value;
}

function refusal(query: string): string {
  const search = readJaegerSearch(new URLSearchParams(query), CONTEXT);
  assert.ok(!search.ok, query);
  return search.failure;
}

test('defaults: the last two days, 100 traces', () => {
  assert.deepEqual(read('service=shop'), {
    raw: false,
    traceIds: [],
    plan: {
      kind: 'traceSearch',
      tenant: 't',
      fromNano: NOW - 172_800_000_000_000n,
      toNano: NOW + 1n,
      where: {
        kind: 'and',
        of: [{ kind: 'field', field: 'service', operator: '=', value: { type: 'string', value: 'shop' } }],
      },
      limit: 100,
    },
  });
  const given = read('service=s&start=5&end=1000&limit=7&raw=T&lookback=x');
  assert.deepEqual(
    [given.plan.fromNano, given.plan.toNano, given.plan.limit, given.raw],
    [5_000n, 1_000_001n, 7, true],
  );
  assert.equal(read('service=s&start=-5&end=1').plan.fromNano, 0n);
});

test('the words of each error', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', "parameter 'service' is required"],
    ['service=', "parameter 'service' is required"],
    ['service=s&start=x', `unable to parse param 'start': strconv.ParseInt: parsing "x": invalid syntax`],
    ['service=s&end=1.5', `unable to parse param 'end': strconv.ParseInt: parsing "1.5": invalid syntax`],
    [
      'service=s&end=9223372036854775808',
      `unable to parse param 'end': strconv.ParseInt: parsing "9223372036854775808": value out of range`,
    ],
    ['service=s&limit=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['service=s&limit=2147483648', 'strconv.ParseInt: parsing "2147483648": value out of range'],
    ['service=s&limit=0', 'invalid parameter: limit must be greater than 0'],
    ['service=s&limit=-1', 'invalid parameter: limit must be greater than 0'],
    ['service=s&start=2&end=1', 'invalid parameter: start time must be before end time'],
    ['service=s&minDuration=20', `unable to parse param 'minDuration': time: missing unit in duration "20"`],
    ['service=s&maxDuration=x', `unable to parse param 'maxDuration': time: invalid duration "x"`],
    [
      'service=s&maxDuration=5x',
      `unable to parse param 'maxDuration': time: unknown unit "x" in duration "5x"`,
    ],
    ['service=s&minDuration=2s&maxDuration=1s', "'maxDuration' should be greater than 'minDuration'"],
    ['service=s&tag=k', "malformed 'tag' parameter, expecting key:value, received: k"],
    [
      'service=s&tags=x',
      "malformed 'tags' parameter, cannot unmarshal JSON: invalid character 'x' looking for beginning of value",
    ],
    [
      'service=s&tags={"a":1}',
      "malformed 'tags' parameter, cannot unmarshal JSON: json: cannot unmarshal number into Go value of type string",
    ],
    ['traceID=x', 'cannot parse traceID param: strconv.ParseUint: parsing "x": invalid syntax'],
    [
      `traceID=${'a'.repeat(33)}`,
      `cannot parse traceID param: TraceID cannot be longer than 32 hex characters: ${'a'.repeat(33)}`,
    ],
    [
      'traceID=g0000000000000001',
      'cannot parse traceID param: strconv.ParseUint: parsing "g": invalid syntax',
    ],
    ['traceID=', 'cannot parse traceID param: strconv.ParseUint: parsing "": invalid syntax'],
    ['service=s&raw=yes', `unable to parse param 'raw': strconv.ParseBool: parsing "yes": invalid syntax`],
  ];
  for (const [query, words] of cases) assert.equal(refusal(query), words, query);
});

test('errors surface in the order start, end, tags, limit, durations, traceID, raw, service', () => {
  const parts: readonly (readonly [string, RegExp])[] = [
    ['start=x', /'start'/],
    ['end=x', /'end'/],
    ['tag=x', /'tag'/],
    ['limit=x', /^strconv/],
    ['minDuration=x', /'minDuration'/],
    ['maxDuration=x', /'maxDuration'/],
    ['traceID=x', /traceID/],
    ['raw=x', /'raw'/],
  ];
  for (const [at, [, words]] of parts.entries()) {
    // Later ones first in the query: their place there does not count.
    const query = parts
      .slice(at)
      .map(([part]) => part)
      .reverse()
      .join('&');
    assert.match(refusal(query), words);
  }
});

test('trace ids in any length and case, in their order', () => {
  const { traceIds } = read('traceID=AB&traceID=0&traceID=4BF92F3577B34DA6A3CE929D0E0E4736');
  assert.deepEqual(traceIds, [
    { hex: 'ab'.padStart(32, '0'), traceId: 'ab'.padStart(32, '0') },
    { hex: '0'.repeat(32) },
    { hex: '4bf92f3577b34da6a3ce929d0e0e4736', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
  ]);
});

test('all conditions hold on one span; tags compare as text in every scope', () => {
  const subject = span({
    name: 'op',
    kind: 2,
    statusCode: 2,
    statusMessage: 'broken',
    traceState: 'a=b',
    endUnixNano: NOW + 10_000_000n,
    resource: resource('shop', { region: 'eu' }),
    scope: { ...NO_SCOPE, name: 'lib', version: '2', attributes: attributes({ inScope: 1n }) },
    attributes: attributes({ n: 123n, d: 72.5, b: true, s: 'a:b' }),
    events: [
      { timeUnixNano: 1n, name: 'exception', attributes: attributes({ inEvent: 'x' }), droppedAttributes: 0 },
    ],
    links: [
      {
        traceId: 'aa',
        spanId: 'bb',
        traceState: '',
        attributes: attributes({ inLink: 'y' }),
        droppedAttributes: 0,
        flags: 0,
      },
    ],
  });
  const finds = (query: string): boolean => evaluateSpan(read(`service=shop&${query}`).plan.where, subject);
  for (const query of [
    'operation=op',
    'minDuration=10ms&maxDuration=10ms',
    'minDuration=-5ms',
    'tag=n:123&tag=d:72.5&tag=b:true&tag=s:a:b',
    'tags={"region":"eu","inScope":"1","inEvent":"x","inLink":"y"}',
    'tag=resource.region:eu&tag=resource.service.name:shop',
    'tag=error:true&tag=span.status:ERROR&tag=span.kind:server&tag=scope.name:lib&tag=scope.version:2',
    'tag=otel.status_code:ERROR&tag=otel.status_description:broken&tag=otel.scope.name:lib&tag=w3c.tracestate:a=b&tag=event:exception',
  ]) {
    assert.equal(finds(query), true, query);
  }
  for (const query of [
    'operation=other',
    'minDuration=11ms',
    'maxDuration=9ms',
    'maxDuration=-1ms',
    'tag=n:124',
    'tag=missing:x',
    'tag=error:false',
    'tag=span.status:OK',
    'tag=span.kind:nonsense',
    'tag=scope.name:other',
    'tag=resource.n:123',
    'tag=b:True',
  ]) {
    assert.equal(finds(query), false, query);
  }
});

test('infinities are found by the words that answers show', () => {
  const up = { n: Number.POSITIVE_INFINITY };
  const finds = (tag: string, attribute: Record<string, number | string>): boolean => {
    const { where } = read(`service=shop&tags=${encodeURIComponent(tag)}`).plan;
    return evaluateSpan(
      where,
      span({ resource: resource('shop', attribute), attributes: attributes(attribute) }),
    );
  };
  assert.equal(finds('{"n":"+Inf"}', up), true);
  assert.equal(finds('{"resource.n":"+Inf"}', up), true);
  assert.equal(finds('{"n":"+Inf"}', { n: '+Inf' }), true);
  assert.equal(finds('{"n":"-Inf"}', { n: Number.NEGATIVE_INFINITY }), true);
  assert.equal(finds('{"n":"-Inf"}', up), false);
  assert.equal(finds('{"n":"+Inf"}', { n: 'Infinity' }), false);
});

test('spans without a name are found by what Jaeger calls them', () => {
  const { where } = read('service=shop&operation=empty-span-name').plan;
  assert.equal(evaluateSpan(where, span({ name: '' })), true);
  assert.equal(evaluateSpan(where, span({ name: 'empty-span-name' })), true);
  assert.equal(evaluateSpan(where, span({ name: 'other' })), false);
});

test('durations of Go, read and printed', () => {
  const cases: readonly (readonly [string, bigint, string])[] = [
    ['0', 0n, '0s'],
    ['0s', 0n, '0s'],
    ['1ns', 1n, '1ns'],
    ['1.5us', 1_500n, '1.5µs'],
    ['2µs', 2_000n, '2µs'],
    ['-1.25ms', -1_250_000n, '-1.25ms'],
    ['1h2m3.5s', 3_723_500_000_000n, '1h2m3.5s'],
    ['90m', 5_400_000_000_000n, '1h30m0s'],
    ['.5s', 500_000_000n, '500ms'],
    ['1.s', 1_000_000_000n, '1s'],
    ['+60s', 60_000_000_000n, '1m0s'],
    ['2562047h47m16.854775807s', 2n ** 63n - 1n, '2562047h47m16.854775807s'],
  ];
  for (const [text, nano, printed] of cases) {
    assert.deepEqual(parseGoDuration(text), { ok: true, value: nano }, text);
    assert.equal(printGoDuration(nano), printed);
  }
  for (const [text, words] of [
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1', 'time: missing unit in duration "1"'],
    ['1s5', 'time: missing unit in duration "1s5"'],
    ['1 s', 'time: unknown unit " s" in duration "1 s"'],
    ['1ä', 'time: unknown unit "\\xc3\\xa4" in duration "1\\xc3\\xa4"'],
    ['2562048h', 'time: invalid duration "2562048h"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
  ] as const) {
    assert.deepEqual(parseGoDuration(text), { ok: false, failure: words }, text);
  }
});

test('quotes and integers of Go', () => {
  assert.equal(quoteGo('a"b\\c\n\u0001é日\u200b\u{1F600}'), '"a\\"b\\\\c\\n\\x01é日\\u200b😀"');
  assert.deepEqual(parseGoInt('+5', 64), { ok: true, value: 5n });
  assert.deepEqual(parseGoInt('-9223372036854775808', 64), { ok: true, value: -(2n ** 63n) });
  assert.deepEqual(parseGoInt('00000000000000000000000000000001', 32), { ok: true, value: 1n });
  for (const text of ['', ' 1', '1_000', '0x10', '１']) {
    assert.deepEqual(parseGoInt(text, 64), {
      ok: false,
      failure: `strconv.ParseInt: parsing ${quoteGo(text)}: invalid syntax`,
    });
  }
});

test('JSON of tags: what Go reads and what it says', () => {
  const map = parseStringMap(' {"a":"1" , "b\\u00e9":"x\\n\\ud83d\\ude00","a":"2","n":null} ');
  assert.ok(map.ok);
  assert.deepEqual(
    [...map.value],
    [
      ['a', '2'],
      ['bé', 'x\n😀'],
      ['n', ''],
    ],
  );
  const empty = parseStringMap('null');
  assert.ok(empty.ok && empty.value.size === 0);
  const cases: readonly (readonly [string, string])[] = [
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['{"a":"b', 'unexpected end of JSON input'],
    ['{a', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":"b",}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" "b"}', "invalid character '\"' after object key"],
    ['{"a":"b" "c"}', "invalid character '\"' after object key:value pair"],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a":[1 2]}', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
    ['{"a":"\\q"}', "invalid character 'q' in string escape code"],
    ['{"a":"\\u12g4"}', "invalid character 'g' in \\u hexadecimal character escape"],
    ['{"a":"\n"}', "invalid character '\\n' in string literal"],
    ['{"a":-}', "invalid character '}' in numeric literal"],
    ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
    ['{"a":1e}', "invalid character '}' in exponent of numeric literal"],
    ['{"a":01}', "invalid character '1' after object key:value pair"],
    ['{"a":true,"b":1}', 'json: cannot unmarshal bool into Go value of type string'],
    ['{"a":{}}', 'json: cannot unmarshal object into Go value of type string'],
    ['{"a":[[1]]}', 'json: cannot unmarshal array into Go value of type string'],
    ['[]', 'json: cannot unmarshal array into Go value of type map[string]string'],
    ['"x"', 'json: cannot unmarshal string into Go value of type map[string]string'],
    ['5', 'json: cannot unmarshal number into Go value of type map[string]string'],
    ['[1', 'unexpected end of JSON input'],
    ['ä', "invalid character 'Ã' looking for beginning of value"],
    ['['.repeat(20_000), 'exceeded max depth'],
  ];
  for (const [text, words] of cases)
    assert.deepEqual(parseStringMap(text), { ok: false, failure: words }, text.slice(0, 40));
});
