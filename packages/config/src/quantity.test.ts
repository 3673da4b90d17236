import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBytes, parseDuration, printBytes, printDuration } from './quantity.ts';

test('durations are read in every unit and in compounds', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['300ms', 300],
    ['4us', 0.004],
    ['4µs', 0.004],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['14d', 1_209_600_000],
    ['2w', 1_209_600_000],
    [' 30s ', 30_000],
    ['0.1s', 100],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test('what is no duration is refused', () => {
  for (const text of [
    '',
    '300',
    'ms',
    '-1s',
    '1 fortnight',
    '1h30',
    's1',
    '1e3s',
    '9999999999999999d',
    '1..5s',
  ])
    assert.equal(parseDuration(text), undefined, text);
});

test('sizes are read in binary and decimal units', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['512', 512],
    ['1B', 1],
    ['64MiB', 67_108_864],
    ['1.5GiB', 1_610_612_736],
    ['10MB', 10_000_000],
    ['1kB', 1000],
    ['1 KiB', 1024],
    ['2TiB', 2 ** 41],
  ];
  for (const [text, bytes] of cases) assert.equal(parseBytes(text), bytes, text);
});

test('what is no size is refused', () => {
  for (const text of ['', 'MiB', '-1MiB', '64M', '64mib', '1e3', '99999999TiB', '1 2MiB'])
    assert.equal(parseBytes(text), undefined, text);
});

test('printing is canonical and reads back to the same value', () => {
  for (const text of [
    '0',
    '300ms',
    '4ms',
    '1.5GiB',
    '64MiB',
    '1m30s',
    '14d',
    '30s',
    '1h',
    '2d1h',
    '4us',
    '1B',
    '1KiB',
  ]) {
    const ms = parseDuration(text);
    const bytes = parseBytes(text);
    if (ms !== undefined) assert.equal(printDuration(ms), text);
    if (bytes !== undefined) assert.equal(printBytes(bytes), text);
    assert.ok(ms !== undefined || bytes !== undefined);
  }
  for (const bytes of [1, 999, 1000, 1025, 2 ** 30 + 1, 10_000_000, Number.MAX_SAFE_INTEGER])
    assert.equal(parseBytes(printBytes(bytes)), bytes);
});
