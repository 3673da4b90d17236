/**
 * A part of many granules: what the indexes let a search pass over holds nothing that it looks for, also where a
 * disjunction goes by several indexes at once.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Span } from '@tracewright/model';
import type { SpanPredicate } from '@tracewright/query';
import { evaluateSpan } from '@tracewright/query/testing';
import { attributesOf, makeSpan, NOON_NANO, resourceOf, spanId, traceId } from '../testing/rows.ts';
import { countParts, expectOk, openTestStore, type TestStore } from '../testing/store.ts';

const ROWS = 40_000;
/** Odd and far apart, so that each falls into a granule of its own, at even and at odd places. */
const RARE_EVERY = 3_701;

let store: TestStore;
let spans: readonly Span[];
before(async () => {
  store = await openTestStore();
  spans = Array.from({ length: ROWS }, (_, at) => rowOf(at));
  await store.store(NOON_NANO / 1000n, { spans });
  // The filters of values are made by merges.
  await store.command('OPTIMIZE TABLE tracewright.spans FINAL');
  assert.equal(await countParts(store, 'spans'), 1);
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

function rowOf(at: number): Span {
  const rare = at % RARE_EVERY === 0 ? at / RARE_EVERY : -1;
  return makeSpan({
    traceId: traceId(at + 1),
    spanId: spanId(at + 1),
    startUnixNano: NOON_NANO + BigInt(at) * 1_000_000n,
    name: rare % 3 === 0 ? 'rare name' : `name ${at % 5}`,
    resource: resourceOf(rare % 3 === 1 ? 'rare' : 'usual'),
    attributes: attributesOf({
      'http.route': rare % 3 === 2 ? '/rare' : '/usual',
      unforeseen: rare === 4 ? 'rare' : 'usual',
    }),
  });
}

const equals = (field: 'name' | 'service', value: string): SpanPredicate => ({
  kind: 'field',
  field,
  operator: '=',
  value: { type: 'string', value },
});
const has = (key: string, value: string): SpanPredicate => ({
  kind: 'attribute',
  scope: 'any',
  key,
  operator: '=',
  value: { type: 'string', value },
});
const rareOnes: readonly SpanPredicate[] = [
  equals('name', 'rare name'),
  equals('service', 'rare'),
  has('http.route', '/rare'),
  has('unforeseen', 'rare'),
];

/** Each alone, each two, each three, all, and such with a condition beside. */
function predicates(): SpanPredicate[] {
  const some: SpanPredicate[] = [];
  for (let chosen = 1; chosen < 2 ** rareOnes.length; chosen++) {
    const or: SpanPredicate = { kind: 'or', of: rareOnes.filter((_, bit) => (chosen >> bit) & 1) };
    some.push(or, { kind: 'and', of: [or, { kind: 'not', of: equals('name', 'name 0') }] });
  }
  return some;
}

test('every disjunction finds in a part of many granules what is there, and nothing else', async () => {
  let foundInAll = 0;
  for (const where of predicates()) {
    const found = expectOk(
      await store.reader.searchSpans({
        kind: 'spanSearch',
        tenant: 'default',
        fromNano: 0n,
        toNano: 2n ** 64n - 1n,
        where,
        limit: 1000,
      }),
    );
    const expected = spans.filter((span) => evaluateSpan(where, span)).map((span) => span.spanId);
    assert.deepEqual(found.spans.map((span) => span.spanId).sort(), expected.sort(), JSON.stringify(where));
    foundInAll += expected.length;
  }
  assert.ok(foundInAll > 50, `${foundInAll}`);
});
