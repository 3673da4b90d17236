/** One server over HTTP: what the store promises of its own engine holds there as well. */
import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { AttributeScope, SpanPredicate } from '@tracewright/query';
import {
  attribute,
  bool,
  ConditionStore,
  double,
  expectOk,
  int,
  makeLog,
  makeSpan,
  NOON_NANO,
  OPERATORS,
  Random,
  spanId,
  string,
  traceId,
  writeSegment,
} from '@tracewright/storage/testing';
import type { Front } from './start-front.ts';
import { countRows, type Fronts, type OpenCluster, openCluster, poll, startFronts } from './testing-store.ts';

const START: bigint = NOON_NANO / 1000n;

let fronts: Fronts;
let front: Front;
let node: OpenCluster;

before(async () => {
  fronts = await startFronts(1);
  front = fronts.fronts[0] as Front;
  node = await openCluster(fronts);
});
after(async () => {
  await node.engine[Symbol.asyncDispose]();
  await fronts[Symbol.asyncDispose]();
});

function spansOf(count: number, from: number): ReturnType<typeof makeSpan>[] {
  return Array.from({ length: count }, (_, at) =>
    makeSpan({
      traceId: traceId(1 + ((from + at) >> 3)),
      spanId: spanId(1 + from + at),
      name: `op ${at % 5}`,
    }),
  );
}

function ofSegment(table: string, id: bigint): Promise<number> {
  return countRows(node.engine, table, `countIf(segment = ${id})`);
}

describe('writing', () => {
  test('a file of several blocks becomes one part, however it is sent', async () => {
    for (const [at, compression] of (['none', 'gzip', 'zstd'] as const).entries()) {
      const own = await openCluster(fronts, { compression });
      const id = START + BigInt(at);
      const segment = writeSegment(
        fronts.folder,
        id,
        { spans: spansOf(2000, at * 2000), logs: [makeLog({})] },
        100,
      );
      expectOk(await own.writer.insert(segment));
      assert.equal(await ofSegment('spans', id), 2000);
      assert.equal(await ofSegment('logs', id), 1);
      assert.equal(await countRows(node.engine, 'spans', `uniqExactIf(_part, segment = ${id})`), 1);
      await own.engine[Symbol.asyncDispose]();
    }
  });

  test('a damaged file is refused for good and leaves nothing behind; a lost one as well', async () => {
    const id = START + 10n;
    const segment = writeSegment(fronts.folder, id, { spans: spansOf(500, 50_000) });
    const file = segment.files.find(({ table }) => table === 'spans');
    truncateSync(file?.path ?? '', Math.floor((file?.bytes ?? 0) / 2));
    const refused = await node.writer.insert(segment);
    assert.ok(!refused.ok);
    assert.equal(refused.failure.retry, 'never', refused.failure.message);
    assert.equal(await ofSegment('spans', id), 0);
    const lost = await node.writer.insert({
      ...segment,
      id: START + 11n,
      files: [{ table: 'spans', path: join(fronts.folder, 'nowhere.native'), bytes: 1, rows: 1 }],
    });
    assert.ok(!lost.ok);
    assert.equal(lost.failure.retry, 'never', lost.failure.message);
    assert.equal(node.engine.check().state, 'ready');
  });

  test('killed in mid-insert at random moments: every row of every segment, once', async () => {
    const random = new Random(5);
    const rows = 5000;
    const before = await countRows(node.engine, 'spans');
    for (let round = 0; round < 4; round++) {
      const id = START + 100n + BigInt(round);
      const segment = writeSegment(fronts.folder, id, { spans: spansOf(rows, 100_000 + round * rows) }, 500);
      const first = node.writer.insert(segment);
      await new Promise((resolve) => setTimeout(resolve, random.below(120)));
      await front.kill();
      let result = await first;
      await front.start();
      for (let attempt = 0; !result.ok && attempt < 300; attempt++) {
        assert.equal(result.failure.retry, 'later', result.failure.message);
        await new Promise((resolve) => setTimeout(resolve, 30));
        result = await node.writer.insert({ ...segment, replayed: true });
      }
      expectOk(result);
      assert.equal(await ofSegment('spans', id), rows);
      // Once more after the server forgot nothing and this node everything.
      const other = await openCluster(fronts);
      expectOk(await other.writer.insert({ ...segment, replayed: true }));
      await other.engine[Symbol.asyncDispose]();
    }
    assert.equal(await countRows(node.engine, 'spans'), before + 4 * rows);
  });
});

