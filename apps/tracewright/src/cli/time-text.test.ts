import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockText, durationText, nanoOf, timeText } from './time-text.ts';

test('durations are short at every magnitude and never round up to a unit of their own', () => {
  const cases: readonly (readonly [bigint, string])[] = [
    [0n, '0ns'],
    [999n, '999ns'],
    [1000n, '1µs'],
    [1234n, '1.23µs'],
    [999_949n, '999.9µs'],
    [999_950n, '1ms'],
    [312_400_000n, '312.4ms'],
    [999_999_999n, '1s'],
    [1_520_000_000n, '1.52s'],
    [59_994_999_999n, '59.99s'],
    [59_996_000_000n, '1m00s'],
    [192_000_000_000n, '3m12s'],
    [3_600_000_000_000n, '1h00m'],
    [5_400_000_000_000n, '1h30m'],
    [200_000_000_000_000n, '2d8h'],
    [-5_000_000n, '-5ms'],
    [2n ** 64n - 1n, '213504d0h'],
  ];
  for (const [nano, text] of cases) assert.equal(durationText(nano), text);
});

test('times are exact to the millisecond, whatever their age', () => {
  assert.equal(timeText(1_795_541_581_123_456_789n, { utc: true }), '2026-11-24T17:33:01.123Z');
  assert.equal(timeText(0n, { utc: true }), '1970-01-01T00:00:00.000Z');
  assert.equal(timeText(2n ** 64n - 1n, { utc: true }), '2554-07-21T23:34:33.709Z');
  assert.equal(clockText(1_795_541_581_123_456_789n, { utc: true }), '17:33:01.123');
  assert.match(timeText(1_795_541_581_123_000_000n, { utc: false }), /^\d{4}-\d\d-\d\d \d\d:\d\d:01\.123$/);
});

test('nanoseconds are read exactly, and nonsense is zero', () => {
  assert.equal(nanoOf('18446744073709551615'), 18_446_744_073_709_551_615n);
  assert.equal(nanoOf(5), 5n);
  assert.equal(nanoOf(undefined), 0n);
  assert.equal(nanoOf('x'), 0n);
});
