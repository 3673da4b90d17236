import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KNOWN_SHARED_MAX, RecordBatch, SEGMENT_TABLES } from './record-batch.ts';
import type { RowContext } from './row-context.ts';
import { SHARED_KIND } from './shared-batch.ts';

const NONE = new Uint8Array(0);
const SOURCE: Uint8Array = new Uint8Array(1 << 20).fill(65);
const CONTEXT: RowContext = {
  tenant: SOURCE.subarray(0, 6),
  arrivedMs: 1,
  dialect: SOURCE.subarray(0, 4),
  receiver: SOURCE.subarray(0, 9),
  service: SOURCE.subarray(0, 20),
  resourceIdLow: 1,
  resourceIdHigh: 2,
  scopeIdLow: 3,
  scopeIdHigh: 4,
};

/** One row in each table, with something of `size` bytes in every column that takes bytes. */
function fill(batch: RecordBatch, size: number): void {
  const { spans, logs, shared } = batch;
  spans.begin(SOURCE);
  logs.begin(SOURCE);
  shared.begin(SOURCE, SHARED_KIND.scope);
  for (const each of [spans, logs, shared]) {
    each.stringAttribute(0, 2, 0, size);
    each.intAttribute(0, size, 1, 1);
    each.doubleAttribute(0, size, 0);
    each.boolAttribute(0, size, true);
    each.otherAttribute(0, 1, 0, size);
  }
  spans.traceIdFrom = spans.spanIdFrom = spans.parentIdFrom = 0;
  spans.nameTo = spans.traceStateTo = spans.statusMessageTo = size;
  spans.event(1, 2, 0, size, 0);
  spans.nestedString(0, 1, 0, size);
  spans.nestedInt(0, size, 1, 2);
  spans.link(0, 16, 0, 8, 0, size, 0, 1);
  spans.nestedOther(0, 1, 0, size);
  logs.bodyTo = logs.severityTextTo = logs.eventNameTo = size;
  shared.rawTo = shared.nameTo = shared.versionTo = shared.schemaUrlTo = size;
  spans.end(CONTEXT);
  logs.end(CONTEXT);
  shared.end(CONTEXT.tenant, NONE, { low: 1, high: 2, key: '' });
}

/** What the columns of a batch hold, counted from what goes into the file. */
function written(batch: RecordBatch): number {
  let sum = 0;
  for (const table of SEGMENT_TABLES) {
    const parts = new Set(batch[table].columns(7n).flatMap((column) => column.parts));
    for (const part of parts) sum += part.used().length;
  }
  return sum;
}

test('bytes are the sum of all columns, whatever the rows hold', () => {
  const batch = new RecordBatch();
  assert.equal(batch.bytes(), 0);
  for (const size of [0, 9, 300, 70_000]) {
    fill(batch, size);
    assert.equal(batch.bytes(), written(batch));
  }
  assert.ok(batch.bytes() > 70_000 * 20);
  batch.reset();
  assert.deepEqual([batch.bytes(), written(batch)], [0, 0]);
});

test('the columns are listed once, with the segment of the last call', () => {
  const batch = new RecordBatch();
  fill(batch, 3);
  const columns = batch.spans.columns(1n);
  batch.reset();
  fill(batch, 3);
  fill(batch, 3);
  assert.equal(batch.spans.columns((5n << 32n) | 6n), columns);
  const segment = columns.find(({ name }) => name === 'segment')?.parts[0];
  assert.deepEqual([...(segment?.used() ?? [])], [6, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 5, 0, 0, 0]);
  assert.equal(columns[1]?.name, 'segment');
});

test('a batch that one request has made large holds little memory after its reset', () => {
  const batch = new RecordBatch();
  const fresh = batch.bytesHeld();
  for (let row = 0; row < 4; row++) fill(batch, SOURCE.length);
  assert.ok(batch.bytesHeld() > 64 << 20);
  batch.reset();
  assert.ok(batch.bytesHeld() <= fresh);
  fill(batch, 10);
  assert.equal(batch.bytes(), written(batch));
});

test('known takes so many shared values and no more; what is beyond is written again', () => {
  const batch = new RecordBatch();
  batch.markRequest();
  for (let key = 0; key < KNOWN_SHARED_MAX; key++) assert.equal(batch.needsShared(`k${key}`), true);
  assert.equal(batch.needsShared('one more'), true);
  assert.equal(batch.needsShared('one more'), true);
  assert.equal(batch.needsShared('k0'), false);
  assert.equal(batch.known.size, KNOWN_SHARED_MAX);
  batch.rollbackRequest();
  assert.equal(batch.known.size, 0);
  assert.equal(batch.needsShared('one more'), true);
  assert.equal(batch.needsShared('one more'), false);
});
