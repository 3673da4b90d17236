/**
 * The embedded engine's configuration file: what bounds its memory and threads. The defaults of the engine
 * suppose a machine of its own (nine tenths of the memory, five gigabytes for each of three caches).
 */

export type EmbeddedLimits = {
  /** All of the engine's own allocations together; statements above it fail, the process does not. */
  readonly memoryBytesMax: number;
  /** Merges stop being started above this. */
  readonly mergeMemoryBytesMax: number;
  readonly markCacheBytes: number;
  readonly primaryIndexCacheBytes: number;
  readonly indexMarkCacheBytes: number;
  readonly threadsMax: number;
};

const MEBIBYTE = 1024 * 1024;

export const EMBEDDED_LIMITS: EmbeddedLimits = {
  memoryBytesMax: 1400 * MEBIBYTE,
  mergeMemoryBytesMax: 600 * MEBIBYTE,
  markCacheBytes: 64 * MEBIBYTE,
  primaryIndexCacheBytes: 64 * MEBIBYTE,
  indexMarkCacheBytes: 64 * MEBIBYTE,
  threadsMax: 256,
};

/** Up to so many rows a merge reads and writes all columns at once, and not one after the other. */
const HORIZONTAL_ROWS_MAX = 2_500_000;

/**
 * However many parts are broken at a start, each is set aside and the others are served. A disk that no volume has
 * is not searched for parts: that of a cold tier that is away is left alone.
 *
 * Merges make no statistics, which no question here is planned by. The first ones go over all columns at once:
 * to look for each by itself in small parts takes a tenth longer. Their many buffers begin small.
 */
const MERGE_TREE = `  <merge_tree>
    <search_orphaned_parts_disks>none</search_orphaned_parts_disks>
    <max_suspicious_broken_parts>1000000</max_suspicious_broken_parts>
    <max_suspicious_broken_parts_bytes>${2 ** 53}</max_suspicious_broken_parts_bytes>
    <auto_statistics_types></auto_statistics_types>
    <vertical_merge_algorithm_min_rows_to_activate>${HORIZONTAL_ROWS_MAX}</vertical_merge_algorithm_min_rows_to_activate>
    <min_columns_to_activate_adaptive_write_buffer>1</min_columns_to_activate_adaptive_write_buffer>
  </merge_tree>`;

/** Parts below this are written with LZ4: a merge will soon read and write them again. */
const SMALL_PART_BYTES = 40_000_000;

const COMPRESSION = `  <compression><case>
    <min_part_size>${SMALL_PART_BYTES}</min_part_size>
    <min_part_size_ratio>0</min_part_size_ratio>
    <method>zstd</method>
    <level>1</level>
  </case></compression>`;

/** `volumes` is what the configuration says of further volumes; empty for the one that always is. */
export function printEmbeddedConfig(limits: EmbeddedLimits, volumes: string = ''): string {
  const settings: Readonly<Record<string, number>> = {
    max_server_memory_usage: limits.memoryBytesMax,
    merges_mutations_memory_usage_soft_limit: limits.mergeMemoryBytesMax,
    mark_cache_size: limits.markCacheBytes,
    primary_index_cache_size: limits.primaryIndexCacheBytes,
    index_mark_cache_size: limits.indexMarkCacheBytes,
    uncompressed_cache_size: 0,
    index_uncompressed_cache_size: 0,
    compiled_expression_cache_size: 8 * MEBIBYTE,
    query_condition_cache_size: 16 * MEBIBYTE,
    max_thread_pool_size: limits.threadsMax,
    // A table dropped by a migration gives its space back at once.
    database_atomic_delay_before_drop_table_sec: 0,
  };
  const lines = Object.entries(settings).map(([name, value]) => `  <${name}>${Math.floor(value)}</${name}>`);
  return `<clickhouse>\n${lines.join('\n')}\n${MERGE_TREE}\n${COMPRESSION}\n${volumes}</clickhouse>\n`;
}
