import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sinceParameter, timeParameter } from './time-flag.ts';
import { clockText, timeText } from './time-text.ts';

const nowMs = new Date(2026, 10, 24, 20, 0, 0).getTime();
const iso = (...at: [number, number, number, number, number?, number?, number?]) =>
  new Date(...at).toISOString();

test('a time without a zone is local, and what the program prints can be typed back', () => {
  assert.equal(timeParameter('2026-11-24T19:20:00', nowMs), iso(2026, 10, 24, 19, 20));
  assert.equal(timeParameter('2026-11-24T19:20', nowMs), iso(2026, 10, 24, 19, 20));
  assert.equal(timeParameter('2026-07-01', nowMs), iso(2026, 6, 1, 0));
  assert.equal(timeParameter('19:20', nowMs), iso(2026, 10, 24, 19, 20));
  for (const nano of [1_795_541_581_123_000_000n, 1_795_541_581_000_000_000n]) {
    const day = Number(nano / 1_000_000n);
    const expected = new Date(day).toISOString();
    assert.equal(timeParameter(timeText(nano, { utc: false }), nowMs), expected);
    assert.equal(timeParameter(timeText(nano, { utc: true }), nowMs), expected);
    assert.equal(timeParameter(clockText(nano, { utc: false }), day), expected);
  }
  assert.match(timeParameter('2026-11-24 19:20:00.123456789', nowMs), /\.123456789Z$/);
});

test('zones, epochs, relative times and nonsense pass unchanged', () => {
  for (const text of ['2026-11-24T19:20:00+02:00', '1795541581', '-1h', 'now-15m', 'soon', '', '2026-02-31'])
    assert.equal(timeParameter(text, nowMs), text);
  for (const text of ['25:00', '12:60']) assert.equal(timeParameter(text, nowMs), text);
});

test('since is a distance or a point in time, never a bare number', () => {
  const since = (text: string) => {
    const read = sinceParameter(text, nowMs);
    return read.ok ? read.value : read.failure;
  };
  assert.deepEqual(['1h', '-1h', '1.5h', '1795541581'].map(since), ['-1h', '-1h', '-1.5h', '1795541581']);
  assert.equal(since('2026-11-24T00:00:00Z'), '2026-11-24T00:00:00Z');
  assert.equal(since('19:20'), iso(2026, 10, 24, 19, 20));
  assert.equal(since('5'), '--since: 5 of what? 5s, 5m, 5h');
});
