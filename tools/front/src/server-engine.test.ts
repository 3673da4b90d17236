/** The engine over HTTP: order, bounds, who may ask, and what becomes of everything when the server goes away. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Result } from '@tracewright/std';
import { createServerEngine, type Engine, type ServerEngineOptions } from '@tracewright/storage';
import { expectOk } from '@tracewright/storage/testing';
import type { Front } from './start-front.ts';
import { type Fronts, PASSWORD, poll, startFronts, USER } from './testing-store.ts';

let fronts: Fronts;
let front: Front;
let engine: Engine;

function make(options: Partial<ServerEngineOptions> = {}): Engine {
  return createServerEngine({
    name: 'the server',
    urls: [front.url],
    username: USER,
    password: PASSWORD,
    compression: 'none',
    dialect: { database: 'tracewright', tables: { kind: 'plain' } },
    ...options,
  });
}

before(async () => {
  fronts = await startFronts(2);
  front = fronts.fronts[0] as Front;
  engine = make();
  expectOk(await engine.start());
});
after(async () => {
  await engine[Symbol.asyncDispose]();
  await fronts[Symbol.asyncDispose]();
});

function ask(sql: string, deadlineMs: number = 10_000, signal?: AbortSignal): ReturnType<Engine['query']> {
  return engine.query({ sql, class: 'search', deadlineMs, ...(signal === undefined ? {} : { signal }) });
}

function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

function messageOf(result: Result<unknown>): string {
  return result.ok ? '' : result.failure.message;
}

/** Statements that run in the server, besides the one that asks. */
async function running(): Promise<number> {
  const client = createClient({ url: front.url, username: USER, password: PASSWORD });
  const answer = await client.query({
    query:
      "SELECT toUInt32(count()) AS n FROM system.processes WHERE query LIKE '%sipHash64(number)%' AND query NOT LIKE '%system.processes%'",
    format: 'JSONEachRow',
  });
  const [row] = (await answer.json()) as { n: number }[];
  await client.close();
  return row?.n ?? 0;
}

const ENDLESS = 'SELECT sum(sipHash64(number)) FROM numbers(100000000000)';

describe('bounds', () => {
  test('a deadline and an asker who leaves free the asker in time and end the statement in the server', async () => {
    assert.equal(codeOf(await ask(ENDLESS, 300)), 'deadline');
    await poll('the statement to end', async () => (await running()) === 0);
    const abort = new AbortController();
    const asked = ask(ENDLESS, 60_000, abort.signal);
    await poll('the statement to run', async () => (await running()) === 1);
    abort.abort();
    assert.equal(codeOf(await asked), 'cancelled');
    await poll('the statement to end', async () => (await running()) === 0);
    await poll('the session to be free', () => engine.check().running.search === 0);
  });

  test('memory and rows beyond the bounds fail as such, faults of ours as ours', async () => {
    const memory = await engine.query({
      sql: 'SELECT groupArray(number) FROM numbers(100000000)',
      class: 'scan',
      deadlineMs: 20_000,
      memoryBytesMax: 50_000_000,
    });
    assert.equal(codeOf(memory), 'resource');
    const rows = await engine.query({
      sql: 'SELECT number FROM numbers(1000)',
      class: 'scan',
      deadlineMs: 20_000,
      rowsMax: 100,
    });
    assert.equal(codeOf(rows), 'resource');
    assert.equal(codeOf(await ask('SELECT nothing FROM tracewright.nowhere')), 'internal');
    assert.equal(codeOf(await ask('SELECT 1')), 'ok');
  });
});

describe('answers', () => {
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    test(`come whole, and failures behind the first rows are failures: compression ${compression}`, async () => {
      for (const exceptions of ['tagged', 'plain'] as const) {
        const { fronts: own, ...rest } = await startFronts(1, { exceptions });
        const one = make({ compression, urls: [own[0]?.url ?? ''] });
        try {
          expectOk(await one.start());
          const whole = expectOk(
            await one.query({ sql: 'SELECT number FROM numbers(400000)', class: 'scan', deadlineMs: 20_000 }),
          );
          assert.ok(whole.blocks.reduce((sum, block) => sum + block.length, 0) > 400_000 * 8);
          const broken = await one.query({
            sql: "SELECT number, throwIf(number = 900000, 'boom') FROM numbers(950000)",
            class: 'scan',
            deadlineMs: 20_000,
            settings: { max_block_size: 10_000 },
          });
          assert.ok(!broken.ok, `${compression} ${exceptions}`);
          assert.match(broken.failure.message, /boom/);
          assert.equal(broken.failure.code, 'internal');
          // Words that look like an exception are rows when they are rows.
          const words = await one.query({
            sql: "SELECT 'Code: 395. DB::Exception: boom. (X) (version 26.1)' AS text",
            class: 'scan',
            deadlineMs: 20_000,
          });
          assert.ok(words.ok, messageOf(words));
        } finally {
          await one[Symbol.asyncDispose]();
          await rest[Symbol.asyncDispose]();
        }
      }
    });
  }

  test('an answer that is cut is none: a read runs again, a write fails with later', async () => {
    await front.inject({ match: 'SELECT 41', times: 1, kind: 'half' });
    assert.equal(codeOf(await ask('SELECT 41')), 'ok');
    await front.inject({ match: 'CREATE DATABASE once', times: 1, kind: 'cut' });
    const write = await engine.command('CREATE DATABASE once', { deadlineMs: 10_000 });
    assert.ok(!write.ok);
    assert.deepEqual([write.failure.code, write.failure.retry], ['unavailable', 'later']);
    await poll('the server to be ready', () => engine.check().state === 'ready');
    const again = await engine.command('CREATE DATABASE once', { deadlineMs: 10_000 });
    assert.match(messageOf(again), /already exists/);
  });

  test('a proxy that answers for a server that is away is no answer either', async () => {
    await front.inject({ match: 'SELECT 42', times: 1, kind: 'unavailable' });
    assert.equal(codeOf(await ask('SELECT 42')), 'ok');
    await front.inject({ match: 'SELECT 43', times: 9, kind: 'unavailable' });
    const refused = await ask('SELECT 43');
    assert.equal(codeOf(refused), 'unavailable');
    assert.match(messageOf(refused), /status 503/);
    await fetch(`${front.url}/fault`, { method: 'DELETE' });
    await poll('the server to be ready', () => engine.check().state === 'ready');
  });
});

