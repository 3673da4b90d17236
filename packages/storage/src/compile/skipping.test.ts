/** Conditions that a few rows meet are answered without reading the rest of the table: each of their arms has an index. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeScope, Literal } from '@tracewright/query';
import { decodeNativeBlocks } from '../native/decode.ts';
import { bool, double, int, string } from '../testing/condition-store.ts';
import { expectOk, openTestStore } from '../testing/store.ts';
import { type AttributeTest, attributeCondition } from './attribute.ts';

const ROWS = 20 * 4096;
/** One row has attributes, in the middle. */
const FILL = `INSERT INTO tracewright.spans (tenant, segment, trace_id, attrs_few, attrs_str, attrs_int, attrs_double, attrs_bool, nested_owner, nested_key, nested_type, nested_value)
SELECT 'default', 1, unhex(leftPad(hex(number), 32, '0')), ${rare("map('few', 'a')", 'map()')}, map('str', toString(number)), ${rare("map('int', 7)", "map('other', 1)")},
${rare("map('double', 7.5)", 'map()')}, ${rare("map('bool', 1)", 'map()')}, ${rare('[0]', '[]')}, ${rare("['k']", '[]')}, ${rare('[1]', '[]')}, ${rare("['v']", '[]')} FROM numbers(${ROWS})`;

function rare(value: string, usual: string): string {
  return `if(number = ${ROWS / 2}, ${value}, ${usual})`;
}

function equal(value: Literal): AttributeTest {
  return { kind: 'compare', operator: '=', value };
}

const VALUES: readonly (readonly [string, AttributeTest])[] = [
  ['few', equal(string('a'))],
  ['str', equal(string(String(ROWS / 2)))],
  ['int', equal(int(7n))],
  ['int', equal(double(7))],
  ['double', equal(double(7.5))],
  ['bool', equal(bool(true))],
  ['int', { kind: 'text', text: '7' }],
  ['double', { kind: 'text', text: '7.5' }],
  ['bool', { kind: 'text', text: 'true' }],
];
const NESTED: readonly (readonly [string, AttributeTest])[] = [
  ['k', equal(string('v'))],
  ['nobody has it', { kind: 'compare', operator: '>', value: int(3n) }],
  ['nobody has it', { kind: 'text', text: '' }],
  ['k', { kind: 'exists' }],
];
const CASES: readonly (readonly [AttributeScope, string, AttributeTest])[] = [
  ...(['span', 'event', 'link', 'any'] as const).flatMap((scope) =>
    VALUES.map(([key, asked]) => [scope, key, asked] as const),
  ),
  ...(['event', 'link'] as const).flatMap((scope) =>
    NESTED.map(([key, asked]) => [scope, key, asked] as const),
  ),
];

test('a value or a nested key that is rare leaves out nearly all granules', async () => {
  await using store = await openTestStore();
  await store.command(FILL);
  for (const [scope, key, asked] of CASES) {
    const condition = attributeCondition('spans', 'default', scope, key, asked);
    const answer = await store.engine.query({
      sql: `SELECT marks FROM (EXPLAIN ESTIMATE SELECT span_id FROM tracewright.spans WHERE ${condition})`,
      class: 'scan',
      deadlineMs: 20_000,
      settings: { use_skip_indexes_on_data_read: 0 },
    });
    const [block] = expectOk(decodeNativeBlocks(expectOk(answer).blocks));
    // A filter may be wrong about a granule or two.
    const marks = Number(block?.bigs('marks')[0] ?? 0n);
    assert.ok(marks <= 3, `${marks} granules for ${condition}`);
  }
});
