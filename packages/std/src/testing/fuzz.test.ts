import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FuzzTarget, fuzz, makeInput } from './fuzz.ts';
import { mutateBytes, mutateText } from './mutate.ts';
import { Random } from './random.ts';

/** Breaks on any input that holds two bytes of 7 in a row. */
const brittle: FuzzTarget = {
  name: 'brittle',
  make: (random) => random.bytes(random.below(400)).map((byte) => byte & 15),
  check: (input) => {
    if (input.some((byte, at) => byte === 7 && input[at + 1] === 7)) throw new Error('two sevens');
    return input.length % 2 === 0 ? 'taken' : 'refused';
  },
};

test('what breaks a law is found, shrunk to what matters, and told with all that repeats it', async () => {
  const report = await fuzz(brittle, { seed: 3, inputs: 1_000 });
  const [failure] = report.failures;
  assert.ok(failure !== undefined);
  assert.deepEqual([...failure.input], [7, 7]);
  assert.match(failure.message, /two sevens/);
  assert.throws(() => brittle.check(makeInput(brittle, failure.seed, failure.index)), /two sevens/);
  assert.ok(report.taken > 0 && report.refused > 0);
});

test('the same seed gives the same inputs, whichever came before, and another seed others', () => {
  const first = makeInput(brittle, 1, 5);
  assert.deepEqual(makeInput(brittle, 1, 5), first);
  assert.notDeepEqual(makeInput(brittle, 2, 5), first);
  assert.notDeepEqual(makeInput(brittle, 1, 6), first);
  assert.notDeepEqual(makeInput({ ...brittle, name: 'other' }, 1, 5), first);
});

test('what takes too long three times is a failure', async () => {
  const slow: FuzzTarget = {
    name: 'slow',
    make: () => new Uint8Array(0),
    check: () => {
      const endMs = performance.now() + 300;
      while (performance.now() < endMs);
      return 'taken';
    },
  };
  const report = await fuzz(slow, { seed: 1, inputs: 1 });
  assert.match(report.failures[0]?.message ?? '', /bytes took \d+ ms, three times/);
});

test('mutations change copies, and chance covers its range evenly', () => {
  const random = new Random(9);
  const bytes = Uint8Array.of(1, 2, 3, 4);
  let different = 0;
  for (let round = 0; round < 200; round++) {
    if (Buffer.compare(mutateBytes(bytes, random), bytes) !== 0) different++;
    assert.equal(typeof mutateText('{ status = error }', random, ['{', '}', '=']), 'string');
  }
  assert.ok(different > 100);
  assert.deepEqual([...bytes], [1, 2, 3, 4]);
  const counts = new Array<number>(10).fill(0);
  for (let round = 0; round < 10_000; round++) {
    const at = random.below(10);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  assert.ok(counts.every((count) => count > 300));
});
