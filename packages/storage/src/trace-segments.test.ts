/** Where traces are: complete from the first moment, also over rows that are older than the entries. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Span, TraceId } from '@tracewright/model';
import { createReader } from './create-reader.ts';
import { createEmbeddedEngine, type EmbeddedEngineHandle } from './engine/embedded.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import type { Reader } from './reader.ts';
import { attributesOf, makeSpan, NOON_NANO, spanId, traceId } from './testing/rows.ts';
import { testDecoders, writeSegment } from './testing/segments.ts';
import { expectOk } from './testing/store.ts';
import { fillTraceSegments } from './trace-segments.ts';
import { createWriter } from './writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracewright-trace-segments-'));
let engine: EmbeddedEngineHandle;
let reader: Reader;
before(async () => {
  engine = createEmbeddedEngine({ path: join(folder, 'engine') });
  expectOk(await engine.start());
  reader = createReader({ engine, ...testDecoders });
});
after(async () => {
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const START_US = NOON_NANO / 1000n;
const DAY_US = 86_400_000_000n;
const TRACE = 'a1b2c3d4e5f60718293a4b5c6d7e8f90' as TraceId;

async function count(from: string): Promise<number> {
  const answer = expectOk(
    await engine.query({
      sql: `SELECT toUInt32(count()) AS number FROM ${from}`,
      class: 'scan',
      deadlineMs: 10_000,
    }),
  );
  return expectOk(decodeNativeBlocks(answer.blocks))[0]?.numbers('number')[0] ?? -1;
}

/** One span of the trace in each of several segments, each with something else in it, among others. */
function spansOf(segment: number): Span[] {
  const odd: Partial<Span>[] = [
    { statusMessage: 'failed', flags: 0x101 },
    {
      events: [
        {
          timeUnixNano: NOON_NANO,
          name: 'thrown',
          attributes: attributesOf({ why: 'x' }),
          droppedAttributes: 2,
        },
      ],
    },
    {
      attributes: attributesOf({
        'http.route': '/a',
        'http.status_code': 200n,
        ratio: 0.5,
        odd: 'v',
        yes: true,
      }),
    },
    {
      links: [
        {
          traceId: TRACE,
          spanId: spanId(9),
          traceState: 'a=b',
          attributes: [],
          droppedAttributes: 0,
          flags: 1,
        },
      ],
    },
    {
      weight: 4,
      weightKnown: true,
      traceState: 'ot=th:c',
      droppedAttributes: 1,
      droppedEvents: 2,
      droppedLinks: 3,
    },
  ];
  return [
    makeSpan({
      traceId: TRACE,
      spanId: spanId(100 + segment),
      startUnixNano: NOON_NANO + BigInt(segment),
      ...odd[segment % odd.length],
    }),
    ...Array.from({ length: 50 }, (_, at) =>
      makeSpan({ traceId: traceId(segment * 1000 + at + 1), spanId: spanId(at + 1) }),
    ),
  ];
}

async function store(from: number, to: number): Promise<void> {
  const writer = createWriter({ engine });
  for (let at = from; at < to; at++) {
    const id = START_US + (at % 2 === 0 ? 0n : DAY_US) + BigInt(at);
    expectOk(await writer.insert(writeSegment(folder, id, { spans: spansOf(at) })));
  }
}

async function readAll(expected: number): Promise<void> {
  for (const lowOnly of [false, true]) {
    const traceOrLow = (lowOnly ? `${'0'.repeat(16)}${TRACE.slice(16)}` : TRACE) as TraceId;
    const spans = expectOk(
      await reader.trace({ kind: 'traceLookup', tenant: 'default', traceId: traceOrLow, lowOnly }),
    );
    const wanted = Array.from({ length: expected }, (_, at) => spansOf(at)[0] as Span);
    assert.deepEqual([...spans].map(withSortedAttributes), wanted.map(withSortedAttributes));
  }
  const found = expectOk(
    await reader.searchTraces({
      kind: 'traceSearch',
      tenant: 'default',
      fromNano: 0n,
      toNano: 2n ** 64n - 1n,
      where: { kind: 'field', field: 'traceId', operator: '=', value: { type: 'string', value: TRACE } },
      limit: 5,
    }),
  );
  assert.deepEqual(
    found.traces.map((hit) => [hit.traceId, hit.spans]),
    [[TRACE, expected]],
  );
}

function withSortedAttributes(span: Span): Span {
  return { ...span, attributes: [...span.attributes].sort((a, b) => (a.key < b.key ? -1 : 1)) };
}

test('a store of version 1 is read as it is, and goes on being complete while entries are made', async () => {
  expectOk(await migrate(engine, MIGRATIONS.slice(0, 1)));
  // As a program of version 1 leaves it.
  await store(0, 6);
  expectOk(await migrate(engine));
  assert.equal(await count('tracewright.trace_segments'), 0);
  await readAll(6);
  await store(6, 8);
  await readAll(8);
  const ended = new AbortController();
  ended.abort();
  assert.equal(expectOk(await fillTraceSegments(engine, ended.signal)), 0);
  await readAll(8);
  // The six that were there, and the one that came later and is older than the newest of them.
  assert.equal(expectOk(await fillTraceSegments(engine)), 7 * 51);
  assert.equal(await count('tracewright.trace_segments FINAL'), 8 * 51);
  await readAll(8);
  assert.equal(expectOk(await fillTraceSegments(engine)), 0);
});

test('entries lost with a damaged part are made again', async () => {
  expectOk(
    await engine.command("ALTER TABLE tracewright.trace_segments DETACH PARTITION ID '20260102'", {
      deadlineMs: 10_000,
    }),
  );
  assert.equal(expectOk(await fillTraceSegments(engine)), 8 * 51);
  assert.equal(await count('tracewright.trace_segments FINAL'), 8 * 51);
  await readAll(8);
});

test('what was learnt of usual columns never hides what a span has in others', async () => {
  await store(8, 9);
  for (let round = 0; round < 40; round++) {
    const plain = expectOk(
      await reader.trace({ kind: 'traceLookup', tenant: 'default', traceId: traceId(1), lowOnly: false }),
    );
    assert.equal(plain.length, 1);
  }
  await readAll(9);
});
