// What the program's writer sets for each insert: one block, so one part, a segment. Variants begin with it.

export const INSERT_SETTINGS: Readonly<Record<string, number>> = {
  max_threads: 1,
  max_insert_threads: 1,
  min_insert_block_size_rows: 1_000_000_000,
  min_insert_block_size_bytes: 4_000_000_000,
  max_insert_block_size: 1_000_000_000,
  async_insert: 0,
  optimize_on_insert: 0,
};
