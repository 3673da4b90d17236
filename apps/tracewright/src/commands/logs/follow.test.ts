import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogJson } from '@tracewright/api/client';
import { FollowedLogs, lookBackNano } from './follow.ts';

const second = 1_000_000_000n;
const start = 1000n * second;

function log(atSeconds: number, body: string): LogJson {
  return {
    timeUnixNano: String(BigInt(atSeconds) * second),
    observedUnixNano: '0',
    severityNumber: 9,
    severityText: '',
    body,
    service: 's',
    attributes: {},
    resource: {},
  };
}

const bodies = (logs: readonly LogJson[]): unknown[] => logs.map(({ body }) => body);

test('overlapping polls give each record once, those that come late too', () => {
  const followed = new FollowedLogs(start);
  assert.equal(followed.from, start - lookBackNano);
  assert.deepEqual(bodies(followed.take([log(999, 'old'), log(1001, 'a')], 1002n * second)), ['old', 'a']);
  assert.deepEqual(
    bodies(followed.take([log(999, 'old'), log(1000, 'late'), log(1001, 'a')], 1003n * second)),
    ['late'],
  );
  assert.deepEqual(followed.take([log(1000, 'late'), log(1001, 'a')], 1004n * second), []);
});

test('equal records are counted, not confused', () => {
  const followed = new FollowedLogs(start);
  assert.equal(followed.take([log(1001, 'x'), log(1001, 'x')], 1002n * second).length, 2);
  assert.equal(followed.take([log(1001, 'x'), log(1001, 'x'), log(1001, 'x')], 1002n * second).length, 1);
  assert.equal(followed.take([log(1001, 'x'), log(1001, 'x'), log(1001, 'x')], 1002n * second).length, 0);
});

test('a clock that is ahead does not hide what others send', () => {
  const followed = new FollowedLogs(start);
  assert.deepEqual(bodies(followed.take([log(9000, 'from the future')], 1001n * second)), [
    'from the future',
  ]);
  assert.equal(followed.from, start - lookBackNano);
  assert.deepEqual(bodies(followed.take([log(1001, 'now'), log(9000, 'from the future')], 1002n * second)), [
    'now',
  ]);
});

test('what the window cannot show again is forgotten, and the window moves', () => {
  const followed = new FollowedLogs(start);
  followed.take([log(1001, 'a')], 1001n * second);
  followed.take([log(1100, 'b')], 1100n * second);
  assert.equal(followed.from, 1100n * second - lookBackNano);
  assert.deepEqual(bodies(followed.take([log(1001, 'a')], 1100n * second)), ['a'], 'it was forgotten');
});
