/**
 * Schema version 2: where the spans of a trace are, and which of a span's columns hold anything.
 * docs/adr/0008-reading-few-columns.md says why.
 *
 * A new store gets its tables as `FRESH` makes them. An older one keeps its table of spans, filter of trace ids
 * included, and gets the rest; rows that were there before are entered into `trace_segments` in the
 * background (trace-segments.ts), and are found by the filter until then. Every statement may be repeated.
 */
import { PROMOTED_ATTRIBUTES } from '@tracewright/model';
import {
  BY_ARRIVAL_DAY,
  DATABASE,
  isManyValued,
  LOG_TABLE_COLUMNS,
  LOG_TABLE_INDEXES,
  MERGE_TREE_SETTINGS,
  SPAN_COLUMNS,
  SPAN_TABLE_COLUMNS,
  SPAN_TABLE_INDEXES,
  V0001,
  ROLLUPS as VIEWS_OF_V0001,
} from './v0001.ts';

/** Columns that are empty in most spans, and when a span has something in them. */
type OptionalColumns = { readonly columns: readonly string[]; readonly isFilled: string };

function optional(column: string, isFilled: string = `${column} != 0`): OptionalColumns {
  return { columns: [column], isFilled };
}

/** The place of an entry is its bit in `filled`, for ever. */
export const OPTIONAL_COLUMNS: readonly OptionalColumns[] = [
  ...['few', 'str', 'int', 'double', 'bool', 'other'].map((map) =>
    optional(`attrs_${map}`, `notEmpty(attrs_${map})`),
  ),
  optional('trace_state', "trace_state != ''"),
  optional('flags'),
  optional('status_message', "status_message != ''"),
  optional('dropped_attributes'),
  optional('dropped_events'),
  optional('dropped_links'),
  { columns: ['weight', 'weight_known'], isFilled: '(weight != 1 OR weight_known != 0)' },
  { columns: ['event_time_nano', 'event_name', 'event_dropped'], isFilled: 'notEmpty(event_name)' },
  {
    columns: ['link_trace_id', 'link_span_id', 'link_trace_state', 'link_dropped', 'link_flags'],
    isFilled: 'notEmpty(link_trace_id)',
  },
  {
    columns: ['nested_owner', 'nested_key', 'nested_type', 'nested_value'],
    isFilled: 'notEmpty(nested_key)',
  },
  ...PROMOTED_ATTRIBUTES.map(({ column, type }) =>
    optional(column, type === 'status' ? `${column} != 0` : `${column} != ''`),
  ),
];

const OPTIONAL_NAMES: ReadonlySet<string> = new Set(OPTIONAL_COLUMNS.flatMap(({ columns }) => columns));

/** What is read of every span. */
export const ALWAYS_COLUMNS: readonly string[] = SPAN_COLUMNS.split(', ').filter(
  (column) => !OPTIONAL_NAMES.has(column),
);

/** Of a part that was written before there was the column, the engine computes it from the others. */
const FILLED = `filled UInt64 MATERIALIZED toUInt64(${OPTIONAL_COLUMNS.map(
  ({ isFilled }, bit) => `(${isFilled}) * ${2n ** BigInt(bit)}`,
).join(' + ')}) CODEC(ZSTD(1))`;

/** Why a sampler kept the trace, beside which one did (`decision`). */
const DECISION_REASON = 'decision_reason LowCardinality(String) CODEC(ZSTD(1))';

/**
 * The codec that the engine has for a part of its size: the fast one for what an insert writes and a merge will
 * soon write again, ZSTD for the rest (embedded-config.ts; for a server, server-dialect.ts).
 */
function bySize(column: string): string {
  return column.replace('ZSTD(1)', 'Default');
}

/** Keys of which most spans have some: every granule has nearly all of them. */
const COMMON_KEYS: ReadonlySet<string> = new Set(['i_few_keys', 'i_str_keys', 'i_int_keys']);

/**
 * The filters of a new store. A column of few values has them all in every granule, and so has a map its common keys:
 * filters of these are half of the work of all, and leave nothing out. Values in the maps still have one each
 * (compile/attribute.ts); a rare one in a column of few values is looked for by reading that column.
 */
function isWorthMaking(index: string): boolean {
  const name = /^INDEX (\w+) /.exec(index)?.[1] ?? '';
  if (COMMON_KEYS.has(name)) return false;
  return PROMOTED_ATTRIBUTES.every(({ key, column }) => name !== `i_${column}` || isManyValued(key));
}

