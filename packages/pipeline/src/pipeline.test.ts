/** The real thing from body to closed segment: worker threads, files, and a store that is scripted to fail. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Segment, Span, SpanId, TraceId, Writer } from '@tracewright/model';
import { err, failure, ok, type Result } from '@tracewright/std';
import { encodeTracesJson, encodeTracesProtobuf } from '@tracewright/wire';
import type { IngestRequest } from './ingest.ts';
import { Pipeline, type PipelineOptions } from './pipeline.ts';

/** A store that remembers which segments it was given, and may be told to be absent. */
class Store implements Writer {
  readonly segments: Map<bigint, Segment> = new Map();
  absent = false;

  async insert(segment: Segment): Promise<Result<void>> {
    if (this.absent) return err(failure('unavailable', 'The engine is absent'));
    assert.ok(!this.segments.has(segment.id), 'a segment is inserted once');
    this.segments.set(segment.id, segment);
    return ok(undefined);
  }

  rows(table: string): number {
    let sum = 0;
    for (const { files } of this.segments.values()) {
      for (const file of files) if (file.table === table) sum += file.rows;
    }
    return sum;
  }
}

type Stage = { readonly pipeline: Pipeline; readonly store: Store; readonly restart: () => Pipeline };

async function onStage(
  changes: Partial<PipelineOptions>,
  body: (stage: Stage) => Promise<void>,
): Promise<void> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tracewright-pipeline-'));
  const store = new Store();
  const started: Pipeline[] = [];
  const start = (): Pipeline => {
    const pipeline = new Pipeline({
      dataDirectory,
      workerUrl: new URL('./worker/ingest-worker.ts', import.meta.url),
      workers: 1,
      sync: false,
      groupIntervalMs: 2,
      segmentIntervalMs: 20,
      segmentBytesMax: 1 << 20,
      inFlightBytesMax: 1 << 20,
      backlogBytesMax: 1 << 30,
      writer: store,
      report: () => {},
      ...changes,
    });
    pipeline.start();
    pipeline.startInserting();
    started.push(pipeline);
    return pipeline;
  };
  try {
    await body({ pipeline: start(), store, restart: start });
  } finally {
    for (const pipeline of started) await pipeline.stop(100);
    rmSync(dataDirectory, { recursive: true });
  }
}

function span(number: number): Span {
  return {
    traceId: String(number).padStart(32, 'a') as TraceId,
    spanId: String(number).padStart(16, 'b') as SpanId,
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: `span ${number}`,
    kind: 2,
    startUnixNano: 1_790_000_000_000_000_000n,
    endUnixNano: 1_790_000_000_000_000_100n,
    statusCode: 0,
    statusMessage: '',
    attributes: [{ key: 'number', value: { type: 'int', value: BigInt(number) } }],
    droppedAttributes: 0,
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    resource: {
      service: 'shop',
      attributes: [{ key: 'service.name', value: { type: 'string', value: 'shop' } }],
      droppedAttributes: 0,
      schemaUrl: '',
    },
    scope: { name: 'test', version: '', attributes: [], droppedAttributes: 0, schemaUrl: '' },
    weight: 1,
    weightKnown: false,
    arrivedUnixMs: 0,
    receiver: 'test',
  };
}

function request(body: Uint8Array, changes: Partial<IngestRequest> = {}): IngestRequest {
  return {
    signal: 'traces',
    format: 'otlp/protobuf',
    coding: 'identity',
    body: new Uint8Array(body),
    bodyBytesMax: 1 << 20,
    tenant: 'default',
    receiver: 'test',
    ...changes,
  };
}

