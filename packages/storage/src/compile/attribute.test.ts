/**
 * Conditions on attributes and the rows that they find, type by type and place by place.
 */
import { after, before, describe, test } from 'node:test';
import type { Literal, SpanPredicate } from '@tracewright/query';
import { KEYS } from '../testing/condition-rows.ts';
import {
  attribute,
  bool,
  ConditionStore,
  double,
  int,
  OPERATORS,
  string,
} from '../testing/condition-store.ts';

let conditions: ConditionStore;
before(async () => {
  conditions = await ConditionStore.open();
});
after(async () => {
  await conditions[Symbol.asyncDispose]();
});

describe('attributes of every type compare as plans say', () => {
  const literals: readonly Literal[] = [
    string(''),
    string('abc'),
    string('5'),
    int(0n),
    int(5n),
    int(-7n),
    int(2n ** 53n + 1n),
    int(2n ** 64n - 1n),
    double(0),
    double(5),
    double(5.5),
    double(2 ** 53),
    double(Number.NaN),
    double(Number.POSITIVE_INFINITY),
    bool(true),
    bool(false),
  ];
  for (const key of KEYS) {
    test(`of a span, under the key ${JSON.stringify(key)}`, async () => {
      await conditions.agree(
        literals.flatMap((value) => OPERATORS.map((operator) => attribute('span', key, operator, value))),
      );
    });
  }
  for (const scope of ['resource', 'scope', 'event', 'link', 'any'] as const) {
    test(`of ${scope}`, async () => {
      const some = literals.filter((_, at) => at % 2 === 0 || scope === 'event');
      await conditions.agree(
        some.flatMap((value) => OPERATORS.map((operator) => attribute(scope, 'k', operator, value))),
      );
    });
  }

  test('as patterns and substrings', async () => {
    const cases: SpanPredicate[] = [];
    for (const scope of ['span', 'event', 'any'] as const) {
      for (const key of ['k', 'http.route']) {
        for (const pattern of [
          'b',
          '^a',
          'c$',
          '^abc$',
          '(?i)^abc$',
          '.',
          'x.y',
          '(?s)x.y',
          '',
          '\\d+',
          "'",
        ]) {
          cases.push(
            attribute(scope, key, '=~', string(pattern)),
            attribute(scope, key, '!~', string(pattern)),
          );
        }
        for (const part of ['', 'b', 'B', "'", '\\', '%', '\u0000', '🎉']) {
          cases.push(attribute(scope, key, 'contains', string(part)));
        }
        cases.push(attribute(scope, key, '=~', int(5n)), attribute(scope, key, 'contains', bool(true)));
      }
    }
    await conditions.agree(cases);
  });

  test('as text, by their presence, and negated', async () => {
    const cases: SpanPredicate[] = [];
    for (const scope of ['span', 'resource', 'event', 'link', 'any'] as const) {
      for (const key of ['k', 'http.response.status_code', 'absent']) {
        cases.push({ kind: 'attributeExists', scope, key });
        for (const text of [
          '',
          'abc',
          '5',
          '5.5',
          '0',
          '-0',
          'true',
          'false',
          'NaN',
          'Infinity',
          '1e+21',
          '200',
          '05',
        ]) {
          cases.push({ kind: 'attributeText', scope, key, text });
        }
      }
    }
    await conditions.agree(cases);
    await conditions.agree(cases.filter((_, at) => at % 7 === 0).map((of) => ({ kind: 'not', of })));
  });
});
