/** Migrations: applied once, safe to repeat, and a later store is left alone. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createEmbeddedEngine, type EmbeddedEngineHandle } from './engine/embedded.ts';
import { MIGRATIONS, type Migration, migrate } from './migrate.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { V0001 } from './schema/v0001.ts';
import { expectOk } from './testing/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracewright-migrate-'));
let engine: EmbeddedEngineHandle;
before(async () => {
  engine = createEmbeddedEngine({ path: folder });
  expectOk(await engine.start());
});
after(async () => {
  await engine[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function texts(sql: string): Promise<string[]> {
  const answer = expectOk(await engine.query({ sql, class: 'scan', deadlineMs: 10_000 }));
  return expectOk(decodeNativeBlocks(answer.blocks)).flatMap((block) => {
    const column = block.strings('text');
    return Array.from({ length: block.rows }, (_, row) => column.text(row));
  });
}

test('killed in the middle, a migration is done again from its beginning', async () => {
  const broken: Migration = { version: 1, statements: [...V0001.slice(0, 3), 'CREATE TABLE nonsense'] };
  const first = await migrate(engine, [broken]);
  assert.ok(!first.ok);
  process.kill(engine.pid ?? 0, 'SIGKILL');
  const end = performance.now() + 20_000;
  let again = await migrate(engine);
  while (!again.ok && again.failure.retry === 'later' && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    again = await migrate(engine);
  }
  assert.deepEqual(expectOk(again), { from: 0, to: 2 });
});

test('a second time there is nothing to do', async () => {
  assert.deepEqual(expectOk(await migrate(engine)), { from: 2, to: 2 });
  assert.deepEqual(await texts('SELECT toString(version) AS text FROM tracewright.schema_migrations'), ['2']);
});

test('later versions are applied in order, and a program that does not know them refuses', async () => {
  const later: Migration = {
    version: 3,
    statements: ['ALTER TABLE tracewright.operations ADD COLUMN IF NOT EXISTS extra UInt8'],
  };
  assert.deepEqual(expectOk(await migrate(engine, [...MIGRATIONS, later])), { from: 2, to: 3 });
  const refused = await migrate(engine);
  assert.ok(!refused.ok);
  assert.equal(refused.failure.code, 'unsupported');
  assert.match(refused.failure.message, /schema version 3/);
});

test('every table begins its key with the tenant', async () => {
  const keys = await texts(`SELECT sorting_key AS text FROM system.tables
WHERE database = 'tracewright' AND engine LIKE '%MergeTree' AND name NOT IN ('schema_migrations', 'trace_segments_missing')`);
  assert.equal(keys.length, 6);
  for (const key of keys) assert.ok(key.startsWith('tenant, '), key);
});