function spans(count: number, first: number = 1): Uint8Array {
  return encodeTracesProtobuf(Array.from({ length: count }, (_, at) => span(first + at)));
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('what is accepted reaches the store, and the accounts say so', () =>
  onStage({}, async ({ pipeline, store }) => {
    const answers = await Promise.all([1, 2, 3].map((at) => pipeline.submit(request(spans(10, at * 100)))));
    assert.deepEqual(
      answers.map((answer) => answer.ok && answer.value.accepted),
      [10, 10, 10],
    );
    await until(() => pipeline.accounts.signal('traces').stored === 30);
    assert.equal(store.rows('spans'), 30);
    assert.ok(store.rows('shared') >= 2, 'the resource and the scope have rows');
    assert.deepEqual(pipeline.accounts.signal('traces'), {
      received: 30,
      accepted: 30,
      rejected: 0,
      stored: 30,
      sampledOut: 0,
      quarantined: 0,
      inFlight: 0,
    });
  }));

test('every coding and both formats are read', () =>
  onStage({}, async ({ pipeline, store }) => {
    const json = new TextEncoder().encode(encodeTracesJson([span(7)]));
    const results = [
      await pipeline.submit(request(gzipSync(spans(1, 1)), { coding: 'gzip' })),
      await pipeline.submit(request(json, { format: 'otlp/json' })),
      await pipeline.submit(request(gzipSync(json), { format: 'otlp/json', coding: 'gzip' })),
    ];
    for (const result of results) assert.ok(result.ok, JSON.stringify(result));
    await until(() => store.rows('spans') === 3);
  }));

test('a bomb, a torn body and a wrong coding are refused, and those beside them are kept', () =>
  onStage({}, async ({ pipeline, store }) => {
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    const results = await Promise.all([
      pipeline.submit(request(spans(2, 1))),
      pipeline.submit(request(bomb, { coding: 'gzip' })),
      pipeline.submit(request(spans(3).subarray(0, 100))),
      pipeline.submit(request(spans(1), { coding: 'zstd' })),
      pipeline.submit(request(spans(2, 10))),
    ]);
    assert.deepEqual(
      results.map((result) => (result.ok ? result.value.accepted : result.failure.code)),
      [2, 'too-large', 'invalid', 'invalid', 2],
    );
    await until(() => store.rows('spans') === 4);
    await until(() => pipeline.accounts.signal('traces').inFlight === 0);
  }));

test(
  'while the store is absent requests are accepted, and a later life stores them',
  {
    timeout: 30_000,
  },
  () =>
    onStage({}, async ({ pipeline, store, restart }) => {
      store.absent = true;
      const answer = await pipeline.submit(request(spans(5)));
      assert.ok(answer.ok);
      await until(() => pipeline.status().segmentsWaiting === 1);
      assert.equal(pipeline.accounts.signal('traces').inFlight, 5);
      // However much time there is: what is on disk needs no waiting.
      await pipeline.stop(600_000);
      store.absent = false;
      const later = restart();
      await until(() => later.accounts.signal('traces').stored === 5);
      assert.equal(store.rows('spans'), 5);
      assert.equal([...store.segments.values()][0]?.replayed, true);
    }),
);

test('too much in flight is answered "later", and so is a full backlog', () =>
  onStage(
    { inFlightBytesMax: 10_000, backlogBytesMax: 1, groupIntervalMs: 50 },
    async ({ pipeline, store }) => {
      store.absent = true;
      const big = spans(100);
      const [first, second] = await Promise.all([
        pipeline.submit(request(big)),
        pipeline.submit(request(big)),
      ]);
      assert.ok(first?.ok, 'one body is admitted however large');
      assert.ok(
        second?.ok === false && second.failure.code === 'overloaded' && second.failure.retry === 'later',
      );
      await until(() => pipeline.status().segmentsWaiting === 1);
      const third = await pipeline.submit(request(spans(1)));
      assert.ok(!third.ok && third.failure.code === 'overloaded');
      assert.match(pipeline.refusing ?? '', /Senders are told to try again later: The backlog/);
      store.absent = false;
      await until(() => pipeline.status().segmentsWaiting === 0);
      assert.ok((await pipeline.submit(request(spans(1)))).ok);
      assert.equal(pipeline.refusing, undefined);
    },
  ));

test('a resource that the store has is not written again', () =>
  onStage({}, async ({ pipeline, store }) => {
    await pipeline.submit(request(spans(1)));
    await until(() => store.rows('spans') === 1);
    const shared = store.rows('shared');
    await until(() => pipeline.accounts.signal('traces').stored === 1);
    await pipeline.submit(request(spans(1, 2)));
    await until(() => store.rows('spans') === 2);
    assert.equal(store.rows('shared'), shared);
  }));

test('when stopped, all that was submitted is answered and closed', () =>
  onStage({ groupIntervalMs: 500, segmentIntervalMs: 60_000 }, async ({ pipeline, store }) => {
    const answer = pipeline.submit(request(spans(4)));
    await pipeline.stop(5_000);
    assert.ok((await answer).ok);
    assert.equal(store.rows('spans'), 4);
    const late = await pipeline.submit(request(spans(1)));
    assert.ok(!late.ok && late.failure.code === 'unavailable');
  }));
