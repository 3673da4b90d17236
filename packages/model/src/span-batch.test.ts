import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROMOTED_ATTRIBUTES } from './promoted.ts';
import { RecordBatch } from './record-batch.ts';
import type { RowContext } from './row-context.ts';
import { SHARED_KIND, sharedId } from './shared-batch.ts';
import { type NativeValue, readNativeBlock } from './testing/read-native-block.ts';

const SEGMENT: bigint = 2n ** 63n + 9n;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const CONTEXT: RowContext = {
  tenant: encoder.encode('tenant'),
  arrivedMs: 1_760_000_000_123,
  dialect: encoder.encode('otlp'),
  receiver: encoder.encode('test'),
  service: encoder.encode('service'),
  resourceIdLow: 1,
  resourceIdHigh: 2,
  scopeIdLow: 3,
  scopeIdHigh: 4,
};

/** One source that holds ids and every text a row refers to; `at` finds a text in it. */
const TEXT = 'k1 v1 http.route /cart name event http.response.status_code';
const SOURCE: Uint8Array = Uint8Array.from([
  ...Array.from({ length: 24 }, (_, at) => at + 1),
  ...encoder.encode(TEXT),
]);

function at(text: string): [number, number] {
  const from = 24 + TEXT.indexOf(text);
  return [from, from + text.length];
}

function begin(batch: RecordBatch): void {
  batch.spans.begin(SOURCE);
  batch.spans.traceIdFrom = 0;
  batch.spans.spanIdFrom = 16;
  [batch.spans.nameFrom, batch.spans.nameTo] = at('name');
}

function fill(batch: RecordBatch): void {
  const { spans } = batch;
  spans.stringAttribute(...at('k1'), ...at('v1'));
  spans.stringAttribute(...at('http.route'), ...at('/cart'));
  spans.stringAttribute(...at('http.route'), ...at('v1'));
  spans.intAttribute(...at('http.response.status_code'), 404, 0);
  spans.intAttribute(...at('http.response.status_code'), 70_000, 0);
  spans.intAttribute(...at('k1'), 0xffff_ffff, 0xffff_ffff);
  spans.boolAttribute(...at('k1'), true);
  spans.doubleAttribute(...at('k1'), 0);
  spans.otherAttribute(...at('k1'), 0, 0);
  spans.event(5, 0, ...at('event'), 1);
  spans.nestedInt(...at('k1'), 7, 0);
  spans.link(0, 16, 16, 24, 0, 0, 2, 0x101);
  spans.nestedString(...at('k1'), ...at('v1'));
  spans.event(6, 0, ...at('event'), 0);
  spans.nestedBool(...at('k1'), false);
}

function block(batch: RecordBatch): Buffer {
  return Buffer.concat(batch.block('spans', 9n));
}

