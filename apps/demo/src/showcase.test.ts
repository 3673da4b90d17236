import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeenTrace } from './load.ts';
import { Showcase } from './showcase.ts';

const seen = (part: Partial<SeenTrace>): SeenTrace => ({
  traceId: 'a'.repeat(32),
  action: 'checkout',
  status: 201,
  durationMs: 20,
  ...part,
});

const searchesIn = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line.includes('tracewright search'));

test('before anything fails the search for errors names the fault that makes them', () => {
  const showcase = new Showcase();
  showcase.add(seen({}));
  assert.deepEqual(searchesIn(showcase.print()), [
    '  npx tracewright search --service checkout',
    '  npx tracewright search --service payment --errors    # with error-burst on',
  ]);
});

test('once something has failed the search for errors is one that finds it', () => {
  const showcase = new Showcase();
  showcase.add(seen({ traceId: 'b'.repeat(32), action: 'search', status: 502 }));
  const text = showcase.print();
  // The failure was not in checkout, but every failure that customers see is one of frontend.
  assert.deepEqual(searchesIn(text), [
    '  npx tracewright search --service checkout',
    '  npx tracewright search --service frontend --errors',
  ]);
  assert.match(text, /tracewright trace b{32} +# failed with 502/);
});
