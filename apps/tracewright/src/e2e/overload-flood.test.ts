/**
 * Many times what the program can take: answered in the words of the protocols, in bounded memory, with questions of
 * every class served meanwhile and a modest sender beside the greedy ones, and nothing lost or doubled.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printOverload } from '../testing/overload-report.ts';
import { runOverload } from '../testing/overload-run.ts';

const DURATION_MS = 15_000;

test('ten times what it can take is refused in words, and the rest goes on', {
  timeout: 180_000,
}, async (t) => {
  const found = await runOverload({ durationMs: DURATION_MS });
  for (const { label, value } of printOverload(found)) t.diagnostic(`${label}: ${value}`);
  assert.deepEqual(found.faults, []);
  assert.ok(found.refused.http > 0 && found.refused.grpc > 0, 'it was never too much');
  assert.ok(found.offeredPerSecond > 10 * found.acceptedPerSecond, 'it was not ten times too much');
  assert.ok(found.modest.asked > 0);
  assert.ok(found.modest.refused <= found.modest.asked / 10, 'the modest sender was refused again and again');
});
