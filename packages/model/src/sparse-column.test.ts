import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListEnds } from './list-ends.ts';
import { SparseColumn, sparseNumber, sparseString } from './sparse-column.ts';

test('rows between unusual values get the usual one, and so do the rows at the end', () => {
  const column = sparseNumber(2);
  column.at(2).u16(7);
  column.at(3).u16(8);
  column.at(5).u16(9);
  assert.equal(column.finish(7), true);
  assert.deepEqual([...new Uint16Array(column.column.used().slice().buffer)], [0, 0, 7, 8, 0, 9, 0]);
});

test('a column is needed when something unusual came, or when its usual value is no default', () => {
  const strings = sparseString();
  assert.equal(strings.finish(3), false);
  assert.equal(strings.column.length, 0);
  strings.at(4).text('x');
  assert.equal(strings.finish(6), true);
  assert.deepEqual([...strings.column.used()], [0, 0, 0, 0, 1, 120, 0]);
  const ones = new SparseColumn(Uint8Array.of(1, 0), false);
  assert.equal(ones.finish(2), true);
  assert.deepEqual([...ones.column.used()], [1, 0, 1, 0]);
});

test('filling up to the rows so far does not disturb what comes later', () => {
  const column = sparseNumber(1);
  column.at(1).u8(5);
  column.finish(3);
  column.finish(3);
  column.at(4).u8(6);
  column.finish(5);
  assert.deepEqual([...column.column.used()], [0, 5, 0, 0, 6]);
});

test('lists end where their entries do, empty ones where the one before ends', () => {
  const ends = new ListEnds();
  const entries = [0, 2, 0, 0, 3, 1, 0];
  entries.forEach((count, row) => {
    for (let entry = 0; entry < count; entry++) {
      assert.equal(ends.open(row), entry === 0);
      ends.count++;
    }
    assert.equal(ends.openCount(row), count);
  });
  assert.equal(ends.finish(entries.length), true);
  const values = new BigUint64Array(ends.column.used().slice().buffer);
  assert.deepEqual([...values].map(Number), [0, 2, 2, 2, 5, 6, 6]);
});

test('a row that is given back may be opened again, also when it has the number of the one before', () => {
  const ends = new ListEnds();
  ends.open(0);
  ends.count++;
  ends.open(1);
  ends.count += 4;
  assert.equal(ends.abandon(1), true);
  assert.equal(ends.abandon(1), false);
  assert.equal(ends.open(1), true);
  ends.count += 2;
  ends.finish(2);
  assert.deepEqual([...new BigUint64Array(ends.column.used().slice().buffer)], [1n, 3n]);
  assert.equal(new ListEnds().finish(9), false);
});
