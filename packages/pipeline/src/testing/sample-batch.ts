/** Batches made by hand, for tests of what happens to rows after they were decoded. */
import type { RecordBatch, RowContext } from '@tracewright/model';

const encoder = new TextEncoder();

export const SAMPLE_CONTEXT: RowContext = {
  tenant: encoder.encode('default'),
  arrivedMs: 1_790_000_000_000,
  dialect: encoder.encode('otlp'),
  receiver: encoder.encode('test'),
  service: encoder.encode('checkout'),
  resourceIdLow: 1,
  resourceIdHigh: 2,
  scopeIdLow: 3,
  scopeIdHigh: 4,
};

/** Appends `count` spans named `span-<n>`, whose ids end in their number. */
export function appendSpans(batch: RecordBatch, count: number, first: number = 1): void {
  for (let at = first; at < first + count; at++) {
    const name = encoder.encode(`span-${at}`);
    const source = new Uint8Array(24 + name.length);
    new DataView(source.buffer).setUint32(12, at);
    new DataView(source.buffer).setUint32(20, at);
    source.set(name, 24);
    batch.spans.begin(source);
    batch.spans.traceIdFrom = 0;
    batch.spans.spanIdFrom = 16;
    batch.spans.nameFrom = 24;
    batch.spans.nameTo = source.length;
    batch.spans.startLow = at;
    batch.spans.endLow = at + 10;
    batch.spans.end(SAMPLE_CONTEXT);
  }
}
