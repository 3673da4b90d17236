// How segments are inserted: as one block into a compact part, without waiting for the disk, is in use.

import { type Choice, IN_USE, type Variant, withSettings } from '../variants.ts';

function insert(name: string, what: string, insertSettings: Variant['insertSettings']): Variant {
  return { ...IN_USE, name, what, insertSettings };
}

const SYNC = { fsync_after_insert: '1', fsync_part_directory: '1' } as const;

export const insertChoice: Choice = {
  name: 'insert',
  summary: 'how segments are inserted: blocks, threads, parts, fsync',
  spans: 1_000_000,
  variants: [
    IN_USE,
    insert('default-blocks', "the engine's own block sizes and threads", {
      max_threads: 2,
      max_insert_threads: 0,
      min_insert_block_size_rows: 1_048_449,
      min_insert_block_size_bytes: 268_402_944,
      max_insert_block_size: 1_048_449,
    }),
    insert('small-blocks', 'blocks of 8,192 rows, a part each', {
      min_insert_block_size_rows: 8_192,
      min_insert_block_size_bytes: 0,
      max_insert_block_size: 8_192,
    }),
    insert('optimize-on-insert', 'optimize_on_insert = 1', { optimize_on_insert: 1 }),
    { ...IN_USE, name: 'filters-by-merges', what: 'filters left to merges', filtersByMerges: true },
    { ...IN_USE, name: 'two-at-once', what: 'two inserts at the same time', inserters: 2 },
    withSettings('sync', 'parts synced before an insert ends (wal.sync: group)', {
      ...SYNC,
      min_rows_to_fsync_after_merge: '1',
    }),
    withSettings('wide-parts', 'new parts wide at once', { min_bytes_for_wide_part: '0' }),
    withSettings('wide-parts-sync', 'new parts wide at once, and synced', {
      ...SYNC,
      min_rows_to_fsync_after_merge: '1',
      min_bytes_for_wide_part: '0',
    }),
    withSettings('compact-for-ever', 'parts never wide', { min_bytes_for_wide_part: '1099511627776' }),
    withSettings('no-dedup-window', 'without memory of inserted tokens', {
      non_replicated_deduplication_window: '0',
    }),
  ],
};
