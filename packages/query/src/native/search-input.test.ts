/** The native parameters: what they lower to, and how each is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpanPredicate } from '../plan.ts';
import { evaluateLog } from '../testing/evaluate.ts';
import { attributes, evaluateSpan, log, resource, span } from '../testing/index.ts';
import { digestSearch, printCursor } from './cursor.ts';
import { type LogInput, readLogSearch } from './log-input.ts';
import { readSearch, type SearchInput } from './search-input.ts';

const NOW = 1_700_000_000_000_000_000n;
const CONTEXT = { tenant: 't', nowNano: NOW };

function where(input: SearchInput): SpanPredicate {
  const read = readSearch(input, CONTEXT);
  assert.ok(read.ok, read.ok ? '' : read.failure.message);
  return read.value.where;
}

function refusal(input: SearchInput): string {
  const read = readSearch(input, CONTEXT);
  assert.ok(!read.ok, JSON.stringify(input));
  return read.failure.message;
}

test('without parameters everything is searched, by traces, 20 at a time', () => {
  assert.deepEqual(readSearch({}, CONTEXT), {
    ok: true,
    value: {
      kind: 'traceSearch',
      tenant: 't',
      where: { kind: 'and', of: [] },
      fromNano: 0n,
      toNano: 2n ** 64n - 1n,
      limit: 20,
    },
  });
});

test('all parameters hold together on one span', () => {
  const predicate = where({
    q: '{ span.a = 1 }',
    where: { kind: 'attributeExists', scope: 'span', key: 'b' },
    service: 'shop',
    name: 'n',
    kind: 'server',
    status: 'error',
    minDuration: '1ms',
    maxDuration: '1.5s',
    tag: ['c=x', 'd'],
  });
  const good = {
    name: 'n',
    kind: 2,
    statusCode: 2,
    resource: resource('shop'),
    attributes: attributes({ a: 1n, b: 0n, c: 'x', d: false }),
  };
  assert.equal(evaluateSpan(predicate, span(good)), true);
  for (const worse of [
    { attributes: attributes({ a: 2n, b: 0n, c: 'x', d: false }) },
    { attributes: attributes({ a: 1n, c: 'x', d: false }) },
    { attributes: attributes({ a: 1n, b: 0n, c: 'y', d: false }) },
    { attributes: attributes({ a: 1n, b: 0n, c: 'x' }) },
    { resource: resource('other') },
    { name: 'm' },
    { kind: 3 },
    { statusCode: 0 },
    { endUnixNano: NOW },
    { endUnixNano: NOW + 2_000_000_000n },
  ]) {
    assert.equal(
      evaluateSpan(predicate, span({ ...good, ...worse })),
      false,
      JSON.stringify(Object.keys(worse)),
    );
  }
});

test('a tag is found by its text in any scope, by its value too when it is spelled otherwise', () => {
  const finds = (tag: string, value: Parameters<typeof attributes>[0]): boolean =>
    evaluateSpan(where({ tag: [tag] }), span({ attributes: attributes(value) }));
  assert.equal(finds('k=500', { k: 500n }), true);
  assert.equal(finds('k=500', { k: '500' }), true);
  assert.equal(finds('k=500.0', { k: 500n }), true);
  assert.equal(finds('k=5e2', { k: 500 }), true);
  assert.equal(finds('k=TRUE', { k: true }), true);
  assert.equal(finds('k=true', { k: true }), true);
  assert.equal(finds('k="500"', { k: 500n }), false);
  assert.equal(finds('k="500"', { k: '500' }), true);
  assert.equal(finds('k=a=b', { k: 'a=b' }), true);
  assert.equal(finds('k=', { k: '' }), true);
  assert.equal(finds('k=', { k: 'x' }), false);
  assert.equal(finds('k', { k: 'x' }), true);
  assert.equal(finds('region=eu', {}), false);
  assert.equal(
    evaluateSpan(where({ tag: ['region=eu'] }), span({ resource: resource('s', { region: 'eu' }) })),
    true,
  );
});

test('times are RFC 3339, epochs of any unit, or relative', () => {
  const from = (text: string): bigint => {
    const read = readSearch({ from: text, to: '2100-01-01T00:00:00Z' }, CONTEXT);
    assert.ok(read.ok, `${text}: ${read.ok ? '' : read.failure.message}`);
    return read.value.fromNano;
  };
  assert.equal(from('2023-11-14T22:13:20Z'), NOW);
  assert.equal(from('2023-11-14T22:13:20.123456789Z'), NOW + 123_456_789n);
  assert.equal(from('2023-11-14T23:13:20.5+01:00'), NOW + 500_000_000n);
  assert.equal(from('2023-11-14 22:13Z'), NOW - 20_000_000_000n);
  assert.equal(from('2023-11-14'), NOW - (22n * 3600n + 13n * 60n + 20n) * 1_000_000_000n);
  assert.equal(from('1700000000'), NOW);
  assert.equal(from('1700000000.25'), NOW + 250_000_000n);
  assert.equal(from('1700000000000'), NOW);
  assert.equal(from('1700000000000000'), NOW);
  assert.equal(from('1700000000000000001'), NOW + 1n);
  assert.equal(from('-1h'), NOW - 3_600_000_000_000n);
  assert.equal(from('now-1d'), NOW - 86_400_000_000_000n);
  assert.equal(from('now'), NOW);
  assert.equal(from('+5m'), NOW + 300_000_000_000n);
  assert.equal(from('0'), 0n);
});

test('each wrong parameter is named, with what is wrong', () => {
  assert.equal(refusal({ from: 'soon' }), 'from is no time such as 2026-01-31T12:00:00Z, 1769860800 or -1h');
  assert.equal(refusal({ from: '2023-02-31T00:00:00Z' }), 'from is no day of the calendar');
  assert.equal(refusal({ from: '2023-02-28T25:00:00Z' }), 'from is no day of the calendar');
  assert.equal(refusal({ to: '-1' }), 'to has no unit: write 1ms or 1s');
  assert.equal(refusal({ from: '-100y' }), 'from lies before 1970 or after 2554');
  assert.equal(refusal({ from: 'now', to: '-1s' }), 'from must not lie after to');
  assert.equal(refusal({ minDuration: '5' }), 'minDuration has no unit: write 5ms or 5s');
  assert.equal(refusal({ maxDuration: 'x' }), 'maxDuration is no duration such as 100ms, 1.5s or 1h2m');
  assert.equal(
    refusal({ minDuration: '2s', maxDuration: '1s' }),
    'minDuration must not be longer than maxDuration',
  );
  assert.equal(
    refusal({ kind: 'srv' }),
    'kind must be one of unspecified, internal, server, client, producer, consumer',
  );
  assert.equal(refusal({ status: 'bad' }), 'status must be one of unset, ok, error');
  assert.equal(refusal({ limit: 0 }), 'limit must be a whole number from 1 to 1000');
  assert.equal(refusal({ limit: 1001 }), 'limit must be a whole number from 1 to 1000');
  assert.equal(refusal({ tag: ['=x'] }), 'tag must be key=value');
  assert.equal(
    refusal({ tag: Array.from({ length: 101 }, () => 'a=b') }),
    'tag may be given at most 100 times',
  );
  assert.equal(refusal({ of: 'logs' }), 'of must be traces or spans');
  assert.equal(
    refusal({ q: '{ nam = "x" }' }),
    'q, position 3: Unknown identifier: nam, expected a field, a value, or an attribute with its scope; did you mean name?',
  );
});

test('predicate trees are read with their words and types, and refused by their path', () => {
  const tree = where({
    where: {
      kind: 'and',
      of: [
        {
          kind: 'or',
          of: [
            { kind: 'field', field: 'kind', value: 'server' },
            { kind: 'field', field: 'status', value: 2 },
          ],
        },
        { kind: 'not', of: { kind: 'field', field: 'duration', operator: '>', value: '1s' } },
        {
          kind: 'attribute',
          scope: 'span',
          key: 'n',
          operator: '>=',
          value: { type: 'int', value: '9007199254740993' },
        },
        { kind: 'attribute', key: 'd', operator: '<', value: 2.5 },
        { kind: 'attribute', key: 's', operator: '=~', value: '^a' },
        { kind: 'attributeText', key: 'b', text: 'true' },
        { kind: 'attributeExists', scope: 'resource', key: 'service.name' },
        { kind: 'field', field: 'start', operator: '>', value: '1' },
      ],
    },
  });
  const good = { kind: 2, attributes: attributes({ n: 2n ** 53n + 1n, d: 2, s: 'ab', b: true }) };
  assert.equal(evaluateSpan(tree, span(good)), true);
  assert.equal(
    evaluateSpan(tree, span({ ...good, attributes: attributes({ n: 2n ** 53n, d: 2, s: 'ab', b: true }) })),
    false,
  );
  const bad = (json: unknown): string => refusal({ where: json });
  assert.equal(bad([]), 'where must be an object with a kind');
  assert.equal(
    bad({ kind: 'xor' }),
    'where.kind must be one of and, or, not, field, attribute, attributeText, attributeExists',
  );
  assert.equal(bad({ kind: 'and' }), 'where.of must be a list of predicates');
  assert.equal(bad({ kind: 'and', of: [{ kind: 'not' }] }), 'where.of[0].of must be an object with a kind');
  assert.match(
    bad({ kind: 'field', field: 'colour', value: 1 }),
    /^where\.field must be one of service, name/,
  );
  assert.equal(bad({ kind: 'field', field: 'name', value: 1 }), 'where.value must be a string');
  assert.equal(
    bad({ kind: 'field', field: 'status', value: 'bad' }),
    'where.value must be one of unset, ok, error',
  );
  assert.equal(bad({ kind: 'field', field: 'duration', value: true }), 'where.value must be a number');
  assert.equal(
    bad({ kind: 'field', field: 'name', operator: 'is', value: 'x' }),
    'where.operator must be one of = != < <= > >= =~ !~ contains',
  );
  assert.equal(
    bad({ kind: 'attribute', key: 'a', operator: '=~', value: '(' }),
    'where.value is no regular expression: missing closing )',
  );
  assert.equal(
    bad({ kind: 'attribute', key: 'a', operator: 'contains', value: 1 }),
    'where.value must be a string for the operator contains',
  );
  assert.equal(
    bad({ kind: 'attribute', scope: 'body', key: 'a', value: 1 }),
    'where.scope must be one of span, resource, scope, event, link, any',
  );
  assert.equal(bad({ kind: 'attribute', key: '', value: 1 }), 'where.key must be the name of an attribute');
  assert.equal(
    bad({ kind: 'attribute', key: 'a', value: 2 ** 60 }),
    'where.value is beyond 2^53: write {"type":"int","value":"…"}',
  );
  assert.equal(
    bad({ kind: 'attribute', key: 'a', value: { type: 'int', value: '1e3' } }),
    'where.value must be a whole number, as a string when it is beyond 2^53',
  );
  assert.equal(
    bad({ kind: 'attribute', key: 'a', value: { type: 'int', value: '18446744073709551616' } }),
    'where.value needs more than 64 bits',
  );
  let deep: unknown = { kind: 'and', of: [] };
  for (let level = 0; level < 10_000; level++) deep = { kind: 'not', of: deep };
  assert.match(bad(deep), /is nested more than 64 levels deep$/);
  const wide = { kind: 'or', of: Array.from({ length: 500 }, () => ({ kind: 'attributeExists', key: 'a' })) };
  assert.match(bad(wide), /is one condition too many/);
});

test('a cursor belongs to its search, and a damaged one is refused', () => {
  const input: SearchInput = { service: 'shop', from: '-1h' };
  const plan = readSearch(input, CONTEXT);
  assert.ok(plan.ok);
  const place = { timeNano: NOW, traceId: 'ab'.repeat(16), spanId: '12'.repeat(8) };
  const cursor = printCursor(place, digestSearch(plan.value));
  assert.match(cursor, /^[A-Za-z0-9_-]+$/);
  // Relative times move between two pages; the cursor stays good.
  const later = readSearch({ ...input, cursor }, { ...CONTEXT, nowNano: NOW + 5_000_000_000n });
  assert.ok(later.ok);
  assert.deepEqual(later.value.after, place);
  assert.equal(
    refusal({ service: 'cart', cursor }),
    'cursor belongs to another search: start that one without a cursor',
  );
  assert.match(refusal({ ...input, of: 'spans', cursor }), /belongs to another search/);
  const damaged = 'cursor is damaged: use the value of "next" exactly as it was given';
  for (let at = 0; at < cursor.length; at++) {
    const other = cursor.charAt(at) === 'A' ? 'B' : 'A';
    assert.equal(
      refusal({ ...input, cursor: cursor.slice(0, at) + other + cursor.slice(at + 1) }),
      damaged,
      `at ${at}`,
    );
  }
  for (const bad of [cursor.slice(1), cursor.slice(0, -1), `${cursor}A`, '!', 'AAAA', 'x'.repeat(1000)]) {
    assert.equal(refusal({ ...input, cursor: bad }), damaged, bad);
  }
});

test('searches of logs', () => {
  const predicate = (input: LogInput): ((subject: ReturnType<typeof log>) => boolean) => {
    const read = readLogSearch(input, CONTEXT);
    assert.ok(read.ok, read.ok ? '' : read.failure.message);
    return (subject) => evaluateLog(read.value.where, subject);
  };
  const line = log({
    traceId: span({ trace: 'ffff0000000000000000000000000a1b' }).traceId,
    spanId: span({ id: 'c' }).spanId,
    severityNumber: 13,
    body: { type: 'string', value: 'Disk full' },
    attributes: attributes({ user: 'u1' }),
  });
  assert.equal(predicate({ trace: 'FFFF0000-0000-0000-0000-000000000a1b' })(line), true);
  assert.equal(predicate({ trace: '0000000000000a1b' })(line), true, 'by the low half');
  assert.equal(predicate({ trace: '00000000000000000000000000000a1b' })(line), false, 'all digits given');
  assert.equal(predicate({ span: 'C', service: 'shop', severity: 'warning', grep: 'full' })(line), true);
  assert.equal(predicate({ severity: 'error' })(line), false);
  assert.equal(predicate({ severity: '14' })(line), false);
  assert.equal(predicate({ grep: 'FULL' })(line), false, 'case counts');
  assert.equal(predicate({ q: '{ .user = "u1" && severity = warn }' })(line), true);
  const bad = (input: LogInput): string => {
    const read = readLogSearch(input, CONTEXT);
    return read.ok ? 'accepted' : read.failure.message;
  };
  assert.equal(bad({ trace: 'x' }), 'trace is no trace id');
  assert.equal(bad({ span: '0' }), 'span is no span id');
  assert.match(bad({ severity: '25' }), /^severity must be one of trace, debug/);
  assert.equal(bad({ order: 'up' }), 'order must be newest or oldest');
  assert.match(bad({ q: '{ duration > 1s }' }), /Unknown identifier: duration/);
  assert.match(bad({ limit: 0 }), /^limit must be/);
});
