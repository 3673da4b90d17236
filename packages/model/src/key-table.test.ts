import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyTable } from './key-table.ts';
import { PROMOTED_ATTRIBUTES } from './promoted.ts';

const encoder = new TextEncoder();

function view(text: string): DataView {
  const { buffer, byteLength, byteOffset } = encoder.encode(text);
  return new DataView(buffer, byteOffset, byteLength);
}

function find(table: KeyTable, key: string): ReturnType<KeyTable['find']> {
  const source = view(`<${key}>`);
  return table.find(source, 1, source.byteLength - 1);
}

function isFew(table: KeyTable, key: string, value: string): boolean {
  const entry = find(table, key);
  assert.ok(entry !== undefined);
  const source = view(value);
  return table.isFew(entry, source, 0, source.byteLength);
}

test('a key is found again by its bytes, and promoted keys know their column', () => {
  const table = new KeyTable();
  for (const [index, { key }] of PROMOTED_ATTRIBUTES.entries())
    assert.equal(find(table, key)?.promoted, index);
  const first = find(table, 'my.key');
  assert.equal(first?.promoted, -1);
  assert.equal(find(table, 'my.key'), first);
  assert.notEqual(find(table, 'my.kez'), first);
  assert.notEqual(find(table, ''), first);
});

test('a key is few-valued until it has shown too many values, and never again', () => {
  const table = new KeyTable();
  for (let at = 0; at < 1000; at++) assert.ok(isFew(table, 'region', `region-${at % 50}`));
  let at = 0;
  while (isFew(table, 'user', `user-${at}`)) at++;
  assert.ok(at >= 200 && at < 300, String(at));
  assert.equal(isFew(table, 'user', 'user-0'), false);
  assert.ok(isFew(table, 'region', 'region-1'));
});

test('a key that shows its many values late is noticed too', () => {
  const table = new KeyTable();
  for (let at = 0; at < 10_000; at++) assert.ok(isFew(table, 'late', 'same'));
  let at = 0;
  while (isFew(table, 'late', `value-${at}`)) {
    at++;
    assert.ok(at < 10_000);
  }
});

test('long values are not worth a dictionary', () => {
  assert.equal(isFew(new KeyTable(), 'stack', 'x'.repeat(65)), false);
});

test('hostile keys fill the table to its limit and no further, and old keys are still found', () => {
  const table = new KeyTable();
  const before = find(table, 'early');
  let known = 0;
  for (let at = 0; at < 20_000; at++) if (find(table, `hostile.${at}`) !== undefined) known++;
  assert.ok(known > 0 && known <= 4096, String(known));
  assert.equal(find(table, 'early'), before);
  assert.equal(find(table, 'http.route')?.promoted, 2);
  assert.equal(find(table, 'k'.repeat(257)), undefined);
});