/**
 * Merges wait for so many parts: a row is then written once or twice in its first hours instead of three to
 * five times, and there are up to so many parts of each size. The engine would let them have fewer than that where
 * there are nearly too many parts, and none would ever come to be.
 */
const MERGE_PARTS_MIN = 16;
const FEWER_MERGES = `min_parts_to_merge_at_once = ${MERGE_PARTS_MIN}, merge_selector_enable_heuristic_to_lower_max_parts_to_merge_at_once = 0`;

/**
 * Every index has a granule for each of the table's. Coarser ones are not possible: a disjunction over several
 * indexes (engine 26.7) then goes by one granule in two only, which reads half of the table or skips what it must not.
 */
const spans = `CREATE TABLE IF NOT EXISTS ${DATABASE}.spans
(
  ${[
    ...[...SPAN_TABLE_COLUMNS, DECISION_REASON, FILLED].map(bySize),
    ...SPAN_TABLE_INDEXES.filter(isWorthMaking),
  ].join(',\n  ')}
)
ENGINE = MergeTree
${BY_ARRIVAL_DAY}
ORDER BY (tenant, segment, trace_id)
SETTINGS ${MERGE_TREE_SETTINGS}`;

const logs = `CREATE TABLE IF NOT EXISTS ${DATABASE}.logs
(
  ${[...LOG_TABLE_COLUMNS.map(bySize), ...LOG_TABLE_INDEXES.filter(isWorthMaking)].join(',\n  ')}
)
ENGINE = MergeTree
${BY_ARRIVAL_DAY}
ORDER BY (tenant, segment, service, time_nano)
SETTINGS ${MERGE_TREE_SETTINGS}`;

/** The last four bytes of a trace id: known also of an id of which only the low half is. */
export const TRACE_KEY = 'reinterpretAsUInt32(substring(trace_id, 13, 4))';

/** In which segments a trace has spans. A key that two traces share costs a look at a granule more. */
const traceSegments = `CREATE TABLE IF NOT EXISTS ${DATABASE}.trace_segments
(
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  key UInt32 CODEC(Delta, ZSTD(1)),
  segment UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
${BY_ARRIVAL_DAY}
ORDER BY (tenant, key, segment)
SETTINGS index_granularity = 1024, min_compress_block_size = 16384, non_replicated_deduplication_window = 1000`;

/**
 * Up to which segment `trace_segments` may lack rows: the newest row counts, zero or none means that it lacks
 * nothing. `cause` names the lost part of it that was the reason.
 */
const traceSegmentsMissing = `CREATE TABLE IF NOT EXISTS ${DATABASE}.trace_segments_missing
(
  at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
  until UInt64,
  cause String
)
ENGINE = MergeTree
ORDER BY at`;

/** What is derived from the rows that `select` finds, by views and when a replay or a repair writes it again. */
export const ROLLUPS: Readonly<
  Record<'spans' | 'logs', readonly { readonly target: string; readonly select: string }[]>
> = {
  spans: [
    VIEWS_OF_V0001.spans,
    {
      target: `${DATABASE}.trace_segments`,
      select: `SELECT tenant, ${TRACE_KEY} AS key, segment FROM ${DATABASE}.spans`,
    },
  ],
  logs: [VIEWS_OF_V0001.logs],
};

export const V0002: readonly string[] = [
  `ALTER TABLE ${DATABASE}.spans ADD COLUMN IF NOT EXISTS ${DECISION_REASON}`,
  `ALTER TABLE ${DATABASE}.spans ADD COLUMN IF NOT EXISTS ${FILLED}`,
  // Numbers of one granule then make a compressed block of their own, and no other granule is decompressed with it.
  `ALTER TABLE ${DATABASE}.spans MODIFY SETTING min_compress_block_size = 16384, ${FEWER_MERGES}`,
  `ALTER TABLE ${DATABASE}.logs MODIFY SETTING ${FEWER_MERGES}`,
  traceSegments,
  traceSegmentsMissing,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS ${DATABASE}.trace_segments_view TO ${DATABASE}.trace_segments
AS SELECT tenant, ${TRACE_KEY} AS key, segment FROM ${DATABASE}.spans GROUP BY tenant, key, segment`,
  `INSERT INTO ${DATABASE}.trace_segments_missing (until)
SELECT max(segment) FROM ${DATABASE}.spans HAVING count() > 0 AND (SELECT count() FROM ${DATABASE}.trace_segments_missing) = 0`,
];

/** A store that has no tables yet. */
export const FRESH_V0002: readonly string[] = [spans, logs, ...V0001.slice(2), ...V0002];