describe('searching', () => {
  test('conditions find what the brute-force evaluator finds', async () => {
    const own = await openCluster(fronts, { dialect: { database: 'conditions', tables: { kind: 'plain' } } });
    try {
      const { engine, reader, writer } = own;
      const store = await ConditionStore.open({
        folder: fronts.folder,
        engine: Object.assign(engine, { pid: undefined }),
        reader,
        writer,
        store: async (id, rows, blockRows) => {
          const segment = writeSegment(fronts.folder, id, rows, blockRows);
          expectOk(await writer.insert(segment));
          return segment;
        },
        command: async (sql) => expectOk(await engine.command(sql, { deadlineMs: 20_000 })),
        [Symbol.asyncDispose]: async () => undefined,
      });
      assert.ok(store.spans.length > 50);
      const keys = [...new Set(store.spans.flatMap((span) => span.attributes.map(({ key }) => key)))].slice(
        0,
        12,
      );
      const scopes: readonly AttributeScope[] = ['span', 'any'];
      const cases: SpanPredicate[] = keys.flatMap((key) =>
        scopes.flatMap((scope) =>
          OPERATORS.flatMap((operator) => [
            attribute(scope, key, operator, string('a')),
            attribute(scope, key, operator, int(1n)),
            attribute(scope, key, operator, double(1.5)),
            attribute(scope, key, operator, bool(true)),
          ]),
        ),
      );
      await store.agree(cases.filter((_, at) => at % 4 === 0));
      // All of it lies in the operator's database, and nothing in the one that the statements were written for.
      assert.equal(await countRows(engine, 'spans'), store.spans.length);
    } finally {
      await own.engine[Symbol.asyncDispose]();
    }
  });
});

describe('migrating', () => {
  test('a lock that a killed node left is its own again, and that of another is waited for', async () => {
    const dialect = { database: 'locked', tables: { kind: 'plain' } } as const;
    expectOk(await node.engine.command('CREATE DATABASE locked', { deadlineMs: 5000 }));
    expectOk(
      await node.engine.command(
        "CREATE TABLE locked.migration_lock (holder String) ENGINE = Memory COMMENT 'me'",
        {
          deadlineMs: 5000,
        },
      ),
    );
    let opened = false;
    const waiting = openCluster(fronts, {
      dialect,
      node: { number: 900, instance: 'another', host: 'b' },
    }).then((cluster) => {
      opened = true;
      return cluster;
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.ok(!opened);
    const mine = await openCluster(fronts, { dialect, node: { number: 901, instance: 'me', host: 'a' } });
    assert.ok(mine.cluster.ready(), mine.reports.join('\n'));
    const other = await waiting;
    assert.ok(other.cluster.ready(), other.reports.join('\n'));
    await mine.engine[Symbol.asyncDispose]();
    await other.engine[Symbol.asyncDispose]();
  });

  test('a server of a later version is refused with a sentence, and nothing is sent to it', async () => {
    const dialect = { database: 'later', tables: { kind: 'plain' } } as const;
    const first = await openCluster(fronts, { dialect });
    expectOk(
      await first.engine.command('INSERT INTO later.schema_migrations (version) SELECT 999', {
        deadlineMs: 5000,
      }),
    );
    await first.engine[Symbol.asyncDispose]();
    const refused = await openCluster(fronts, { dialect });
    assert.ok(!refused.cluster.ready());
    assert.match(refused.engine.check().reason ?? '', /schema version 999/);
    const insert = await refused.writer.insert(
      writeSegment(fronts.folder, START + 999n, { spans: spansOf(1, 1) }),
    );
    assert.ok(!insert.ok);
    assert.equal(insert.failure.retry, 'later');
    await refused.engine[Symbol.asyncDispose]();
  });
});

test('without a server rows are refused with later, and go in when it comes', async () => {
  await front.kill();
  await poll('the loss to be noticed', () => node.engine.check().state === 'absent');
  const segment = writeSegment(fronts.folder, START + 2000n, { spans: spansOf(10, 900_000) });
  const refused = await node.writer.insert(segment);
  assert.ok(!refused.ok);
  assert.deepEqual([refused.failure.code, refused.failure.retry], ['unavailable', 'later']);
  await front.start();
  await poll('the server to be back', () => node.engine.check().state === 'ready');
  expectOk(await node.writer.insert({ ...segment, replayed: true }));
  assert.equal(await ofSegment('spans', segment.id), 10);
});
