/** The windows of a walk are the range: no gap, no overlap, no end too early. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../testing/random.ts';
import { type ArrivalRange, type TimeRange, TimeWindows } from './time-windows.ts';

const NOW = 1_767_323_045_000_000_000n;
const DAY = 86_400_000_000_000n;
const MOST = 2n ** 64n - 1n;
const WIDTH = 5_000_000_000n;

function walk(
  range: TimeRange,
  arrivals: ArrivalRange,
  order: 'newest' | 'oldest',
  random: Random,
): TimeRange[] {
  const windows = new TimeWindows(range, arrivals, order, WIDTH);
  const seen: TimeRange[] = [];
  for (let window = windows.current(); window !== undefined; window = windows.current()) {
    if (random.below(5) === 0 && windows.narrow()) continue;
    assert.deepEqual(windows.current(), window);
    seen.push(window);
    assert.ok(seen.length < 5000, 'a walk ends');
    windows.advance(random.pick([1, 50, 500]), random.below(2) === 0);
  }
  return order === 'newest' ? seen.reverse() : seen;
}

test('whatever the range, the arrivals and the speed', () => {
  const random = new Random(3);
  const edges = [0n, 1n, NOW - 30n * DAY, NOW - DAY, NOW - 1_000_000_000n, NOW, NOW + DAY, MOST - 1n, MOST];
  const arrivals: ArrivalRange[] = [
    { oldestNano: 0n, newestNano: 0n },
    { oldestNano: NOW - 10n * DAY, newestNano: NOW },
    { oldestNano: NOW, newestNano: NOW },
  ];
  for (const fromNano of edges) {
    for (const toNano of edges.filter((edge) => edge > fromNano)) {
      for (const arrival of arrivals) {
        for (const order of ['newest', 'oldest'] as const) {
          const windows = walk({ fromNano, toNano }, arrival, order, random);
          assert.equal(windows[0]?.fromNano, fromNano);
          assert.equal(windows.at(-1)?.toNano, toNano);
          for (const [at, window] of windows.entries()) {
            assert.ok(window.fromNano < window.toNano);
            const next = windows[at + 1];
            if (next !== undefined) assert.equal(window.toNano, next.fromNano);
          }
        }
      }
    }
  }
});

test('all of time is few windows when answers are quick', () => {
  for (const order of ['newest', 'oldest'] as const) {
    assert.ok(countWindows(order, 1, false) <= 8);
    assert.ok(countWindows(order, 1, true) <= 5, 'what is nowhere is looked for in fewer');
    assert.equal(
      countWindows(order, 50, true),
      countWindows(order, 50, false),
      'but not what has to be read',
    );
  }
});

function countWindows(order: 'newest' | 'oldest', tookMs: number, wasEmpty: boolean): number {
  const arrivals = { oldestNano: NOW - 30n * DAY, newestNano: NOW };
  const windows = new TimeWindows({ fromNano: 0n, toNano: MOST }, arrivals, order, WIDTH);
  let count = 0;
  for (; windows.current() !== undefined; count++) windows.advance(tookMs, wasEmpty);
  return count;
}

test('an empty range has no window', () => {
  const windows = new TimeWindows(
    { fromNano: 5n, toNano: 5n },
    { oldestNano: 0n, newestNano: 9n },
    'newest',
    WIDTH,
  );
  assert.equal(windows.current(), undefined);
});

test('a window cannot become narrower for ever', () => {
  const windows = new TimeWindows(
    { fromNano: 0n, toNano: 1_000_000n },
    { oldestNano: 0n, newestNano: 9n },
    'newest',
    WIDTH,
  );
  assert.ok(windows.current() !== undefined);
  let times = 0;
  while (windows.narrow()) times++;
  assert.ok(times > 0 && times < 20);
});
