import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spanIdHex, traceIdHex, uniqueHex } from './identity.ts';
import { jaegerWorkload } from './jaeger-workload.ts';
import { RequestSource, type RequestSourceOptions } from './request-source.ts';
import { STANDARD_FACTS, standardWorkload } from './standard-workload.ts';
import {
  type DecodedSpan,
  decodeJsonRequest,
  decodeProtobufRequest,
} from './testing/decode-with-protobufjs.ts';

const SENT_NS = 1_790_000_000_123_456_789n;

function sourceOf(changes: Partial<RequestSourceOptions> = {}, batch = 512): RequestSource {
  return new RequestSource({
    workload: standardWorkload({ seed: 7, batch, attributes: 12, resourceAttributes: 12 }),
    encoding: 'protobuf',
    headroom: 0,
    seed: 7,
    inFlightMax: 2,
    scatter: 0,
    nowNs: () => SENT_NS,
    ...changes,
  });
}

function takeDecoded(source: RequestSource): readonly DecodedSpan[] {
  const request = source.take();
  const { template } = request;
  const message = template.bytes.subarray(template.headroom);
  const spans = template.encoding === 'json' ? decodeJsonRequest(message) : decodeProtobufRequest(message);
  source.giveBack(request);
  return spans;
}

function byTrace(spans: readonly DecodedSpan[]): ReadonlyMap<string, readonly DecodedSpan[]> {
  return Map.groupBy(spans, (span) => span.traceId);
}

test('a batch is 512 spans in 64 whole traces of about 512 bytes a span', () => {
  const source = sourceOf();
  const spans = takeDecoded(source);
  assert.equal(spans.length, 512);
  const traces = byTrace(spans);
  assert.equal(traces.size, 64);
  for (const trace of traces.values()) assert.equal(trace.length, 8);
  assert.ok(Math.abs(source.bytesPerSpan - 512) < 16, `${source.bytesPerSpan} bytes a span`);
});

test('each trace has one root, and every other span lies within its parent', () => {
  for (const trace of byTrace(takeDecoded(sourceOf())).values()) {
    const roots = trace.filter((span) => span.parentId === '');
    assert.equal(roots.length, 1);
    for (const span of trace) {
      assert.match(span.traceId, /^[0-9a-f]{32}$/);
      assert.ok(span.startNs < span.endNs);
      assert.ok(span.endNs < SENT_NS);
      if (span.parentId === '') continue;
      const parent = trace.find((candidate) => candidate.spanId === span.parentId);
      assert.ok(parent, 'the parent is in the trace');
      // Starts and ends carry up to 2 × 65.5 µs of noise.
      assert.ok(span.startNs + 140_000n >= parent.startNs && span.endNs <= parent.endNs + 140_000n);
    }
  }
});

test('spans and resources carry as many attributes as asked for, the searched ones first', () => {
  for (const [attributes, resourceAttributes] of [
    [12, 12],
    [3, 1],
    [20, 16],
  ] as const) {
    const workload = standardWorkload({ seed: 7, batch: 64, attributes, resourceAttributes });
    for (const span of takeDecoded(sourceOf({ workload }))) {
      assert.equal(span.attributes.size, attributes);
      assert.equal(span.resource.size, resourceAttributes);
      assert.ok(span.resource.has('service.name'));
      for (const key of ['shop.order.ref', 'user.id', 'shop.voucher']) assert.ok(span.attributes.has(key));
    }
  }
});

test('ids and unique values never repeat and can be computed from seed and number', () => {
  const source = sourceOf();
  const spans = [0, 1, 2].flatMap(() => takeDecoded(source));
  assert.equal(new Set(spans.map((span) => span.spanId)).size, spans.length);
  assert.equal(new Set(spans.map((span) => span.attributes.get('shop.order.ref'))).size, spans.length);
  const third = spans.find(
    (span) => span.traceId === traceIdHex(source.words, 2 * 64 + 5) && span.parentId === '',
  );
  const number = (2 * 64 + 5) * 8;
  assert.equal(third?.spanId, spanIdHex(source.words, number));
  assert.equal(
    third?.attributes.get('shop.order.ref'),
    JSON.stringify({ stringValue: uniqueHex(source.words, number) }),
  );
});

test('another seed gives other ids, the same seed the same bytes', () => {
  const first = takeDecoded(sourceOf());
  assert.deepEqual(takeDecoded(sourceOf()), first);
  assert.notEqual(takeDecoded(sourceOf({ seed: 8 }))[0]?.traceId, first[0]?.traceId);
});

