/**
 * A store whose tables are there and whose version is not noted, as a kill in the first migration leaves it, or a power
 * cut after it: whichever version made the tables, it ends with all that this version asks for, and loses nothing.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TraceId } from '@tracewright/model';
import { createReader } from './create-reader.ts';
import { createEmbeddedEngine, type EmbeddedEngineHandle } from './engine/embedded.ts';
import { MIGRATIONS, migrate } from './migrate.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { V0001 } from './schema/v0001.ts';
import { FRESH_V0002 } from './schema/v0002.ts';
import { makeSpan, traceId } from './testing/rows.ts';
import { testDecoders, writeSegment } from './testing/segments.ts';
import { expectOk } from './testing/store.ts';
import { fillTraceSegments } from './trace-segments.ts';
import { createWriter } from './writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracewright-migrate-cut-'));
let engine: EmbeddedEngineHandle;
before(async () => {
  engine = createEmbeddedEngine({ path: join(folder, 'engine') });
  expectOk(await engine.start());
});
after(async () => {
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function command(sql: string): Promise<void> {
  expectOk(await engine.command(sql, { deadlineMs: 20_000 }));
}

/** Every table as it is: columns, indexes, key, engine and settings. */
async function shape(): Promise<ReadonlyMap<string, string>> {
  const sql =
    "SELECT name, create_table_query AS words FROM system.tables WHERE database = 'tracewright' ORDER BY name";
  const answer = expectOk(await engine.query({ sql, class: 'scan', deadlineMs: 10_000 }));
  return new Map(
    expectOk(decodeNativeBlocks(answer.blocks)).flatMap((block) => {
      const [names, words] = [block.strings('name'), block.strings('words')];
      return Array.from({ length: block.rows }, (_, row): [string, string] => [
        names.text(row),
        words.text(row),
      ]);
    }),
  );
}

async function begin(statements: readonly string[]): Promise<void> {
  await command('DROP DATABASE IF EXISTS tracewright SYNC');
  if (statements.length > 0) await command('CREATE DATABASE tracewright');
  for (const statement of statements) await command(statement);
}

test('wherever the first migration was cut off, by version 1 or 2, all tables come out right', async () => {
  await begin([]);
  expectOk(await migrate(engine, MIGRATIONS.slice(0, 1)));
  expectOk(await migrate(engine));
  const upgraded = await shape();
  await begin([]);
  expectOk(await migrate(engine));
  const fresh = await shape();
  assert.notEqual(upgraded.get('spans'), fresh.get('spans'), 'the two are told apart');

  for (const [statements, expected] of [
    [V0001, upgraded],
    [FRESH_V0002, fresh],
  ] as const) {
    // The table of spans alone, some, and all.
    for (const done of [1, Math.ceil(statements.length / 2), statements.length]) {
      await begin(statements.slice(0, done));
      assert.equal(expectOk(await migrate(engine)).to, 2);
      const came = new Map(await shape());
      const where = `after statement ${done} of ${statements.length}`;
      // What the first version had not made yet, the second makes as its own.
      const isOwn = done < 2 && came.get('logs') === fresh.get('logs');
      assert.deepEqual(came, isOwn ? new Map(expected).set('logs', came.get('logs') ?? '') : expected, where);
    }
  }
});

test('rows of a store of version 1 whose version was lost are found, before and after they are entered', async () => {
  await begin([]);
  expectOk(await migrate(engine, MIGRATIONS.slice(0, 1)));
  const writer = createWriter({ engine });
  const reader = createReader({ engine, ...testDecoders });
  const ids = [1, 2, 3].map((at) => traceId(at));
  for (const [at, id] of ids.entries()) {
    const segment = writeSegment(folder, 1_795_478_400_000_000n + BigInt(at), {
      spans: [makeSpan({ traceId: id })],
    });
    expectOk(await writer.insert(segment));
  }
  await command('TRUNCATE TABLE tracewright.schema_migrations');
  assert.deepEqual(expectOk(await migrate(engine)), { from: 0, to: 2 });
  const found = async (id: TraceId): Promise<number> =>
    expectOk(await reader.trace({ kind: 'traceLookup', tenant: 'default', traceId: id, lowOnly: false }))
      .length;
  for (const id of ids) assert.equal(await found(id), 1);
  assert.equal(expectOk(await fillTraceSegments(engine)), 3);
  for (const id of ids) assert.equal(await found(id), 1);
});
