/**
 * Whatever the bytes are: nothing throws, a refused request leaves the batch exactly as it was, and an
 * accepted one leaves whole rows that read back. Seeded, so that a failure repeats.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { KeyTable, RecordBatch, SEGMENT_TABLES } from '@tracewright/model';
import { readLogs, readSpans } from '../testing/read-batch.ts';
import { testContext } from '../testing/test-context.ts';
import { decodeOtlpLogsJson, decodeOtlpTracesJson } from './decode-json.ts';
import { decodeOtlpLogs } from './decode-logs.ts';
import { decodeOtlpTraces } from './decode-traces.ts';
import { decodeAnyValue, decodeResource, decodeScope } from './decode-value.ts';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/otlp/', import.meta.url));
const SMALL = 'opentelemetry-python-1.45.2';
const LARGE = 'every-field-opentelemetry-proto-1.45.2';

const TARGETS = [
  { name: 'traces.pb', decode: decodeOtlpTraces, read: readSpans },
  { name: 'logs.pb', decode: decodeOtlpLogs, read: readLogs },
  { name: 'traces.json', decode: decodeOtlpTracesJson, read: readSpans },
  { name: 'logs.json', decode: decodeOtlpLogsJson, read: readLogs },
] as const;
type Target = (typeof TARGETS)[number];

/** A 32-bit generator of Marsaglia's kind; the seed is all its state. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

function load(producer: string, target: Target): Uint8Array {
  return new Uint8Array(readFileSync(`${FIXTURES}${producer}-${target.name}`));
}

function contents(batch: RecordBatch): Buffer {
  return Buffer.concat(SEGMENT_TABLES.flatMap((table) => batch.block(table, 7n)));
}

class Trial {
  readonly #target: Target;
  readonly #good: Uint8Array;
  readonly #keyTable = new KeyTable();
  readonly #batch = new RecordBatch(this.#keyTable);
  #before: Buffer = Buffer.alloc(0);
  #known = 0;
  accepted = 0;
  refused = 0;

  constructor(target: Target, good: Uint8Array) {
    this.#target = target;
    this.#good = good;
    this.#fill();
  }

  /** A batch that holds something already, as it does in the middle of a group commit. */
  #fill(): void {
    this.#batch.reset();
    this.#batch.known.clear();
    assert.ok(this.#target.decode(this.#good, this.#batch, testContext()).ok);
    this.#before = contents(this.#batch);
    this.#known = this.#batch.known.size;
  }

  run(body: Uint8Array): void {
    const decoded = this.#target.decode(body, this.#batch, testContext('fuzz'));
    if (decoded.ok) {
      this.accepted++;
      this.#target.read(this.#batch);
      this.#fill();
      return;
    }
    this.refused++;
    assert.equal(decoded.failure.code, 'invalid');
    assert.match(decoded.failure.message, /^Cannot decode OTLP/);
    assert.equal(this.#batch.known.size, this.#known);
    assert.ok(contents(this.#batch).equals(this.#before), 'a refused request left something in the batch');
  }

  /** After all refusals the batch goes on as one that never saw them. */
  finish(): void {
    const fresh = new RecordBatch(this.#keyTable);
    for (const batch of [this.#batch, fresh]) {
      if (batch === fresh) assert.ok(this.#target.decode(this.#good, batch, testContext()).ok);
      assert.ok(this.#target.decode(this.#good, batch, testContext('after')).ok);
    }
    assert.ok(contents(this.#batch).equals(contents(fresh)));
    assert.ok(this.refused > 0, 'nothing was refused, so nothing was tried');
  }
}

for (const target of TARGETS) {
  test(`${target.name}: cut at every byte, and every byte changed`, () => {
    const good = load(SMALL, target);
    const trial = new Trial(target, good);
    for (let at = 0; at < good.length; at++) {
      trial.run(good.slice(0, at));
      for (const change of [(good[at] as number) ^ 1, (good[at] as number) ^ 0x80, 0xff]) {
        const changed = good.slice();
        changed[at] = change;
        trial.run(changed);
      }
    }
    trial.finish();
  });

  test(`${target.name}: many changes at once, over every field`, () => {
    const good = load(LARGE, target);
    const trial = new Trial(target, good);
    const random = randomFrom(0x5eed);
    for (let round = 0; round < 600; round++) trial.run(mutate(good, random));
    trial.finish();
  });

  test(`${target.name}: bytes of no origin`, () => {
    const trial = new Trial(target, load(SMALL, target));
    const random = randomFrom(0xc0ffee);
    for (let round = 0; round < 2000; round++) {
      trial.run(Uint8Array.from({ length: random(64) }, () => random(256)));
    }
    trial.finish();
  });
}

/** Changes, removes, repeats or moves a few stretches of bytes. */
function mutate(good: Uint8Array, random: (limit: number) => number): Uint8Array {
  let bytes: Buffer = Buffer.from(good);
  for (let change = 1 + random(4); change > 0; change--) {
    const at = random(bytes.length);
    const size = Math.min(1 + random(24), bytes.length - at);
    const stretch = Buffer.from(bytes.subarray(at, at + size));
    switch (random(4)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), stretch, bytes.subarray(at)]);
        break;
      default:
        stretch.copy(bytes, random(bytes.length - size + 1));
    }
  }
  return new Uint8Array(bytes);
}

test('stored values decode to something, whatever their bytes', () => {
  const random = randomFrom(0xbeef);
  const good = load(LARGE, TARGETS[0]);
  for (let round = 0; round < 3000; round++) {
    const from = random(good.length);
    const bytes = mutate(good.subarray(from, from + 1 + random(400)), random);
    assert.equal(typeof decodeAnyValue(bytes).type, 'string');
    assert.ok(Array.isArray(decodeResource(bytes, '').attributes));
    assert.ok(Array.isArray(decodeScope(bytes, '').attributes));
  }
});