test('JSON says the same as protobuf', () => {
  const protobuf = sourceOf();
  const json = sourceOf({ encoding: 'json' });
  for (let round = 0; round < 3; round++) assert.deepEqual(takeDecoded(json), takeDecoded(protobuf));
});

test('errors come with a status and an exception event inside the span', () => {
  const source = sourceOf();
  const failed = Array.from({ length: 8 }, () => takeDecoded(source))
    .flat()
    .filter((span) => span.statusCode === 2);
  assert.ok(failed.length > 0);
  for (const span of failed) {
    const event = span.events[0];
    assert.equal(event?.name, 'exception');
    assert.ok(event && event.timeNs >= span.startNs - 140_000n && event.timeNs <= span.endNs);
  }
});

test('headroom stays free in front of the message', () => {
  const source = sourceOf({ headroom: 5 });
  const { template } = source.take();
  assert.deepEqual([...template.bytes.subarray(0, 5)], [0, 0, 0, 0, 0]);
  assert.equal(decodeProtobufRequest(template.bytes.subarray(5)).length, 512);
});

test('scattered traces become whole over the batches they are spread over', () => {
  const source = sourceOf({ scatter: 3 }, 64);
  const batches = 30;
  const spans = Array.from({ length: batches }, () => takeDecoded(source)).flat();
  const traces = byTrace(spans);
  for (let trace = 0; trace < (batches - 3 * 7) * 8; trace++) {
    const found = traces.get(traceIdHex(source.words, trace)) ?? [];
    assert.equal(found.length, 8);
    assert.equal(new Set(found.map((span) => span.spanId)).size, 8);
    for (const span of found) {
      assert.ok(span.parentId === '' || found.some((candidate) => candidate.spanId === span.parentId));
    }
  }
});

test('services are skewed and the rare value comes once in 200,003 spans', () => {
  const source = sourceOf();
  const services = new Map<string, number>();
  let rare = 0;
  let common = 0;
  let spans = 0;
  const rareText = Buffer.from(STANDARD_FACTS.rare.value);
  while (spans < 2 * 200_003) {
    const request = source.take();
    if (spans < 64 * 512) {
      for (const span of decodeProtobufRequest(request.template.bytes)) {
        const service = span.resource.get('service.name') ?? '';
        services.set(service, (services.get(service) ?? 0) + 1);
        if (span.attributes.get('shop.voucher')?.includes(STANDARD_FACTS.common.value)) common++;
      }
    }
    const at = request.template.bytes.indexOf(rareText);
    if (at >= 0) {
      rare++;
      assert.equal(request.template.bytes.indexOf(rareText, at + 1), -1);
    }
    spans += request.template.spanCount;
    source.giveBack(request);
  }
  assert.equal(rare, 2);
  assert.equal(services.size, 10);
  const counts = [...services.values()].sort((left, right) => right - left);
  assert.ok((counts[0] ?? 0) > 5 * (counts[9] ?? 0), `skew: ${counts.join(' ')}`);
  assert.ok(common / (64 * 512) > 0.03 && common / (64 * 512) < 0.07, `common: ${common}`);
});

test("Jaeger's recipe has 10 services, 97 keys and 1,000 values, 11 attributes on each child", () => {
  const workload = jaegerWorkload(512);
  const keys = new Set<string>();
  const values = new Set<string>();
  const services = new Set<string>();
  for (let template = 0; template < workload.templateCount; template++) {
    const shape = workload.shape(template);
    for (const span of shape.spans) {
      services.add(JSON.stringify(shape.resources[span.resource]?.attributes[0]));
      if (span.parentIndex < 0) continue;
      assert.equal(span.attributes.length, 11);
      for (const { key, value } of span.attributes) {
        keys.add(key);
        values.add(JSON.stringify(value));
      }
    }
  }
  assert.deepEqual([keys.size, values.size, services.size], [97, 1000, 10]);
  const spans = takeDecoded(sourceOf({ workload }));
  assert.equal(spans.length, 510);
  const trace = [...byTrace(spans).values()][0] ?? [];
  assert.equal(trace.length, 10);
  assert.equal(trace.filter((span) => span.name === 'lets-go').length, 1);
  for (const span of trace) if (span.parentId !== '') assert.equal(span.endNs - span.startNs, 123_000n);
});
