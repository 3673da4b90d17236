import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearestName } from './nearest.ts';

test('the edit distance counts a swap of neighbours once', () => {
  assert.equal(editDistance('', ''), 0);
  assert.equal(editDistance('abc', ''), 3);
  assert.equal(editDistance('host', 'hsot'), 1);
  assert.equal(editDistance('kitten', 'sitting'), 3);
});

test('typing errors, other spellings and missing sections find the intended name', () => {
  const known = ['listen.host', 'listen.allowedHosts', 'storage.memoryMax', 'storage.path', 'wal.sync'];
  assert.equal(nearestName('listen.hsot', known), 'listen.host');
  assert.equal(nearestName('storage.memory_max', known), 'storage.memoryMax');
  assert.equal(nearestName('host', known), 'listen.host');
  assert.equal(nearestName('wall.sync', known), 'wal.sync');
});

test('a name unlike all others has no neighbour', () => {
  assert.equal(nearestName('colour', ['listen.host', 'wal.sync']), undefined);
  assert.equal(nearestName('x', []), undefined);
});
