/** What a filter means: lowered to a predicate and evaluated on spans and logs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord, Span } from '@tracewright/model';
import { attributes, evaluateLog, evaluateSpan, log, NO_SCOPE, resource, span } from '../testing/index.ts';
import { lowerLogFilter, lowerSpanFilter } from './lower.ts';
import { parseFilter } from './parse.ts';
import { LOG_VOCABULARY } from './vocabulary.ts';

function matches(text: string, subject: Span): boolean {
  const parsed = parseFilter(text);
  assert.ok(parsed.ok, `${text}: ${parsed.ok ? '' : parsed.failure.message}`);
  const lowered = lowerSpanFilter(parsed.value);
  assert.ok(lowered.ok, `${text}: ${lowered.ok ? '' : lowered.failure.message}`);
  return evaluateSpan(lowered.value, subject);
}

function matchesLog(text: string, subject: LogRecord): boolean {
  const parsed = parseFilter(text, LOG_VOCABULARY);
  assert.ok(parsed.ok, text);
  const lowered = lowerLogFilter(parsed.value);
  assert.ok(lowered.ok, `${text}: ${lowered.ok ? '' : lowered.failure.message}`);
  return evaluateLog(lowered.value, subject);
}

const SPAN = span({
  trace: '1234',
  id: 'ab',
  parent: 'cd',
  name: 'GET /cart',
  kind: 2,
  statusCode: 2,
  statusMessage: 'no card',
  endUnixNano: 1_700_000_000_000_000_000n + 150_000_000n,
  resource: resource('shop', { region: 'eu', shared: 'resource', flag: true }),
  scope: { ...NO_SCOPE, name: 'http', version: '1.2', attributes: attributes({ s: 'scope' }) },
  attributes: attributes({
    str: 'abc',
    num: 500n,
    dbl: 2.5,
    yes: true,
    no: false,
    shared: 7n,
    '500': 'digits',
    multi: 'one\ntwo',
  }),
  events: [
    { timeUnixNano: 1n, name: 'exception', attributes: attributes({ type: 'A' }), droppedAttributes: 0 },
    { timeUnixNano: 2n, name: 'retry', attributes: attributes({ type: 'B' }), droppedAttributes: 0 },
  ],
});

const TRUE = [
  '{ }',
  '{ true }',
  '{ .str = "abc" && span.str = "abc" }',
  '{ .num = 500 && .num >= 500 && .num < 500.5 && .num != 499.5 && .num = 500.0 }',
  '{ .dbl > 2 && .dbl < 3 && .dbl = 2.5 && .dbl != 2 }',
  '{ .yes && .yes = true && !.no && .no = false && .yes != false }',
  '{ .region = "eu" && resource.region = "eu" && !(span.region = "eu") }',
  '{ resource.service.name = "shop" && .service.name = "shop" && resource.service.name =~ "sh.*" }',
  // The span's own attribute hides the resource's, whatever its type.
  '{ .shared = 7 && !(.shared = "resource") && resource.shared = "resource" }',
  '{ .flag }',
  '{ name = "GET /cart" && span:name =~ "GET .*" && name !~ "POST.*" && name > "GET" }',
  '{ kind = server && span:kind != client && status = error && status != ok && status = 2 && kind = 2 }',
  '{ statusMessage = "no card" && duration = 150ms && duration > 149ms && duration < 0.2s && duration = 150000000 }',
  '{ duration > 1ms * 100 && 100ms < duration && 1s / 2 > duration }',
  '{ span:id = "ab" && span:id = "00000000000000AB" && span:parentID = "cd" && trace:id = "1234" }',
  '{ span:parentID != "" }',
  '{ event:name = "exception" && event:name = "retry" && event:name != "exception" }',
  // Two conditions may be met by different events.
  '{ event.type = "A" && event.type = "B" }',
  '{ instrumentation:name = "http" && instrumentation:version = "1.2" && instrumentation.s = "scope" }',
  '{ .str != nil && .none = nil && span.none = nil && resource.none = nil && instrumentation.x = nil }',
  '{ .region != nil && !(span.region != nil) }',
  '{ event.none = nil && event.type != nil && event:name != nil && name != nil && resource.service.name != nil }',
  '{ .str =~ "a.c" && .str =~ "abc|x" && !(.str =~ "ab") && .str !~ "ab" && .str =~ "(?i)ABC" }',
  '{ .multi =~ "one(?s:.)two" && .multi !~ "one.two" }',
  '{ ."500" = "digits" }',
  '{ !(.none = 1) && !(.none != 1) }',
  '{ .str = "abc" || .none = 1 }',
  '{ false || 1 = 1.0 && "a" < "b" && true != false && error = error && 1s > 1 }',
  '{ .num = 2 ^ 3 * 62.5 }',
];

const FALSE = [
  '{ false }',
  '{ .none = 1 }',
  '{ .none != 1 }',
  '{ .none !~ "x" }',
  '{ .none < 1 }',
  '{ .str = 5 }',
  '{ .str != 5 }',
  '{ .num = "500" }',
  '{ .num != "500" }',
  '{ .num =~ "500" }',
  '{ .yes = "true" }',
  '{ .str }',
  '{ !.str }',
  '{ !.none }',
  '{ .shared = "resource" }',
  '{ link.x != "y" }',
  '{ link.x != nil }',
  '{ event.type = "C" }',
  '{ nil = nil }',
  '{ nil != nil }',
  '{ resource.service.name = 5 }',
  '{ span:parentID = "" }',
  '{ duration < 0ns }',
];

test('filters are true and false as the language says', () => {
  for (const text of TRUE) assert.equal(matches(text, SPAN), true, text);
  for (const text of FALSE) assert.equal(matches(text, SPAN), false, text);
});

test('a span attribute called service.name hides the service only without a scope', () => {
  const subject = span({ attributes: attributes({ 'service.name': 'other' }) });
  assert.equal(matches('{ .service.name = "other" }', subject), true);
  assert.equal(matches('{ .service.name = "shop" }', subject), false);
  assert.equal(matches('{ resource.service.name = "shop" }', subject), true);
});

test('nil on attributes of events asks for spans that have events', () => {
  assert.equal(matches('{ event.x = nil }', span()), false);
  assert.equal(matches('{ event:name != nil }', span()), false);
});

test('boundaries of 64 bits stay exact', () => {
  const subject = span({
    attributes: attributes({ max: 2n ** 63n - 1n, min: -(2n ** 63n), near: 2n ** 53n + 1n }),
  });
  assert.equal(matches('{ .max = maxInt && .min = minInt && .max = 9223372036854775807 }', subject), true);
  assert.equal(matches('{ .min = -9223372036854775808 }', subject), true);
  assert.equal(matches('{ .near = 9007199254740993 && .near > 9007199254740992.0 }', subject), true);
});

test('filters over logs', () => {
  const subject = log({
    severityNumber: 18,
    severityText: 'ERROR2',
    body: { type: 'string', value: 'a msg' },
    eventName: 'e',
    attributes: attributes({ user: 'u1', n: 5n }),
  });
  for (const text of [
    '{ severity = error && severity >= warn && severity > info && severity < fatal && severity <= error }',
    '{ severity = 18 && severity != warn && severity != 17 && severityText = "ERROR2" }',
    '{ body = "a msg" && body =~ ".*msg" && event:name = "e" }',
    '{ log.user = "u1" && .user = "u1" && .n > 4 && resource.service.name = "shop" }',
  ]) {
    assert.equal(matchesLog(text, subject), true, text);
  }
  for (const text of [
    '{ severity > error }',
    '{ severity < error }',
    '{ severity = warn }',
    '{ log.none = "x" }',
  ]) {
    assert.equal(matchesLog(text, subject), false, text);
  }
});

const REFUSED: readonly (readonly [string, string])[] = [
  ['{ status }', '"status" alone is neither true nor false'],
  ['{ 1h }', 'A value alone is neither true nor false'],
  ['{ "x" }', 'A value alone is neither true nor false'],
  ['{ 1 + 1 }', 'A number alone is neither true nor false'],
  ['{ -.a }', 'A number alone is neither true nor false'],
  ['{ 1 = "x" }', 'Cannot compare int with string'],
  ['{ duration > "x" }', '"duration" is a duration'],
  ['{ name != 3.2 }', '"name" is text'],
  ['{ name = error }', '"name" is text'],
  ['{ 1 =~ 2 }', 'Not supported yet: matching one constant with another'],
  ['{ .a =~ 2 }', 'A pattern is text'],
  ['{ "a" =~ .a }', 'A pattern stands on the right of its operator'],
  ['{ duration =~ "x" }', '"duration" is not text, so no pattern fits it'],
  ['{ status > ok }', '"status" can only be compared with = and !='],
  ['{ status = server }', '"server" is no value of "status"'],
  ['{ kind = "server" }', '"server" is no value of "kind"'],
  ['{ .a = error }', '"error" is a value of status or kind, not of attributes'],
  ['{ .a > true }', 'true and false can only be compared with = and !='],
  ['{ name = nil }', '"name" always exists'],
  ['{ resource.service.name = nil }', 'resource.service.name always exists'],
  ['{ .a > nil }', 'nil can only be compared with = and !='],
  ['{ link.a = nil }', 'Not supported yet: "= nil" on an attribute of links'],
  ['{ .a = .b }', 'Not supported yet: comparing two attributes or fields with each other'],
  ['{ .a + 1 > 2 }', 'Not supported yet: arithmetic with attributes or fields'],
  ['{ -.a > 2 }', 'Not supported yet: arithmetic with attributes or fields'],
  ['{ (.a = 1) = true }', 'Not supported yet: comparing the truth of a condition'],
  ['{ !.a = true }', 'Not supported yet: comparing the truth of a condition'],
  ['{ .a = 1 / 0 }', 'Division by zero'],
  ['{ .a = 1 + "x" }', 'Arithmetic needs numbers or durations on both sides'],
  ['{ .a = 9223372036854775808 }', 'The number 9223372036854775808 is too large'],
  ['{ .a = maxInt + 1 }', 'The result needs more than 64 bits'],
  ['{ .a =~ "a(?=b)" }', 'Invalid regular expression: look-around is not supported by RE2'],
  ['{ .a =~ "(a" }', 'Invalid regular expression: missing closing )'],
  ['{ .a =~ "a{2000}" }', 'Invalid regular expression: invalid repeat count {2000}'],
];

test('what has no meaning, or none yet, is refused with its place', () => {
  for (const [text, message] of REFUSED) {
    const parsed = parseFilter(text);
    assert.ok(parsed.ok, `${text}: ${parsed.ok ? '' : parsed.failure.message}`);
    const lowered = lowerSpanFilter(parsed.value);
    assert.ok(!lowered.ok, text);
    assert.equal(lowered.failure.message, message, text);
    const { position, length } = lowered.failure;
    assert.ok(position > 0 && position + length < text.length, `${text}: the place is inside the braces`);
  }
});

test('the plan of the commonest filter is as flat as it can be', () => {
  const parsed = parseFilter(
    '{ resource.service.name = "x" && duration > 100ms && span.http.status_code >= 500 }',
  );
  assert.ok(parsed.ok);
  assert.deepEqual(lowerSpanFilter(parsed.value), {
    ok: true,
    value: {
      kind: 'and',
      of: [
        { kind: 'field', field: 'service', operator: '=', value: { type: 'string', value: 'x' } },
        { kind: 'field', field: 'duration', operator: '>', value: { type: 'int', value: 100_000_000n } },
        {
          kind: 'attribute',
          scope: 'span',
          key: 'http.status_code',
          operator: '>=',
          value: { type: 'int', value: 500n },
        },
      ],
    },
  });
});
