import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestSource } from '../generate/request-source.ts';
import { standardWorkload } from '../generate/standard-workload.ts';
import { type DecodedSpan, decodeProtobufRequest } from '../generate/testing/decode-with-protobufjs.ts';
import { Population } from './population.ts';

function sent(scatter: number, batches: number): readonly DecodedSpan[] {
  const source = new RequestSource({
    workload: standardWorkload({ seed: 5, batch: 64, attributes: 12, resourceAttributes: 12 }),
    encoding: 'protobuf',
    headroom: 0,
    seed: 5,
    inFlightMax: 1,
    scatter,
    nowNs: () => 1_790_000_000_000_000_000n,
  });
  return Array.from({ length: batches }, () => {
    const request = source.take();
    const spans = decodeProtobufRequest(request.template.bytes);
    source.giveBack(request);
    return spans;
  }).flat();
}

test('a picked span was sent with that service and those values, in a whole trace', () => {
  for (const scatter of [0, 2]) {
    const spans = sent(scatter, 40);
    const population = new Population({ seed: 5, batch: 64, batches: 40, scatter });
    assert.equal(population.wholeTraces, (40 - 7 * scatter) * 8);
    for (let round = 0; round < 50; round++) {
      const picked = population.pick();
      const trace = spans.filter((span) => span.traceId === picked.traceId);
      assert.equal(trace.length, 8);
      const span = trace.find(({ attributes }) =>
        attributes.get('shop.order.ref')?.includes(picked.orderRef),
      );
      assert.equal(span?.attributes.get('user.id'), JSON.stringify({ stringValue: picked.userId }));
      assert.equal(span?.resource.get('service.name'), JSON.stringify({ stringValue: picked.service }));
    }
  }
});
