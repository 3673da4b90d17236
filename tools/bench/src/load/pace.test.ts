import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace } from './pace.ts';

test('a closed loop is due at once until the time is over', () => {
  const pace = createPace({
    startMs: 0,
    requestsPerSecond: undefined,
    durationMs: 100,
    requestsMax: undefined,
  });
  assert.equal(pace.next(0), 0);
  assert.equal(pace.next(99), 99);
  assert.equal(pace.next(100), undefined);
  assert.deepEqual(pace.missed(200), []);
});

test('an open loop keeps its timetable however late it is asked', () => {
  const pace = createPace({ startMs: 50, requestsPerSecond: 100, durationMs: 1_000, requestsMax: undefined });
  assert.equal(pace.next(50), 50);
  assert.equal(pace.next(50), 60);
  assert.equal(pace.next(500), 70);
});

test('what came due and was never sent is told', () => {
  const pace = createPace({ startMs: 0, requestsPerSecond: 10, durationMs: 1_000, requestsMax: undefined });
  assert.equal(pace.next(0), 0);
  assert.deepEqual(pace.missed(350), [100, 200, 300]);
  assert.equal(pace.next(1_001), undefined);
  assert.deepEqual(pace.missed(5_000).length, 9);
});

test('a number of requests ends the run', () => {
  const pace = createPace({ startMs: 0, requestsPerSecond: 1_000, durationMs: undefined, requestsMax: 3 });
  assert.deepEqual([pace.next(0), pace.next(0), pace.next(0), pace.next(0)], [0, 1, 2, undefined]);
  assert.deepEqual(pace.missed(1_000), []);
});