function plain(value: NativeValue | undefined): unknown {
  if (value instanceof Uint8Array) return decoder.decode(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

test('a row lies in its columns, in the layout of a Native block', () => {
  const batch = new RecordBatch();
  begin(batch);
  fill(batch);
  batch.spans.end(CONTEXT);
  begin(batch);
  batch.spans.end(CONTEXT);
  const { rows, columns, types } = readNativeBlock(
    batch.block('spans', SEGMENT),
    batch.spans.columns(SEGMENT),
  );
  assert.equal(rows, 2);
  const cells = (name: string): unknown => columns.get(name)?.map(plain);
  assert.deepEqual(cells('tenant'), ['tenant', 'tenant']);
  assert.deepEqual(cells('segment'), [2n ** 63n + 9n, 2n ** 63n + 9n]);
  assert.deepEqual(columns.get('trace_id')?.[0], SOURCE.slice(0, 16));
  assert.deepEqual(columns.get('parent_id')?.[0], new Uint8Array(8));
  assert.deepEqual(cells('name'), ['name', 'name']);
  assert.deepEqual(cells('resource_id'), [2n * 2n ** 32n + 1n, 2n * 2n ** 32n + 1n]);
  assert.deepEqual(cells('a_http_route'), ['/cart', '']);
  assert.deepEqual(cells('a_http_response_status_code'), [404, 0]);
  assert.deepEqual(cells('attrs_few'), [
    [
      ['k1', 'v1'],
      ['http.route', 'v1'],
    ],
    [],
  ]);
  assert.deepEqual(cells('attrs_int'), [
    [
      ['http.response.status_code', 70_000n],
      ['k1', -1n],
    ],
    [],
  ]);
  assert.deepEqual(cells('attrs_bool'), [[['k1', 1]], []]);
  assert.deepEqual(cells('attrs_other'), [[['k1', '']], []]);
  assert.deepEqual(cells('event_time_nano'), [[5n, 6n], []]);
  assert.deepEqual(cells('link_flags'), [[0x101], []]);
  assert.deepEqual(cells('nested_owner'), [[0, 1, 2], []]);
  assert.deepEqual(cells('nested_type'), [[3, 1, 2], []]);
  assert.equal(types.get('attrs_few'), 'Map(String, String)');
  assert.equal(types.size, new Set(types.keys()).size);
  for (const { column } of PROMOTED_ATTRIBUTES) assert.ok(types.has(column));
});

test('the duration is the difference modulo 2^64, so that every end comes out again', () => {
  const times = [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n];
  const batch = new RecordBatch();
  const pairs = times.flatMap((start) => times.map((end) => [start, end] as const));
  for (const [start, end] of pairs) {
    begin(batch);
    const { spans } = batch;
    [spans.startLow, spans.startHigh] = [Number(start & 0xffff_ffffn), Number(start >> 32n)];
    [spans.endLow, spans.endHigh] = [Number(end & 0xffff_ffffn), Number(end >> 32n)];
    spans.end(CONTEXT);
  }
  const { columns } = readNativeBlock(batch.block('spans', 1n));
  pairs.forEach(([start, end], row) => {
    assert.equal(columns.get('start_nano')?.[row], start);
    assert.equal(BigInt.asUintN(64, start + (columns.get('duration_nano')?.[row] as bigint)), end);
  });
});

test('an abandoned row leaves nothing', () => {
  const batch = new RecordBatch();
  const expected = new RecordBatch();
  for (const each of [batch, expected]) {
    begin(each);
    fill(each);
    each.spans.end(CONTEXT);
  }
  begin(batch);
  fill(batch);
  batch.spans.abandon();
  assert.deepEqual(block(batch), block(expected));
  for (const each of [batch, expected]) {
    begin(each);
    fill(each);
    each.spans.end(CONTEXT);
  }
  assert.deepEqual(block(batch), block(expected));
});

test('a request that is rolled back leaves nothing, finished rows and an open one included', () => {
  const batch = new RecordBatch();
  begin(batch);
  fill(batch);
  batch.spans.end(CONTEXT);
  assert.equal(batch.needsShared('before'), true);
  const before = block(batch);
  batch.markRequest();
  assert.equal(batch.needsShared('before'), false);
  assert.equal(batch.needsShared('within'), true);
  for (let row = 0; row < 3; row++) {
    begin(batch);
    fill(batch);
    batch.spans.end(CONTEXT);
  }
  batch.logs.begin(SOURCE);
  batch.logs.stringAttribute(...at('k1'), ...at('v1'));
  batch.logs.end(CONTEXT);
  batch.shared.begin(SOURCE, SHARED_KIND.scope);
  batch.shared.stringAttribute(...at('k1'), ...at('v1'));
  batch.shared.end(CONTEXT.tenant, CONTEXT.service, sharedId(SHARED_KIND.scope, SOURCE, 0, 4, 0, 0));
  begin(batch);
  fill(batch);
  batch.rollbackRequest();
  assert.deepEqual(block(batch), before);
  assert.deepEqual([batch.rows('spans'), batch.rows('logs'), batch.rows('shared')], [1, 0, 0]);
  assert.deepEqual([...batch.known], ['before']);
  assert.deepEqual([batch.block('logs', 1n), batch.block('shared', 1n)], [[], []]);
  const fresh = new RecordBatch();
  for (const each of [batch, fresh]) {
    each.reset();
    begin(each);
    fill(each);
    each.spans.end(CONTEXT);
  }
  assert.deepEqual(block(batch), block(fresh));
});

test('shared ids differ by kind, bytes, schema URL and where one ends and the other begins', () => {
  const bytes = encoder.encode('abcabd');
  const id = (kind: number, from: number, to: number, urlFrom: number, urlTo: number): string =>
    sharedId(kind, bytes, from, to, urlFrom, urlTo).key;
  const ids = [
    id(1, 0, 3, 0, 0),
    id(2, 0, 3, 0, 0),
    id(1, 3, 6, 0, 0),
    id(1, 0, 3, 3, 6),
    id(1, 0, 6, 0, 0),
    id(1, 0, 0, 0, 3),
  ];
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(sharedId(1, encoder.encode('xabc'), 1, 4, 0, 0).key, ids[0]);
});
