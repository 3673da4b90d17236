import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from './histogram.ts';

test('percentiles are right to within 1.6 % at every scale', () => {
  for (const scale of [0.001, 0.1, 1, 50, 10_000]) {
    const histogram = new Histogram();
    for (let value = 1; value <= 1_000; value++) histogram.record(value * scale);
    for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = share * 1_000 * scale;
      const error = Math.abs(histogram.percentileMs(share) - exact) / exact;
      assert.ok(error <= 0.016, `share ${share} at scale ${scale}: error ${error}`);
    }
  }
});

test('an empty histogram answers zeros, and the maximum is exact', () => {
  const histogram = new Histogram();
  assert.deepEqual(histogram.summary(), {
    count: 0,
    meanMs: 0,
    p50Ms: 0,
    p90Ms: 0,
    p99Ms: 0,
    p999Ms: 0,
    maxMs: 0,
  });
  histogram.record(12.3456);
  assert.equal(histogram.summary().maxMs, 12.3456);
  assert.equal(histogram.summary().p99Ms, 12.3456);
});
