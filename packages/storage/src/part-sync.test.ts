/**
 * Part sync: on in every table of records and of what is derived from them, in new stores and in older ones, and at
 * work before an insert says that its rows are safe.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmbeddedEngine } from './engine/embedded.ts';
import type { Engine } from './engine/engine.ts';
import { MIGRATIONS, type Migration, migrate } from './migrate.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { makeLog, makeSpan, spanId } from './testing/rows.ts';
import { writeSegment } from './testing/segments.ts';
import { expectOk } from './testing/store.ts';
import { createWriter } from './writer.ts';

const TABLES = ['log_services', 'logs', 'operations', 'shared', 'spans', 'trace_segments'];
const SYNCED = ['fsync_after_insert = 1', 'fsync_part_directory = 1', 'min_rows_to_fsync_after_merge = 1'];
const FIRST_SEGMENT = 1_795_478_400_000_000n;

const STORES: Readonly<Record<string, readonly (readonly Migration[])[]>> = {
  'a new store': [MIGRATIONS],
  'a store of version 1 that was migrated': [MIGRATIONS.slice(0, 1), MIGRATIONS],
};

for (const [what, versions] of Object.entries(STORES)) {
  test(`${what} syncs parts of every table before an insert is done, and stops when it need not`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracewright-part-sync-'));
    const engine = createEmbeddedEngine({ path: join(folder, 'engine') });
    try {
      expectOk(await engine.start());
      for (const [at, migrations] of versions.entries()) {
        expectOk(await migrate(engine, migrations));
        await insert(engine, folder, FIRST_SEGMENT + BigInt(at), true);
      }
      const tables = await settings(engine);
      for (const table of TABLES) {
        for (const setting of SYNCED)
          assert.ok(tables.get(table)?.includes(setting), `${table}: ${setting}: ${tables.get(table)}`);
      }
      const before = await syncs(engine);
      const segment = FIRST_SEGMENT + 10n;
      await insert(engine, folder, segment, true);
      const after = await syncs(engine);
      for (const table of TABLES) {
        const sql = `SELECT count() AS number FROM tracewright.${table} WHERE segment = ${segment}`;
        assert.notEqual((await numbers(engine, sql))[0], 0n, `the insert wrote to ${table}`);
      }
      // Of each part the data and what describes it are several files.
      assert.ok(
        after.files - before.files > TABLES.length,
        `${after.files - before.files} files were synced`,
      );
      assert.ok(after.folders - before.folders >= TABLES.length, 'and the folder of each part');

      // Merged parts, too, before those that went into them may go.
      const beforeMerge = await syncs(engine);
      expectOk(await engine.command('OPTIMIZE TABLE tracewright.spans FINAL', { deadlineMs: 20_000 }));
      assert.ok((await syncs(engine)).files > beforeMerge.files);

      await insert(engine, folder, FIRST_SEGMENT + 20n, false);
      const unsynced = await syncs(engine);
      await insert(engine, folder, FIRST_SEGMENT + 21n, false);
      assert.equal((await syncs(engine)).files, unsynced.files);
    } finally {
      await engine[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Inserts a segment with spans and log records. */
async function insert(engine: Engine, folder: string, id: bigint, sync: boolean): Promise<void> {
  const spans = [1, 2, 3].map((at) => makeSpan({ spanId: spanId(at), name: `of ${id}` }));
  const segment = writeSegment(folder, id, { spans, logs: [makeLog({})] });
  expectOk(await createWriter({ engine, sync }).insert(segment));
}

async function syncs(engine: Engine): Promise<{ files: bigint; folders: bigint }> {
  const [files = 0n, folders = 0n] = await numbers(
    engine,
    `SELECT arrayJoin([sumIf(value, event = 'FileSync'), sumIf(value, event = 'DirectorySync')]) AS number FROM system.events`,
  );
  return { files, folders };
}

async function numbers(engine: Engine, sql: string): Promise<readonly bigint[]> {
  const answer = expectOk(await engine.query({ sql, class: 'scan', deadlineMs: 10_000 }));
  return expectOk(decodeNativeBlocks(answer.blocks)).flatMap((block) => [...block.bigs('number')]);
}

async function settings(engine: Engine): Promise<ReadonlyMap<string, string>> {
  const sql = "SELECT name, engine_full AS words FROM system.tables WHERE database = 'tracewright'";
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
