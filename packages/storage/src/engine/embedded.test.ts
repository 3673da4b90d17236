/** The supervisor and the engine's child: order, bounds, and what becomes of everything when the child dies. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '@tracewright/std';
import { createReader } from '../create-reader.ts';
import { decodeNativeBlocks } from '../native/decode.ts';
import { Random } from '../testing/random.ts';
import { makeSpan, NOON_NANO, spanId, traceId } from '../testing/rows.ts';
import { testDecoders, writeSegment } from '../testing/segments.ts';
import { countRows, expectOk, openTestStore, type TestStore } from '../testing/store.ts';
import { createEmbeddedEngine } from './embedded.ts';
import type { Engine, EngineAnswer, QueryClass } from './engine.ts';

let store: TestStore;
before(async () => {
  store = await openTestStore({ waitingMax: { write: 4, id: 4, search: 4, scan: 2 } });
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

function ask(
  sql: string,
  options: { readonly class?: QueryClass; readonly deadlineMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Result<EngineAnswer>> {
  return store.engine.query({ sql, class: 'search', deadlineMs: 10_000, ...options });
}

function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

async function poll(what: string, holds: () => boolean, deadlineMs: number = 10_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!holds()) {
    assert.ok(performance.now() < end, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const SLOW = 'SELECT sleepEachRow(0.05) FROM numbers(10) SETTINGS max_block_size = 1';

describe('bounds', () => {
  test('a deadline counts running and waiting, and frees the asker in time', async () => {
    const from = performance.now();
    assert.equal(
      codeOf(await ask('SELECT sum(sipHash64(number)) FROM numbers(10000000000)', { deadlineMs: 200 })),
      'deadline',
    );
    assert.ok(performance.now() - from < 2000);
    await poll('the session to be free', () => store.engine.check().running.search === 0);
  });

  test('memory and rows beyond the bounds fail as such, and the engine goes on', async () => {
    const memory = await store.engine.query({
      sql: 'SELECT groupArray(number) FROM numbers(100000000)',
      class: 'scan',
      deadlineMs: 20_000,
      memoryBytesMax: 50_000_000,
    });
    assert.equal(codeOf(memory), 'resource');
    const rows = await store.engine.query({
      sql: 'SELECT number FROM numbers(1000)',
      class: 'scan',
      deadlineMs: 20_000,
      rowsMax: 100,
    });
    assert.equal(codeOf(rows), 'resource');
    assert.equal(codeOf(await ask('SELECT 1')), 'ok');
  });

  test('a faulty statement is our fault, and says so', async () => {
    const result = await ask('SELECT nothing FROM tracewright.nowhere');
    assert.ok(!result.ok);
    assert.deepEqual([result.failure.code, result.failure.retry], ['internal', 'never']);
  });

  test('queues are bounded; what is aborted while it waits never runs', async () => {
    const slow = [ask(SLOW), ask(SLOW)];
    const abort = new AbortController();
    const waiting = [
      ask('SELECT 1'),
      ask('SELECT 2'),
      ask('SELECT 3'),
      ask('SELECT 4', { signal: abort.signal }),
    ];
    assert.equal(codeOf(await ask('SELECT 5')), 'overloaded');
    abort.abort();
    assert.equal(codeOf(await (waiting[3] as Promise<Result<EngineAnswer>>)), 'cancelled');
    assert.equal(codeOf(await ask('SELECT 6', { signal: abort.signal })), 'cancelled');
    assert.equal(store.engine.check().waiting.search, 3);
    assert.deepEqual((await Promise.all([...slow, ...waiting.slice(0, 3)])).map(codeOf), Array(5).fill('ok'));
  });

  test('a trace by id finds a session while searches and scans hold theirs', async () => {
    const busy = [
      ask(SLOW),
      ask(SLOW),
      ask(SLOW),
      ask(SLOW, { class: 'scan' }),
      ask(SLOW, { class: 'scan' }),
    ];
    const order: string[] = [];
    void Promise.all(busy.map((one) => one.then(() => order.push('busy'))));
    await ask('SELECT 1', { class: 'id' });
    order.push('id');
    assert.deepEqual(order, ['id']);
    const { running } = store.engine.check();
    assert.deepEqual([running.search, running.scan], [2, 0]);
    await Promise.all(busy);
  });

  test('answers of many blocks come whole, block by block', async () => {
    const blocks: Uint8Array[] = [];
    const sql = "SELECT number, repeat('x', 50) AS text FROM numbers(500000)";
    const answer = await store.engine.query({
      sql,
      class: 'scan',
      deadlineMs: 30_000,
      onBlock: (block) => blocks.push(block),
    });
    assert.ok(answer.ok);
    assert.equal(answer.value.blocks.length, 0);
    assert.ok(blocks.length > 1);
    let next = 0n;
    for (const block of expectOk(decodeNativeBlocks(blocks))) {
      const numbers = block.bigs('number');
      const texts = block.strings('text');
      for (let row = 0; row < block.rows; row++) assert.equal(numbers[row], next++);
      assert.equal(texts.text(block.rows - 1), 'x'.repeat(50));
    }
    assert.equal(next, 500_000n);
  });
});

describe('what nobody waits for any more', () => {
  const ENDLESS = 'SELECT sum(sipHash64(number)) FROM numbers(100000000000)';
  // Without the bound that a deadline sets in the engine by itself.
  const settings = { max_execution_time: 0 };

  test('ends in the engine, and its session runs the next statement', async () => {
    await using one = await openTestStore({ readSessions: 1 });
    const read = (sql: string, options: Partial<Parameters<Engine['query']>[0]> = {}) =>
      one.engine.query({ sql, class: 'search', deadlineMs: 60_000, ...options });
    const running = async (): Promise<number> => {
      const answer = await one.engine.query({
        sql: "SELECT toUInt32(count()) AS n FROM system.processes WHERE query LIKE '%sipHash64(number)%' AND query NOT LIKE '%system.processes%' AND NOT is_cancelled",
        class: 'write',
        deadlineMs: 10_000,
      });
      return expectOk(decodeNativeBlocks(expectOk(answer).blocks))[0]?.numbers('n')[0] ?? -1;
    };
    const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
      for (const endsAtMs = performance.now() + 30_000; !(await holds()); await sleep(20))
        assert.ok(performance.now() < endsAtMs, `It does not come to this: ${what}`);
    };
    const abort = new AbortController();
    const asked = read(ENDLESS, { settings, signal: abort.signal });
    await until('the statement runs', async () => (await running()) === 1);
    abort.abort();
    assert.equal(codeOf(await asked), 'cancelled');
    await until('its session is free', () => one.engine.check().running.search === 0);
    assert.equal(await running(), 0);
    // Given up before the engine can have heard of it.
    const hasty = new AbortController();
    const never = read(ENDLESS, { settings, signal: hasty.signal });
    hasty.abort();
    assert.equal(codeOf(await never), 'cancelled');
    assert.equal(codeOf(await read(ENDLESS, { settings, deadlineMs: 300 })), 'deadline');
    await until('its session is free', () => one.engine.check().running.search === 0);
    const others = expectOk(
      await read("SELECT toUInt32(count()) AS n FROM system.processes WHERE query LIKE '%numbers(1000%'"),
    );
    // The one that asks, and nothing else.
    assert.equal(expectOk(decodeNativeBlocks(others.blocks))[0]?.numbers('n')[0], 1);
    assert.equal(one.engine.check().restarts, 0);
  });
});

describe('when the child is killed', () => {
  function kill(): number {
    const { pid } = store.engine;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Until another child has taken the place of the one that was killed. */
  function replaced(pid: number): Promise<void> {
    const { engine } = store;
    const isBack = (): boolean =>
      engine.pid !== undefined && engine.pid !== pid && engine.check().state === 'ready';
    return poll('the engine to be back', isBack, 30_000);
  }

  test('reads that ran are repeated, reads that waited wait on', async () => {
    const running = [ask(SLOW), ask(SLOW)];
    const waiting = ask('SELECT 1');
    await poll('both to run', () => store.engine.check().running.search === 2);
    kill();
    assert.deepEqual((await Promise.all([...running, waiting])).map(codeOf), ['ok', 'ok', 'ok']);
    assert.ok(store.engine.check().restarts >= 1);
  });

  test('a read that gave blocks away is not repeated', async () => {
    let blocks = 0;
    const read = store.engine.query({
      sql: 'SELECT number, sleepEachRow(0.02) FROM numbers(200) SETTINGS max_block_size = 1',
      class: 'search',
      deadlineMs: 20_000,
      onBlock: () => {
        if (blocks++ === 0) kill();
      },
    });
    const result = await read;
    assert.ok(!result.ok);
    assert.deepEqual([result.failure.code, result.failure.retry], ['unavailable', 'later']);
    assert.ok(blocks < 200);
  });

  test('a trace that was half read is read again', async () => {
    const spans = Array.from({ length: 30_000 }, (_, at) =>
      makeSpan({ traceId: traceId(0xa1f), spanId: spanId(at + 1) }),
    );
    await store.store(NOON_NANO / 1000n - 1n, { tenant: 'half', spans });
    const { engine } = store;
    let killed: number | undefined;
    const reader = createReader({
      ...testDecoders,
      engine: {
        ...engine,
        query: (query) =>
          engine.query({
            ...query,
            ...(query.onBlock === undefined
              ? {}
              : {
                  onBlock: (block) => {
                    query.onBlock?.(block);
                    killed ??= kill();
                  },
                }),
          }),
      },
    });
    const lookup = { kind: 'traceLookup', tenant: 'half', traceId: traceId(0xa1f), lowOnly: false } as const;
    const read = expectOk(await reader.trace(lookup));
    assert.ok(killed !== undefined);
    assert.equal(read.length, spans.length);
    await replaced(killed);
  });

  test('a write that ran fails with later', async () => {
    const write = store.engine.command(
      'INSERT INTO tracewright.schema_migrations (version) SELECT 0 FROM numbers(20) WHERE sleepEachRow(0.1) = 1',
      { deadlineMs: 20_000 },
    );
    await poll('the write to run', () => store.engine.check().running.write === 1);
    const pid = kill();
    const result = await write;
    assert.ok(!result.ok);
    assert.equal(result.failure.retry, 'later');
    await replaced(pid);
  });

  test('in mid-insert: every row of every segment, once, when it is inserted again until it works', async () => {
    const random = new Random(7);
    const rows = 20_000;
    const spans = Array.from({ length: rows }, (_, at) =>
      makeSpan({ traceId: traceId(at >> 3 || 1), spanId: spanId(at + 1) }),
    );
    const rounds = 6;
    for (let round = 0; round < rounds; round++) {
      const id = NOON_NANO / 1000n + BigInt(round);
      const segment = writeSegment(store.folder, id, { spans }, 5000);
      const first = store.writer.insert(segment);
      const delayMs = random.below(150);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      const pid = kill();
      let result = await first;
      for (let attempt = 0; !result.ok && attempt < 200; attempt++) {
        assert.equal(result.failure.retry, 'later');
        await new Promise((resolve) => setTimeout(resolve, 20));
        result = await store.writer.insert(segment);
      }
      assert.ok(result.ok);
      await replaced(pid);
    }
    assert.equal(await countRows(store, 'spans', `tenant = 'default'`), rows * rounds);
    const trace = expectOk(
      await store.reader.trace({
        kind: 'traceLookup',
        tenant: 'default',
        traceId: traceId(5),
        lowOnly: false,
      }),
    );
    assert.equal(trace.length, 8);
  });
});

