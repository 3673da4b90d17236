import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ending } from './ending.ts';

function endingAt(): { ending: Ending; clock: { nowMs: number }; abandoned: () => number } {
  const clock = { nowMs: 10_000 };
  let count = 0;
  const ending = new Ending({
    nowMs: () => clock.nowMs,
    abandon: () => {
      count += 1;
    },
  });
  return { ending, clock, abandoned: () => count };
}

test('one Ctrl-C that arrives three times within milliseconds ends in order', async () => {
  const { ending, clock, abandoned } = endingAt();
  ending.signal('SIGINT');
  clock.nowMs += 2;
  ending.signal('SIGINT');
  clock.nowMs += 497;
  ending.signal('SIGTERM');
  assert.equal(await ending.reason, 'SIGINT');
  assert.equal(abandoned(), 0);
});

test('a second Ctrl-C of somebody who does not want to wait ends at once', async () => {
  const { ending, clock, abandoned } = endingAt();
  ending.signal('SIGINT');
  clock.nowMs += 500;
  ending.signal('SIGINT');
  assert.equal(await ending.reason, 'SIGINT');
  assert.equal(abandoned(), 1);
});

test('a signal after another reason to end is a first one', async () => {
  const { ending, clock, abandoned } = endingAt();
  ending.end('duration');
  clock.nowMs += 2_000;
  ending.signal('SIGINT');
  assert.equal(await ending.reason, 'duration');
  assert.equal(abandoned(), 0);
});
