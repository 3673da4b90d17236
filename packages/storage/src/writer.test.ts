/** Writing: every row once, whatever is repeated. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SEGMENT_SCHEMA_VERSION } from '@tracewright/model';
import { decodeNativeBlocks } from './native/decode.ts';
import { attributesOf, makeLog, makeSpan, NOON_NANO, spanId, traceId } from './testing/rows.ts';
import { writeSegment } from './testing/segments.ts';
import { countParts, countRows, expectOk, openTestStore, type TestStore } from './testing/store.ts';
import { createWriter } from './writer.ts';

let store: TestStore;
before(async () => {
  store = await openTestStore();
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

const DAY_US = 86_400_000_000n;
const START_US: bigint = NOON_NANO / 1000n;

function spansOf(count: number, from: number = 0): ReturnType<typeof makeSpan>[] {
  return Array.from({ length: count }, (_, at) =>
    makeSpan({
      traceId: traceId(1 + ((from + at) >> 3)),
      spanId: spanId(1 + from + at),
      name: `op ${at % 5}`,
      attributes: attributesOf({ 'order.id': `order ${from + at}`, size: BigInt(at) }),
    }),
  );
}

test('a file of several blocks becomes one part, and its rows are all there', async () => {
  await store.store(START_US, { spans: spansOf(2000), logs: [makeLog({})] }, 100);
  assert.equal(await countRows(store, 'spans', `segment = ${START_US}`), 2000);
  assert.equal(await countRows(store, 'logs', `segment = ${START_US}`), 1);
  assert.equal(await countParts(store, 'spans'), 1);
});

test('repeating an insert changes nothing, with the token and without', async () => {
  const id = START_US + 1n;
  const segment = await store.store(id, { spans: spansOf(50, 10_000), logs: [makeLog({})] });
  const again = createWriter({ engine: store.engine });
  for (const replayed of [false, true]) {
    const result = await again.insert({ ...segment, replayed });
    assert.ok(result.ok);
    assert.equal(await countRows(store, 'spans', `segment = ${id}`), 50);
    assert.equal(await countRows(store, 'logs', `segment = ${id}`), 1);
  }
});

test('a replay inserts only what is missing, also when the engine has forgotten the token', async () => {
  const id = START_US + 2n;
  const segment = writeSegment(store.folder, id, { spans: spansOf(20, 20_000), logs: [makeLog({})] });
  const spansOnly = { ...segment, files: segment.files.filter((file) => file.table !== 'logs') };
  assert.ok((await store.writer.insert(spansOnly)).ok);
  // Gone from the rollup, as when the engine died between the part and the view's.
  await store.command(
    `ALTER TABLE tracewright.operations DELETE WHERE segment = ${id} SETTINGS mutations_sync = 2`,
  );
  await store.command('ALTER TABLE tracewright.spans MODIFY SETTING non_replicated_deduplication_window = 0');
  const replay = await store.writer.insert({ ...segment, replayed: true });
  await store.command(
    'ALTER TABLE tracewright.spans MODIFY SETTING non_replicated_deduplication_window = 1000',
  );
  assert.ok(replay.ok);
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 20);
  assert.equal(await countRows(store, 'logs', `segment = ${id}`), 1);
  assert.equal(await countRows(store, 'operations FINAL', `segment = ${id}`), 5);
});

test('a token whose part never came about does not lose the rows', async () => {
  const id = START_US + 9n;
  const segment = await store.store(id, { spans: spansOf(30, 80_000), logs: [makeLog({})] });
  const paths = await texts(
    `SELECT path AS text FROM system.parts WHERE database = 'tracewright' AND table = 'spans' AND active
     AND name IN (SELECT _part FROM tracewright.spans WHERE segment = ${id})`,
  );
  assert.equal(paths.length, 1);
  // As a kill leaves it between the note of the token and the name of the part.
  process.kill(store.engine.pid ?? 0, 'SIGKILL');
  for (const path of paths) rmSync(path, { recursive: true });
  const until = performance.now() + 20_000;
  const replay = async () => store.writer.insert({ ...segment, replayed: true });
  let result = await replay();
  while (!result.ok && result.failure.retry === 'later' && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    result = await replay();
  }
  expectOk(result);
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 30);
  assert.equal(await countRows(store, 'logs', `segment = ${id}`), 1);
  expectOk(await replay());
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 30);
});

async function texts(sql: string): Promise<string[]> {
  const answer = expectOk(await store.engine.query({ sql, class: 'scan', deadlineMs: 10_000 }));
  return expectOk(decodeNativeBlocks(answer.blocks)).flatMap((block) => {
    const column = block.strings('text');
    return Array.from({ length: block.rows }, (_, row) => column.text(row));
  });
}

test('a replay that finds another count of rows than the segment has says so and touches nothing', async () => {
  const id = START_US + 8n;
  const segment = await store.store(id, { spans: spansOf(4, 70_000) });
  const files = segment.files.map((file) => ({ ...file, rows: file.rows + 1 }));
  const replay = await store.writer.insert({ ...segment, files, replayed: true });
  assert.ok(!replay.ok);
  assert.deepEqual([replay.failure.code, replay.failure.retry], ['internal', 'never']);
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 4);
});

test('a file that was damaged after its insert and holds fewer rows now is known by the rows that it has', async () => {
  const id = START_US + 10n;
  const all = spansOf(40, 90_000);
  await store.store(id, { spans: all, logs: [makeLog({}), makeLog({ severityNumber: 1 })] });
  const salvaged = {
    ...writeSegment(store.folder, id, { spans: all.slice(0, 25), logs: [makeLog({})] }),
    replayed: true,
  };
  expectOk(await store.writer.insert(salvaged));
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 40);
  assert.equal(await countRows(store, 'logs', `segment = ${id}`), 2);
  const foreign = [...all.slice(0, 20), makeSpan({ traceId: traceId(1), spanId: spanId(77) })];
  const other = await store.writer.insert({
    ...writeSegment(store.folder, id, { spans: foreign }),
    replayed: true,
  });
  assert.ok(!other.ok);
  assert.deepEqual([other.failure.code, other.failure.retry], ['internal', 'never']);
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 40);
});

test('a file with a column of another name is refused, and so is one with fewer rows than it is said to hold', async () => {
  const id = START_US + 11n;
  const segment = writeSegment(store.folder, id, { spans: spansOf(10, 95_000) });
  const file = segment.files.find(({ table }) => table === 'spans');
  assert.ok(file !== undefined);
  const bytes = readFileSync(file.path);
  const at = bytes.indexOf('duration_nano');
  assert.ok(at > 0);
  bytes.write('duration_nono', at, 'latin1');
  const path = join(store.folder, 'renamed.native');
  writeFileSync(path, bytes);
  const renamed = await store.writer.insert({ ...segment, files: [{ ...file, path }] });
  assert.ok(!renamed.ok);
  assert.deepEqual([renamed.failure.code, renamed.failure.retry], ['invalid', 'never']);
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 0);

  const fewer = await store.writer.insert({ ...segment, id, files: [{ ...file, rows: 12 }] });
  assert.ok(!fewer.ok);
  assert.deepEqual([fewer.failure.code, fewer.failure.retry], ['invalid', 'never']);
  assert.match(fewer.failure.message, /brought 10 rows, expected 12/);
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 0);
});

test('a segment of the first version is inserted as ever', async () => {
  const id = START_US + 12n;
  const segment = writeSegment(store.folder, id, { spans: spansOf(5, 96_000) });
  expectOk(await store.writer.insert({ ...segment, schemaVersion: 1 }));
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 5);
});

test('segments of other days are found in their partitions when replayed', async () => {
  const id = START_US - 40n * DAY_US;
  const segment = await store.store(id, { spans: spansOf(5, 30_000) });
  assert.ok((await store.writer.insert({ ...segment, replayed: true })).ok);
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 5);
});

test('a damaged file is refused for good, names itself, and leaves nothing behind', async () => {
  const whole = writeSegment(store.folder, START_US + 3n, { spans: spansOf(500, 40_000) }, 100);
  const file = whole.files.find(({ table }) => table === 'spans');
  assert.ok(file !== undefined);
  truncateSync(file.path, Math.floor(file.bytes * 0.7));
  const cut = await store.writer.insert({ ...whole, files: [file] });
  assert.ok(!cut.ok);
  assert.deepEqual([cut.failure.code, cut.failure.retry], ['invalid', 'never']);
  assert.match(cut.failure.message, new RegExp(String(START_US + 3n)));
  assert.equal(await countRows(store, 'spans', `segment = ${START_US + 3n}`), 0);

  const path = join(store.folder, 'noise.native');
  writeFileSync(path, Buffer.from('this is no block at all, whatever its name says'));
  const noise = await store.writer.insert({ ...whole, id: START_US + 4n, files: [{ ...file, path }] });
  assert.ok(!noise.ok);
  assert.equal(noise.failure.retry, 'never');
  const gone = await store.writer.insert({
    ...whole,
    id: START_US + 5n,
    files: [{ ...file, path: join(store.folder, 'nowhere.native') }],
  });
  assert.ok(!gone.ok);
  assert.equal(gone.failure.retry, 'never');
});

test('a path with quotes, backslashes and spaces is a path', async () => {
  const id = START_US + 6n;
  const segment = writeSegment(store.folder, id, { spans: spansOf(3, 50_000) });
  const files = segment.files.map((file) => {
    const path = join(store.folder, `it's a "file" \\ ${file.table}.native`);
    writeFileSync(path, readFileSync(file.path));
    return { ...file, path };
  });
  assert.ok((await store.writer.insert({ ...segment, files })).ok);
  assert.equal(await countRows(store, 'spans', `segment = ${id}`), 3);
});

test('a segment of another schema version is refused with a sentence', async () => {
  const result = await store.writer.insert({ id: 1n, schemaVersion: 99, files: [], replayed: false });
  assert.ok(!result.ok);
  assert.equal(result.failure.code, 'unsupported');
});

test('parts are synced where that is asked for, and no longer where it is not', async () => {
  const countSynced = async (): Promise<number> => {
    const sql = `SELECT toUInt32(count()) AS rows FROM system.tables
WHERE database = 'tracewright' AND engine_full LIKE '%fsync_after_insert = 1%fsync_part_directory = 1%'`;
    const answer = expectOk(await store.engine.query({ sql, class: 'scan', deadlineMs: 5000 }));
    return expectOk(decodeNativeBlocks(answer.blocks))[0]?.numbers('rows')[0] ?? -1;
  };
  const none = { id: 1n, schemaVersion: SEGMENT_SCHEMA_VERSION, files: [], replayed: false };
  expectOk(await createWriter({ engine: store.engine, sync: true }).insert(none));
  assert.equal(await countSynced(), 7);
  await store.store(START_US + 7n, { spans: spansOf(3, 60_000) });
  expectOk(await createWriter({ engine: store.engine }).insert(none));
  assert.equal(await countSynced(), 0);
});
