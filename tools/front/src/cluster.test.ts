/** A store on three shards over HTTP: every row once and on its shard, whoever dies, and answers as of one store. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LogRecord, Span } from '@tracewright/model';
import { type Cursor, EVERYTHING, type SpanPredicate } from '@tracewright/query';
import { evaluateLog, evaluateSpan } from '@tracewright/query/testing';
import { applyRetention } from '@tracewright/storage';
import {
  attributesOf,
  expectOk,
  makeLog,
  makeSpan,
  NOON_NANO,
  Random,
  resourceOf,
  spanId,
  traceId,
  writeSegment,
} from '@tracewright/storage/testing';
import type { Front } from './start-front.ts';
import { countRows, type Fronts, type OpenCluster, openCluster, poll, startFronts } from './testing-store.ts';

const EVER = { tenant: 'default', fromNano: 0n, toNano: 2n ** 64n - 1n };
const START: bigint = NOON_NANO / 1000n;
const random = new Random(11);

let fronts: Fronts;
let node: OpenCluster;
const spans: Span[] = [];
const logs: LogRecord[] = [];

before(async () => {
  fronts = await startFronts(3);
  node = await openCluster(fronts);
  for (let at = 0; at < 600; at++) {
    const trace = 1 + random.below(150);
    spans.push(
      makeSpan({
        traceId: traceId(trace * 7919),
        spanId: spanId(at + 1),
        parentSpanId: at % 3 === 0 ? ('' as Span['parentSpanId']) : spanId(at),
        name: `op ${at % 7}`,
        startUnixNano: NOON_NANO + BigInt(random.below(400)) * 1_000_000n,
        endUnixNano: NOON_NANO + 500_000_000n,
        statusCode: at % 11 === 0 ? 2 : 0,
        resource: resourceOf(`service-${trace % 5}`),
        attributes: attributesOf({ 'order.id': `order ${at % 50}`, size: BigInt(at) }),
      }),
    );
    logs.push(
      makeLog({
        timeUnixNano: NOON_NANO + BigInt(random.below(300)) * 1_000_000n,
        traceId: at % 2 === 0 ? traceId(trace * 7919) : ('' as LogRecord['traceId']),
        spanId: '' as LogRecord['spanId'],
        body: { type: 'string', value: `line ${at % 20}` },
        resource: resourceOf(`service-${trace % 5}`),
      }),
    );
  }
  for (let at = 0; at < 4; at++) {
    const mine = <T>(rows: readonly T[]): T[] => rows.filter((_, index) => index % 4 === at);
    const rows = { spans: mine(spans), logs: mine(logs) };
    expectOk(await node.writer.insert(writeSegment(fronts.folder, START + BigInt(at), rows, 40)));
  }
  // A resend of some of it, as another request.
  const resent = { spans: spans.slice(0, 60), logs: logs.slice(0, 60) };
  expectOk(await node.writer.insert(writeSegment(fronts.folder, START + 9n, resent)));
});
after(async () => {
  await node.engine[Symbol.asyncDispose]();
  await fronts[Symbol.asyncDispose]();
});

describe('placement', () => {
  test('each shard has its share, no trace lies on two, and nothing is left behind', async () => {
    const counts = await Promise.all(node.cluster.engines.map((engine) => countRows(engine, 'spans')));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      spans.length + 60,
    );
    for (const count of counts) assert.ok(count > 100, counts.join(' '));
    const ids = await Promise.all(
      node.cluster.engines.map((engine) => countRows(engine, 'spans', 'uniqExact(trace_id)')),
    );
    assert.equal(
      ids.reduce((sum, count) => sum + count, 0),
      new Set(spans.map((span) => span.traceId)).size,
    );
    const logCounts = await Promise.all(node.cluster.engines.map((engine) => countRows(engine, 'logs')));
    assert.equal(
      logCounts.reduce((sum, count) => sum + count, 0),
      logs.length + 60,
    );
    assert.deepEqual(node.cluster.kept(), { parts: 0, bytes: 0 });
  });
});

describe('questions', () => {
  test('a trace comes from its shard, by its id and by its low half', async () => {
    for (const id of [...new Set(spans.map((span) => span.traceId))].slice(0, 10)) {
      const expected = spans.filter((span) => span.traceId === id).map((span) => span.spanId);
      for (const lowOnly of [false, true]) {
        const found = expectOk(
          await node.reader.trace({ kind: 'traceLookup', tenant: 'default', traceId: id, lowOnly }),
        );
        assert.deepEqual(Array.from(found, (span) => span.spanId).sort(), [...expected].sort());
      }
    }
    const several = [...new Set(spans.map((span) => span.traceId))].slice(0, 20);
    const found = expectOk(await node.reader.traces('default', several));
    assert.equal(found.length, spans.filter((span) => several.includes(span.traceId)).length);
  });

  const questions: readonly SpanPredicate[] = [
    EVERYTHING,
    {
      kind: 'attribute',
      scope: 'span',
      key: 'order.id',
      operator: '=',
      value: { type: 'string', value: 'order 7' },
    },
    { kind: 'attribute', scope: 'span', key: 'size', operator: '>', value: { type: 'int', value: 500n } },
    { kind: 'attribute', scope: 'span', key: 'none', operator: '=', value: { type: 'string', value: 'x' } },
  ];
  for (const [at, where] of questions.entries()) {
    test(`spans, page by page, are those of the oracle in its order: question ${at}`, async () => {
      const expected = spans
        .filter((span) => evaluateSpan(where, span))
        .sort((a, b) => order([b.startUnixNano, b.traceId, b.spanId], [a.startUnixNano, a.traceId, a.spanId]))
        .map((span) => span.spanId);
      const got: string[] = [];
      let after: Cursor | undefined;
      do {
        const page = expectOk(
          await node.reader.searchSpans({
            kind: 'spanSearch',
            ...EVER,
            where,
            limit: 37,
            ...(after === undefined ? {} : { after }),
          }),
        );
        got.push(...page.spans.map((span) => span.spanId));
        after = page.next;
      } while (after !== undefined);
      assert.deepEqual(got, expected);
    });

    test(`traces, page by page, are those of the oracle in its order: question ${at}`, async () => {
      const newest = new Map<string, bigint>();
      for (const span of spans.filter((one) => evaluateSpan(where, one))) {
        const before = newest.get(span.traceId) ?? -1n;
        if (span.startUnixNano > before) newest.set(span.traceId, span.startUnixNano);
      }
      const expected = [...newest].sort(([a, x], [b, y]) => order([y, b], [x, a])).map(([id]) => id);
      const got: string[] = [];
      let after: Cursor | undefined;
      do {
        const page = expectOk(
          await node.reader.searchTraces({
            kind: 'traceSearch',
            ...EVER,
            where,
            limit: 13,
            ...(after === undefined ? {} : { after }),
          }),
        );
        for (const hit of page.traces) {
          assert.equal(hit.spans, spans.filter((span) => span.traceId === hit.traceId).length);
          got.push(hit.traceId);
        }
        after = page.next;
      } while (after !== undefined);
      assert.deepEqual(got, expected);
    });
  }

  test('log records, page by page, in both orders, without the copies of a resend', async () => {
    for (const direction of ['newest', 'oldest'] as const) {
      const expected = logs.filter((log) => evaluateLog(EVERYTHING, log)).length;
      const times: bigint[] = [];
      let after: Cursor | undefined;
      do {
        const page = expectOk(
          await node.reader.searchLogs({
            kind: 'logSearch',
            ...EVER,
            where: EVERYTHING,
            order: direction,
            limit: 41,
            ...(after === undefined ? {} : { after }),
          }),
        );
        times.push(...page.logs.map((log) => log.timeUnixNano));
        after = page.next;
      } while (after !== undefined);
      assert.equal(times.length, expected);
      const sorted = [...times].sort((a, b) => order([a], [b]) * (direction === 'newest' ? -1 : 1));
      assert.deepEqual(times, sorted);
    }
  });

  test('lists are those of all shards together', async () => {
    const services = expectOk(await node.reader.services('default'));
    assert.deepEqual(services, [...new Set(spans.map((span) => span.resource.service))].sort());
    const operations = expectOk(await node.reader.operations('default', 'service-1'));
    assert.deepEqual(
      operations.map(({ name }) => name),
      [0, 1, 2, 3, 4, 5, 6].map((at) => `op ${at}`),
    );
    const tables = expectOk(await node.reader.tables());
    assert.equal(tables.find(({ table }) => table === 'spans')?.rows, spans.length + 60);
  });
});

describe('when a shard goes away', () => {
  const rowsOf = (from: number, count: number): Span[] =>
    Array.from({ length: count }, (_, at) =>
      makeSpan({ traceId: traceId((from + at) * 104729), spanId: spanId(from + at), name: 'later' }),
    );
  const stored = async (): Promise<number> => {
    // This node's own look at a shard that another node has already found again.
    await poll('all shards to be there', () => node.engine.check().reason === undefined);
    const counts = await Promise.all(
      node.cluster.engines.map((engine) => countRows(engine, 'spans', "countIf(name = 'later')")),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  };

  test('the others take their rows, its own wait on disk, and come in once when it is back', async () => {
    const second = fronts.fronts[1] as Front;
    await second.kill();
    for (let at = 0; at < 5; at++) {
      const segment = writeSegment(fronts.folder, START + 100n + BigInt(at), {
        spans: rowsOf(1000 + at * 100, 100),
      });
      expectOk(await node.writer.insert(segment));
    }
    assert.ok(node.cluster.kept().parts > 0);
    assert.ok(node.cluster.ready());
    const search = await node.reader.searchSpans({
      kind: 'spanSearch',
      ...EVER,
      where: EVERYTHING,
      limit: 5,
    });
    assert.ok(!search.ok);
    assert.match(search.failure.message, /^Shard 2: /);
    assert.deepEqual([search.failure.code, search.failure.retry], ['unavailable', 'later']);
    const lookups = await Promise.all(
      rowsOf(1000, 30).map((span) =>
        node.reader.trace({ kind: 'traceLookup', tenant: 'default', traceId: span.traceId, lowOnly: false }),
      ),
    );
    assert.ok(lookups.some((found) => found.ok && found.value.length === 1));
    assert.ok(lookups.some((found) => !found.ok));
    await second.start();
    await poll('all rows to be there', async () => node.cluster.kept().parts === 0);
    assert.equal(await stored(), 500);
  });

  test('killed before and after an insert took effect, and cut off in mid-answer: every row once', async () => {
    const third = fronts.fronts[2] as Front;
    const kinds = ['die-before', 'die-after', 'cut', 'refuse', 'unavailable'] as const;
    for (const [at, kind] of kinds.entries()) {
      await third.inject({ match: 'INSERT INTO tracewright.spans', times: 1, kind });
      const segment = writeSegment(fronts.folder, START + 200n + BigInt(at), {
        spans: rowsOf(3000 + at * 100, 100),
      });
      expectOk(await node.writer.insert(segment));
      if (kind.startsWith('die')) {
        await third.died();
        await third.start();
      }
      await poll(`all rows after ${kind}`, () => node.cluster.kept().parts === 0);
      assert.equal(await stored(), 500 + (at + 1) * 100, kind);
      // The whole segment again, as after a crash of this node between the parts and its bookkeeping.
      expectOk(await node.writer.insert({ ...segment, replayed: true }));
      assert.equal(await stored(), 500 + (at + 1) * 100, `${kind}, again`);
    }
  });

  test('a shard that is slow beyond patience holds nobody up, and gets its rows once', async () => {
    const hasty = await openCluster(fronts, { patienceMs: 1500 });
    try {
      const first = fronts.fronts[0] as Front;
      await first.inject({ match: 'INSERT INTO tracewright.spans', times: 1, kind: 'slow', ms: 5000 });
      const segment = writeSegment(fronts.folder, START + 300n, { spans: rowsOf(5000, 100) });
      const began = performance.now();
      expectOk(await hasty.writer.insert(segment));
      assert.ok(performance.now() - began < 4500);
      assert.ok(hasty.cluster.kept().parts >= 1);
      await poll('the part to be in', () => hasty.cluster.kept().parts === 0);
      assert.equal(await stored(), 1100);
    } finally {
      await hasty.engine[Symbol.asyncDispose]();
    }
  });

  test('what is kept survives this node, and a list that forgets its shard is refused', async () => {
    const partsDirectory = join(fronts.folder, 'parts-of-a-node');
    const second = fronts.fronts[1] as Front;
    const first = await openCluster(fronts, { partsDirectory });
    await second.kill();
    await poll('the loss to be noticed', () => first.engine.check().reason !== undefined);
    const segment = writeSegment(fronts.folder, START + 400n, { spans: rowsOf(7000, 100) });
    expectOk(await first.writer.insert(segment));
    assert.equal(first.cluster.kept().parts, 1);
    await first.engine[Symbol.asyncDispose]();
    await assert.rejects(
      openCluster({ ...fronts, fronts: fronts.fronts.slice(0, 1) }, { partsDirectory }),
      /Rows wait on disk for shard 2, which storage\.url no longer names/,
    );
    await second.start();
    const next = await openCluster(fronts, { partsDirectory });
    await poll('the part to be in', () => next.cluster.kept().parts === 0);
    assert.ok(!existsSync(join(partsDirectory, '2', String(segment.id).padStart(20, '0'))));
    assert.equal(await stored(), 1200);
    await next.engine[Symbol.asyncDispose]();
  });

  test('no more is kept than allowed: then inserts wait, and nothing is lost', async () => {
    const second = fronts.fronts[1] as Front;
    const small = await openCluster(fronts, { keptBytesMax: 1000 });
    try {
      await second.kill();
      await poll('the loss to be noticed', () => small.engine.check().reason !== undefined);
      const segment = writeSegment(fronts.folder, START + 500n, { spans: rowsOf(8000, 100) });
      const waits = await small.writer.insert(segment);
      assert.ok(!waits.ok);
      assert.deepEqual([waits.failure.code, waits.failure.retry], ['unavailable', 'later']);
      await second.start();
      await poll('the shard to be open', () => small.engine.check().reason === undefined);
      expectOk(await small.writer.insert({ ...segment, replayed: true }));
      assert.equal(await stored(), 1300);
    } finally {
      await small.engine[Symbol.asyncDispose]();
    }
  });
});

describe('several nodes', () => {
  test('migrate once, have numbers of their own, and know the order of the shards', async () => {
    const empty = await startFronts(2);
    const nodes = await Promise.all([openCluster(empty), openCluster(empty), openCluster(empty)]);
    try {
      await poll(
        'all to be open',
        () => nodes.every(({ engine }) => engine.check().reason === undefined),
        40_000,
      );
      const [first] = nodes;
      for (const engine of first?.cluster.engines ?? []) {
        assert.equal(
          await countRows(engine, 'schema_migrations', 'countDistinct(version)'),
          await countRows(engine, 'schema_migrations'),
        );
        assert.equal(await countRows(engine, 'cluster_nodes', 'uniqExact(number)'), 3);
      }
      const swapped = await openCluster({ ...empty, fronts: [...empty.fronts].reverse() });
      assert.ok(!swapped.cluster.ready());
      assert.match(
        swapped.engine.check().reason ?? '',
        /is shard 2 of its cluster, and storage\.url names it as shard 1/,
      );
      await swapped.engine[Symbol.asyncDispose]();
      const twin = await openCluster(empty, { node: { number: 1_000, instance: 'a', host: 'here' } });
      assert.ok(twin.cluster.ready());
      const other = await openCluster(empty, { node: { number: 1_000, instance: 'b', host: 'there' } });
      assert.ok(!other.cluster.ready());
      assert.match(
        other.engine.check().reason ?? '',
        /Another node, on here, has the number 1000: storage\.node must differ/,
      );
      // Its number is free when it leaves.
      await twin.engine[Symbol.asyncDispose]();
      await poll('the number to be free', () => other.cluster.ready());
      await other.engine[Symbol.asyncDispose]();
    } finally {
      await Promise.all(nodes.map(({ engine }) => engine[Symbol.asyncDispose]()));
      await empty[Symbol.asyncDispose]();
    }
  });
});

test('traces that were stored before a shard was added are found by id and by search', async () => {
  const own = await startFronts(2);
  const one = await openCluster({ ...own, fronts: own.fronts.slice(0, 1) });
  const old = Array.from({ length: 20 }, (_, at) =>
    makeSpan({ traceId: traceId((at + 1) * 6151), spanId: spanId(at + 1) }),
  );
  expectOk(await one.writer.insert(writeSegment(own.folder, START, { spans: old })));
  await one.engine[Symbol.asyncDispose]();
  const two = await openCluster(own);
  try {
    for (const { traceId: id, spanId: span } of old) {
      const lookup = { kind: 'traceLookup', tenant: 'default', traceId: id, lowOnly: false } as const;
      const found = expectOk(await two.reader.trace(lookup));
      assert.deepEqual(
        Array.from(found, (one) => one.spanId),
        [span],
      );
    }
    const search = { kind: 'spanSearch', ...EVER, where: EVERYTHING, limit: 100 } as const;
    assert.equal(expectOk(await two.reader.searchSpans(search)).spans.length, old.length);
  } finally {
    await two.engine[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  }
});

test('retention acts on every shard', async () => {
  for (const engine of node.cluster.engines) {
    const report = expectOk(
      await applyRetention(engine, { ageMsMax: 86_400_000 }, Number(NOON_NANO / 1_000_000n) + 5 * 86_400_000),
    );
    assert.equal(report.dropped.length, 1);
    assert.equal(await countRows(engine, 'spans'), 0);
  }
});

function order(a: readonly (bigint | string)[], b: readonly (bigint | string)[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] as bigint | string;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