describe('start and stop', () => {
  test('a folder that cannot be used leaves the engine absent with the reason, and retrying', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracewright-engine-'));
    const path = join(folder, 'file');
    writeFileSync(path, 'a file, not a folder');
    const engine = createEmbeddedEngine({ path });
    try {
      const started = await engine.start();
      assert.ok(!started.ok);
      assert.equal(started.failure.code, 'unavailable');
      assert.equal(engine.check().state, 'absent');
      const read = await engine.query({ sql: 'SELECT 1', class: 'id', deadlineMs: 1000 });
      assert.ok(!read.ok);
      assert.equal(read.failure.retry, 'later');
      rmSync(path);
      await poll('the engine to be ready', () => engine.check().state === 'ready', 20_000);
    } finally {
      await engine[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('after a graceful stop everything is refused, and the folder opens again with its rows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracewright-engine-'));
    const open = async (): Promise<Engine> => {
      const engine = createEmbeddedEngine({ path: folder });
      expectOk(await engine.start());
      return engine;
    };
    try {
      const first = await open();
      expectOk(await first.command('CREATE DATABASE d', { deadlineMs: 5000 }));
      expectOk(
        await first.command('CREATE TABLE d.t ENGINE = MergeTree ORDER BY n AS SELECT 1 AS n', {
          deadlineMs: 5000,
        }),
      );
      await first[Symbol.asyncDispose]();
      assert.equal(
        codeOf(await first.query({ sql: 'SELECT 1', class: 'id', deadlineMs: 1000 })),
        'unavailable',
      );
      const second = await open();
      const answer = expectOk(
        await second.query({ sql: 'SELECT n FROM d.t', class: 'id', deadlineMs: 5000 }),
      );
      assert.equal(expectOk(decodeNativeBlocks(answer.blocks))[0]?.numbers('n')[0], 1);
      await second[Symbol.asyncDispose]();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('the child ends when its supervisor is killed, so that the next one finds the folder free', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracewright-engine-'));
    const module = new URL('./embedded.ts', import.meta.url).href;
    const program = `
      import { createEmbeddedEngine } from ${JSON.stringify(module)};
      const engine = createEmbeddedEngine({ path: ${JSON.stringify(folder)} });
      await engine.start();
      void engine.query({ sql: 'SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1', class: 'id', deadlineMs: 60000 });
      console.log(engine.pid);
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
      assert.ok(isAlive(pid));
      parent.kill('SIGKILL');
      await poll('the child to end', () => !isAlive(pid));
      const engine = createEmbeddedEngine({ path: folder });
      expectOk(await engine.start());
      await engine[Symbol.asyncDispose]();
    } finally {
      parent.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
