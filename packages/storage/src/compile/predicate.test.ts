/**
 * Whole conditions: how they combine, what they print, what is refused, and that text stays text.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EVERYTHING, type SpanPredicate } from '@tracewright/query';
import { HOSTILE } from '../testing/condition-rows.ts';
import { attribute, bool, ConditionStore, EVER, int, string } from '../testing/condition-store.ts';
import { expectOk } from '../testing/store.ts';
import { compileSpanPredicate } from './predicate.ts';

let conditions: ConditionStore;
before(async () => {
  conditions = await ConditionStore.open();
});
after(async () => {
  await conditions[Symbol.asyncDispose]();
});

test('hostile text is only text, as value, as key and as pattern', async () => {
  for (const text of HOSTILE) {
    const scopes = ['span', 'resource', 'event', 'any'] as const;
    const fields = ['name', 'service', 'scopeName', 'eventName'] as const;
    for (const scope of scopes) await conditions.agree([attribute(scope, 'k', '=', string(text))]);
    for (const field of fields)
      await conditions.agree([{ kind: 'field', field, operator: '=', value: string(text) }]);
    await conditions.agree([
      EVERYTHING,
      ...scopes.flatMap((scope): SpanPredicate[] => [
        attribute(scope, text, '=', string('x')),
        { kind: 'attributeExists', scope, key: text },
        attribute(scope, 'k', 'contains', string(text)),
      ]),
    ]);
    for (const where of [attribute('any', 'k', '=', string(text)), EVERYTHING]) {
      const search = { kind: 'spanSearch', where, ...EVER, tenant: text } as const;
      assert.deepEqual(expectOk(await conditions.store.reader.searchSpans(search)).spans, []);
      assert.deepEqual(expectOk(await conditions.store.reader.services(text)), []);
    }
  }
  assert.equal((await conditions.findSpans(EVERYTHING)).length, conditions.spans.length);
});

test('and, or, not', async () => {
  const a = attribute('span', 'k', '>', int(1n));
  const b = attribute('any', 'k', '!=', string('abc'));
  const c: SpanPredicate = { kind: 'field', field: 'name', operator: '=', value: string('abc') };
  await conditions.agree([
    { kind: 'and', of: [a, b] },
    { kind: 'or', of: [a, c] },
    { kind: 'not', of: { kind: 'or', of: [a, { kind: 'not', of: b }] } },
    { kind: 'or', of: [{ kind: 'and', of: [b, { kind: 'not', of: a }] }, c] },
    { kind: 'not', of: { kind: 'and', of: [] } },
    { kind: 'not', of: { kind: 'or', of: [] } },
  ]);
});

test('the SQL of a condition', () => {
  const sql = (where: SpanPredicate): string => expectOk(compileSpanPredicate("o'hara", where));
  assert.equal(sql(attribute('span', 'http.route', '=', string('/cart'))), `a_http_route = '/cart'`);
  assert.equal(
    sql(attribute('span', 'http.route', '!=', string('/cart'))),
    `((a_http_route != '' AND a_http_route != '/cart') OR (a_http_route = '' AND (mapContains(attrs_few, 'http.route') OR mapContains(attrs_str, 'http.route')) AND '' != '/cart'))`,
  );
  assert.equal(
    sql(attribute('span', 'order', '=', string('7'))),
    `((has(mapValues(attrs_few), '7') AND attrs_few['order'] = '7') OR attrs_str['order'] = '7')`,
  );
  assert.equal(
    sql(attribute('span', 'http.response.status_code', '>=', int(500n))),
    `(a_http_response_status_code >= 500 OR (mapContains(attrs_int, 'http.response.status_code') AND attrs_int['http.response.status_code'] >= 500) OR (mapContains(attrs_double, 'http.response.status_code') AND attrs_double['http.response.status_code'] >= 500))`,
  );
  assert.equal(
    sql(attribute('resource', 'zone', '=', string(`it's`))),
    `resource_id IN (SELECT id FROM tracewright.shared WHERE tenant = 'o\\x27hara' AND kind = 1 AND ((has(mapValues(attrs_few), 'it\\x27s') AND attrs_few['zone'] = 'it\\x27s') OR attrs_str['zone'] = 'it\\x27s'))`,
  );
  assert.equal(
    sql({ kind: 'field', field: 'duration', operator: '>', value: int(5n) }),
    'if(start_nano + toUInt64(duration_nano) >= start_nano, toUInt64(duration_nano), 0) > 5',
  );
  assert.equal(sql({ kind: 'not', of: attribute('event', 'k', '=', bool(true)) }).startsWith('NOT ('), true);
});

test('conditions beyond all measure are refused before they cost anything', async () => {
  let deep: SpanPredicate = EVERYTHING;
  for (let depth = 0; depth < 100_000; depth++) deep = { kind: 'not', of: deep };
  const wide: SpanPredicate = { kind: 'or', of: Array.from({ length: 5000 }, () => EVERYTHING) };
  const long = attribute('span', 'k', '=', string('x'.repeat(1_000_000)));
  for (const where of [deep, wide, long]) {
    const result = await conditions.store.reader.searchSpans({ kind: 'spanSearch', where, ...EVER });
    assert.ok(!result.ok);
    assert.equal(result.failure.code, 'too-large');
  }
  const pattern = await conditions.store.reader.searchSpans({
    kind: 'spanSearch',
    where: attribute('span', 'k', '=~', string('(')),
    ...EVER,
  });
  assert.ok(!pattern.ok);
  assert.deepEqual([pattern.failure.code, pattern.failure.retry], ['invalid', 'never']);
});
