import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './settle.ts';

const signal = new AbortController().signal;

test('rest is told only once nothing is in flight and the CPU is idle', async () => {
  let polls = 0;
  let cpuSeconds = 0;
  const result = await settle({
    cpuSeconds: () => cpuSeconds,
    inFlight: async () => {
      polls++;
      // Busy for three polls, then idle but with rows in flight, then busy once more, then at rest.
      if (polls <= 3 || polls === 6) cpuSeconds += 10;
      return polls === 4 ? 5 : 0;
    },
    patienceMs: 60_000,
    intervalMs: 5,
    signal,
  });
  assert.equal(result.settled, true);
  assert.equal(result.cpuSeconds, 40);
  assert.equal(polls, 10);
});

test('a program that never rests is told as such', async () => {
  let cpuSeconds = 0;
  const result = await settle({
    cpuSeconds: () => ++cpuSeconds,
    inFlight: async () => 0,
    patienceMs: 50,
    intervalMs: 5,
    signal,
  });
  assert.equal(result.settled, false);
});
