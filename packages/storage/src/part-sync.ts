/**
 * Part sync: whether parts are synced to the disk before an insert says that its rows are stored, and merged
 * parts before those that went into them are deleted. A property of the tables, so that it holds on a server too.
 */
import { failpoint, ok, type Result } from '@tracewright/std';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { DATABASE } from './schema/v0001.ts';

const SETTINGS = ['fsync_after_insert', 'fsync_part_directory', 'min_rows_to_fsync_after_merge'] as const;
const DEADLINE_MS = 30_000;

/** Changes the tables that are not so already. */
export async function setPartSync(engine: Engine, sync: boolean): Promise<Result<void>> {
  const answer = await engine.query({
    sql: `SELECT name, toUInt8(engine_full LIKE '%fsync_after_insert = 1%') AS synced FROM system.tables
WHERE database = '${DATABASE}' AND engine LIKE '%MergeTree' AND name != 'schema_migrations'`,
    class: 'write',
    deadlineMs: DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  const settings = SETTINGS.map((name) => `${name} = ${sync ? 1 : 0}`).join(', ');
  for (const block of blocks.value) {
    const names = block.strings('name');
    const synced = block.numbers('synced');
    for (let row = 0; row < block.rows; row++) {
      if ((synced[row] === 1) === sync) continue;
      failpoint('sync.set.begin');
      const set = await engine.command(
        `ALTER TABLE ${DATABASE}.${names.text(row)} MODIFY SETTING ${settings}`,
        {
          deadlineMs: DEADLINE_MS,
        },
      );
      if (!set.ok) return set;
      failpoint('sync.set.done');
    }
  }
  return ok(undefined);
}