describe('who may ask', () => {
  test('a wrong password is said in words, and the engine comes by itself when it is right', async () => {
    const wrong = make({ password: 'guess' });
    try {
      const started = await wrong.start();
      assert.ok(!started.ok);
      assert.equal(started.failure.retry, 'later');
      assert.match(started.failure.message, /does not let user "tracewright" in: the name or the password/);
      assert.equal(wrong.check().state, 'absent');
      assert.ok(!JSON.stringify(started).includes('guess'));
    } finally {
      await wrong[Symbol.asyncDispose]();
    }
  });

  test('a server that is too old, and one that is none, are refused with a sentence', async () => {
    await using old = await startFronts(1, { version: '24.3.1.1' });
    await using one = make({ urls: [old.fronts[0]?.url ?? ''] });
    assert.match(messageOf(await one.start()), /is ClickHouse 24\.3\.1\.1, and 25\.12 or later is needed/);
    await using none = make({ urls: ['http://127.0.0.1:9'] });
    assert.match(messageOf(await none.start()), /The server http:\/\/127\.0\.0\.1:9 does not answer: /);
  });

  test("@clickhouse/client's own ways in and out work at the front, which is what makes it a stand-in", async () => {
    const client = createClient({
      url: front.url,
      username: USER,
      password: PASSWORD,
      compression: { request: { codec: 'zstd' }, response: { codec: 'gzip' } },
      log: { level: ClickHouseLogLevel.OFF },
    });
    await client.command({ query: 'CREATE DATABASE IF NOT EXISTS own' });
    await client.command({ query: 'CREATE TABLE own.t (n UInt32, s String) ENGINE = MergeTree ORDER BY n' });
    await client.insert({
      table: 'own.t',
      values: [
        { n: 1, s: 'ä' },
        { n: 2, s: 'b' },
      ],
      format: 'JSONEachRow',
      columns: ['n', 's'],
    });
    const rows = await client.query({ query: 'SELECT * FROM own.t ORDER BY n', format: 'JSONEachRow' });
    assert.deepEqual(await rows.json(), [
      { n: 1, s: 'ä' },
      { n: 2, s: 'b' },
    ]);
    await assert.rejects(client.query({ query: 'SELECT * FROM own.nowhere' }), {
      code: '60',
      type: 'UNKNOWN_TABLE',
    });
    await client.close();
  });
});

describe('when the server goes away', () => {
  test('reads wait for its return within their deadline or fail at once while it is absent', async () => {
    const slow = ask('SELECT sleepEachRow(0.05) FROM numbers(20) SETTINGS max_block_size = 1');
    await poll('it to run', () => engine.check().running.search === 1);
    await front.kill();
    assert.equal(codeOf(await slow), 'unavailable');
    await poll('the engine to be absent', () => engine.check().state === 'absent');
    assert.equal(codeOf(await ask('SELECT 1')), 'unavailable');
    assert.match(engine.check().reason ?? '', /does not answer/);
    await front.start();
    await poll('the engine to be ready', () => engine.check().state === 'ready');
    assert.equal(codeOf(await ask('SELECT 1')), 'ok');
    assert.ok(engine.check().restarts >= 1);
  });

  test('the other replica takes over: reads run there, and a shard is absent only without any', async () => {
    const other = fronts.fronts[1] as Front;
    const pair = make({ urls: [front.url, other.url] });
    try {
      expectOk(await pair.start());
      const slow = pair.query({
        sql: 'SELECT sleepEachRow(0.05) FROM numbers(20) SETTINGS max_block_size = 1',
        class: 'id',
        deadlineMs: 20_000,
      });
      await poll('it to run', () => pair.check().running.id === 1);
      await front.kill();
      assert.equal(codeOf(await slow), 'ok');
      assert.equal(codeOf(await pair.query({ sql: 'SELECT 1', class: 'id', deadlineMs: 5000 })), 'ok');
      await other.kill();
      const gone = await pair.query({ sql: 'SELECT 1', class: 'id', deadlineMs: 5000 });
      assert.equal(codeOf(gone), 'unavailable');
      await front.start();
      await poll('the pair to be ready', () => pair.check().state === 'ready');
    } finally {
      await pair[Symbol.asyncDispose]();
    }
  });
});
