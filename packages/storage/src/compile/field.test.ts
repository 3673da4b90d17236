/**
 * Conditions on the fields of spans and log records, and the rows that they find.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Literal, LogField, SpanField, SpanPredicate } from '@tracewright/query';
import { bool, ConditionStore, double, int, OPERATORS, string } from '../testing/condition-store.ts';
import { NOON_NANO, spanId, traceId } from '../testing/rows.ts';
import type { Operator } from './comparison.ts';

let conditions: ConditionStore;
before(async () => {
  conditions = await ConditionStore.open();
});
after(async () => {
  await conditions[Symbol.asyncDispose]();
});

test('fields of spans', async () => {
  const texts: readonly SpanField[] = [
    'service',
    'name',
    'statusMessage',
    'traceState',
    'scopeName',
    'scopeVersion',
    'eventName',
    'receiver',
  ];
  const cases: SpanPredicate[] = [];
  const add = (field: SpanField, operator: Operator, value: Literal): void => {
    cases.push({ kind: 'field', field, operator, value });
  };
  for (const field of texts) {
    for (const operator of [...OPERATORS, '=~', '!~', 'contains'] as const) {
      for (const text of ['', 'abc', 'checkout']) add(field, operator, string(text));
      add(field, operator, int(5n));
    }
  }
  for (const operator of OPERATORS) {
    for (const value of [0n, 1n, 2n, 5n, -1n]) {
      add('kind', operator, int(value));
      add('status', operator, int(value));
      add('duration', operator, int(value * 1_000_000n));
    }
    add('duration', operator, double(999_999.5));
    add('start', operator, int(NOON_NANO + 3n));
    add('kind', operator, string('2'));
    for (const id of [spanId(3), '', 'zz', spanId(0)]) {
      add('spanId', operator, string(id));
      add('parentId', operator, string(id));
    }
    for (const id of [traceId(0xabc01), '', 'abc01']) add('traceId', operator, string(id));
  }
  add('spanId', '=~', string('3$'));
  add('traceId', 'contains', string('abc'));
  for (const low of ['00000000000abc01', '0000000000000000', 'abc01', '00000000000abc01.']) {
    add('traceId', '=~', string(`${low}$`));
  }
  await conditions.agree(cases);
});

test('fields and attributes of logs', async () => {
  let matched = 0;
  const texts: readonly LogField[] = [
    'service',
    'severityText',
    'eventName',
    'scopeName',
    'receiver',
    'body',
  ];
  for (const operator of [...OPERATORS, '=~', '!~', 'contains'] as const) {
    for (const field of texts) {
      for (const text of ['', 'abc']) {
        matched += await conditions.agreeLogs({ kind: 'field', field, operator, value: string(text) });
      }
    }
    matched += await conditions.agreeLogs({ kind: 'field', field: 'severity', operator, value: int(9n) });
    matched += await conditions.agreeLogs({
      kind: 'field',
      field: 'traceId',
      operator,
      value: string(traceId(0xabc01)),
    });
    matched += await conditions.agreeLogs({ kind: 'field', field: 'traceId', operator, value: string('') });
    matched += await conditions.agreeLogs({
      kind: 'field',
      field: 'spanId',
      operator,
      value: string(spanId(3)),
    });
    for (const scope of ['span', 'resource', 'event', 'any'] as const) {
      for (const value of [string('abc'), int(5n), double(5.5), bool(false)]) {
        matched += await conditions.agreeLogs({ kind: 'attribute', scope, key: 'k', operator, value });
      }
    }
  }
  assert.ok(matched > 0);
});
