/**
 * Schema version 1: spans, log records, the resources and scopes they share, and what lists of services and
 * operations are answered from. docs/adr/0003-schema.md says why each thing is as it is.
 *
 * Every statement may be repeated: a migration that was killed half-way starts again from its beginning.
 */
import { PROMOTED_ATTRIBUTES } from '@tracewright/model';

export const DATABASE = 'tracewright';

/** A segment's number is the microsecond of its arrival: the day of it is the partition. */
export const BY_ARRIVAL_DAY: string = `PARTITION BY toYYYYMMDD(toDateTime(intDiv(segment, 1000000), 'UTC'))`;

/** Values that are mostly different from each other; a dictionary would only cost. */
const MANY_VALUED: ReadonlySet<string> = new Set([
  'url.path',
  'url.full',
  'http.url',
  'http.target',
  'db.query.text',
  'db.statement',
  'user.id',
]);

export function isManyValued(key: string): boolean {
  return MANY_VALUED.has(key);
}

function promotedColumns(): string[] {
  return PROMOTED_ATTRIBUTES.map(({ key, column, type }) => {
    if (type === 'status') return `${column} UInt16 CODEC(ZSTD(1))`;
    return `${column} ${isManyValued(key) ? 'String' : 'LowCardinality(String)'} CODEC(ZSTD(1))`;
  });
}

const ATTRIBUTE_COLUMNS: readonly string[] = [
  'attrs_few Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1))',
  'attrs_str Map(LowCardinality(String), String) CODEC(ZSTD(1))',
  'attrs_int Map(LowCardinality(String), Int64) CODEC(ZSTD(1))',
  'attrs_double Map(LowCardinality(String), Float64) CODEC(ZSTD(1))',
  'attrs_bool Map(LowCardinality(String), UInt8) CODEC(ZSTD(1))',
  'attrs_other Map(LowCardinality(String), String) CODEC(ZSTD(1))',
];

function bloom(name: string, expression: string, probability: number = 0.01): string {
  return `INDEX ${name} ${expression} TYPE bloom_filter(${probability}) GRANULARITY 1`;
}

/**
 * By value where values are many, and by key everywhere: a condition on a key that few spans have reads only
 * where it occurs, whatever the comparison is.
 */
const ATTRIBUTE_INDEXES: readonly string[] = [
  bloom('i_few_values', 'mapValues(attrs_few)'),
  bloom('i_str_values', 'mapValues(attrs_str)'),
  bloom('i_int_values', 'mapValues(attrs_int)'),
  ...['few', 'str', 'int', 'double', 'bool', 'other'].map((map) =>
    bloom(`i_${map}_keys`, `mapKeys(attrs_${map})`),
  ),
];

/**
 * Parts stay compact up to 100 MiB: an insert then writes a handful of files instead of one for each of a
 * hundred columns. The deduplication window remembers the tokens of the last inserts.
 */
export const MERGE_TREE_SETTINGS: string = [
  'index_granularity = 4096',
  'min_bytes_for_wide_part = 104857600',
  'non_replicated_deduplication_window = 1000',
].join(', ');

/** In the order of the table; later versions append to them. */
export const SPAN_TABLE_COLUMNS: readonly string[] = [
  'tenant LowCardinality(String) CODEC(ZSTD(1))',
  'segment UInt64 CODEC(Delta, ZSTD(1))',
  'arrived_ms UInt64 CODEC(Delta, ZSTD(1))',
  'trace_id FixedString(16) CODEC(ZSTD(1))',
  'span_id FixedString(8) CODEC(NONE)',
  'parent_id FixedString(8) CODEC(ZSTD(1))',
  'trace_state String CODEC(ZSTD(1))',
  'flags UInt32 CODEC(ZSTD(1))',
  'name LowCardinality(String) CODEC(ZSTD(1))',
  'kind UInt8 CODEC(ZSTD(1))',
  'start_nano UInt64 CODEC(Delta, ZSTD(1))',
  'duration_nano Int64 CODEC(ZSTD(1))',
  'status_code UInt8 CODEC(ZSTD(1))',
  'status_message String CODEC(ZSTD(1))',
  'dropped_attributes UInt32 CODEC(ZSTD(1))',
  'dropped_events UInt32 CODEC(ZSTD(1))',
  'dropped_links UInt32 CODEC(ZSTD(1))',
  'service LowCardinality(String) CODEC(ZSTD(1))',
  'resource_id UInt64 CODEC(ZSTD(1))',
  'scope_id UInt64 CODEC(ZSTD(1))',
  'weight Float32 CODEC(ZSTD(1))',
  'weight_known UInt8 CODEC(ZSTD(1))',
  'decision LowCardinality(String) CODEC(ZSTD(1))',
  'dialect LowCardinality(String) CODEC(ZSTD(1))',
  'receiver LowCardinality(String) CODEC(ZSTD(1))',
  'shared UInt8 CODEC(ZSTD(1))',
  'version UInt32 CODEC(ZSTD(1))',
  ...promotedColumns(),
  ...ATTRIBUTE_COLUMNS,
  'event_time_nano Array(UInt64) CODEC(Delta, ZSTD(1))',
  'event_name Array(LowCardinality(String)) CODEC(ZSTD(1))',
  'event_dropped Array(UInt32) CODEC(ZSTD(1))',
  'link_trace_id Array(String) CODEC(ZSTD(1))',
  'link_span_id Array(String) CODEC(ZSTD(1))',
  'link_trace_state Array(String) CODEC(ZSTD(1))',
  'link_dropped Array(UInt32) CODEC(ZSTD(1))',
  'link_flags Array(UInt32) CODEC(ZSTD(1))',
  'nested_owner Array(UInt32) CODEC(ZSTD(1))',
  'nested_key Array(LowCardinality(String)) CODEC(ZSTD(1))',
  'nested_type Array(UInt8) CODEC(ZSTD(1))',
  'nested_value Array(String) CODEC(ZSTD(1))',
];

/** All but the one by which version 1 finds a trace. */
export const SPAN_TABLE_INDEXES: readonly string[] = [
  'INDEX i_start start_nano TYPE minmax GRANULARITY 1',
  bloom('i_service', 'service'),
  bloom('i_name', 'name'),
  bloom('i_resource', 'resource_id'),
  bloom('i_scope', 'scope_id'),
  ...PROMOTED_ATTRIBUTES.map(({ column }) => bloom(`i_${column}`, column)),
  ...ATTRIBUTE_INDEXES,
  bloom('i_event_name', 'event_name'),
  bloom('i_nested_key', 'nested_key'),
  bloom('i_nested_value', 'nested_value'),
];

const spans = `CREATE TABLE IF NOT EXISTS ${DATABASE}.spans
(
  ${[
    ...SPAN_TABLE_COLUMNS,
    bloom('i_trace', 'substring(trace_id, 9, 8)', 0.0001),
    ...SPAN_TABLE_INDEXES,
  ].join(',\n  ')}
)
ENGINE = MergeTree
${BY_ARRIVAL_DAY}
ORDER BY (tenant, segment, trace_id)
SETTINGS ${MERGE_TREE_SETTINGS}`;

/** When a log record happened: its own time or, where that is unknown, when it was observed. */
export const LOG_TIME = 'if(time_nano = 0, observed_nano, time_nano)';

export const LOG_TABLE_INDEXES: readonly string[] = [
  bloom('i_trace', 'substring(trace_id, 9, 8)', 0.0001),
  `INDEX i_time ${LOG_TIME} TYPE minmax GRANULARITY 1`,
  bloom('i_service', 'service'),
  bloom('i_resource', 'resource_id'),
  bloom('i_scope', 'scope_id'),
  'INDEX i_severity severity_number TYPE minmax GRANULARITY 1',
  ...ATTRIBUTE_INDEXES,
];

/** In the order of the table. */
export const LOG_TABLE_COLUMNS: readonly string[] = [
  'tenant LowCardinality(String) CODEC(ZSTD(1))',
  'segment UInt64 CODEC(Delta, ZSTD(1))',
  'arrived_ms UInt64 CODEC(Delta, ZSTD(1))',
  'time_nano UInt64 CODEC(Delta, ZSTD(1))',
  'observed_nano UInt64 CODEC(Delta, ZSTD(1))',
  'severity_number UInt8 CODEC(ZSTD(1))',
  'severity_text LowCardinality(String) CODEC(ZSTD(1))',
  'event_name LowCardinality(String) CODEC(ZSTD(1))',
  'body_type UInt8 CODEC(ZSTD(1))',
  'body String CODEC(ZSTD(1))',
  'dropped_attributes UInt32 CODEC(ZSTD(1))',
  'flags UInt32 CODEC(ZSTD(1))',
  'trace_id FixedString(16) CODEC(ZSTD(1))',
  'span_id FixedString(8) CODEC(ZSTD(1))',
  'service LowCardinality(String) CODEC(ZSTD(1))',
  'resource_id UInt64 CODEC(ZSTD(1))',
  'scope_id UInt64 CODEC(ZSTD(1))',
  'dialect LowCardinality(String) CODEC(ZSTD(1))',
  'receiver LowCardinality(String) CODEC(ZSTD(1))',
  ...ATTRIBUTE_COLUMNS,
];

const logs = `CREATE TABLE IF NOT EXISTS ${DATABASE}.logs
(
  ${[...LOG_TABLE_COLUMNS, ...LOG_TABLE_INDEXES].join(',\n  ')}
)
ENGINE = MergeTree
${BY_ARRIVAL_DAY}
ORDER BY (tenant, segment, service, time_nano)
SETTINGS ${MERGE_TREE_SETTINGS}`;

/**
 * A resource or scope is stored again by later segments; merges keep the newest copy. Each day of arrival has
 * the values that its rows refer to (whoever writes segments sends a value again on a new day), so a day can be
 * dropped as a whole.
 */
const shared = `CREATE TABLE IF NOT EXISTS ${DATABASE}.shared
(
  ${[
    'tenant LowCardinality(String)',
    'segment UInt64 CODEC(ZSTD(1))',
    'kind UInt8',
    'id UInt64',
    'service LowCardinality(String)',
    'name LowCardinality(String)',
    'version LowCardinality(String)',
    'schema_url LowCardinality(String)',
    'raw String CODEC(ZSTD(1))',
    'dropped_attributes UInt32',
    ...ATTRIBUTE_COLUMNS,
  ].join(',\n  ')}
)
ENGINE = ReplacingMergeTree(segment)
${BY_ARRIVAL_DAY}
ORDER BY (tenant, kind, id)
SETTINGS non_replicated_deduplication_window = 1000`;

/** Which operations each service had on a day of arrival. Rows that say the same merge into one. */
const operations = `CREATE TABLE IF NOT EXISTS ${DATABASE}.operations
(
  tenant LowCardinality(String),
  segment UInt64,
  service String,
  name String CODEC(ZSTD(1)),
  kind UInt8
)
ENGINE = ReplacingMergeTree(segment)
${BY_ARRIVAL_DAY}
ORDER BY (tenant, service, name, kind)
SETTINGS non_replicated_deduplication_window = 1000`;

const logServices = `CREATE TABLE IF NOT EXISTS ${DATABASE}.log_services
(
  tenant LowCardinality(String),
  segment UInt64,
  service String
)
ENGINE = ReplacingMergeTree(segment)
${BY_ARRIVAL_DAY}
ORDER BY (tenant, service)
SETTINGS non_replicated_deduplication_window = 1000`;

/** What a rollup holds of the rows that `source` selects; used by its view and when a replay repairs it. */
export const ROLLUPS: Readonly<
  Record<'spans' | 'logs', { readonly target: string; readonly select: string }>
> = {
  spans: {
    target: `${DATABASE}.operations`,
    select: `SELECT tenant, segment, service, name, kind FROM ${DATABASE}.spans`,
  },
  logs: {
    target: `${DATABASE}.log_services`,
    select: `SELECT tenant, segment, service FROM ${DATABASE}.logs`,
  },
};

export const V0001: readonly string[] = [
  spans,
  logs,
  shared,
  operations,
  logServices,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS ${DATABASE}.operations_view TO ${DATABASE}.operations
AS ${ROLLUPS.spans.select} GROUP BY tenant, segment, service, name, kind`,
  `CREATE MATERIALIZED VIEW IF NOT EXISTS ${DATABASE}.log_services_view TO ${DATABASE}.log_services
AS ${ROLLUPS.logs.select} GROUP BY tenant, segment, service`,
];

/** The difference of end and start as stored is modulo 2^64; this is zero for an end before its start. */
export const SPAN_DURATION =
  'if(start_nano + toUInt64(duration_nano) >= start_nano, toUInt64(duration_nano), 0)';

/** What a Span is made of; `segment`, `decision`, `dialect`, `shared` and `version` are not part of it. */
export const SPAN_COLUMNS: string = [
  'trace_id',
  'span_id',
  'parent_id',
  'trace_state',
  'flags',
  'name',
  'kind',
  'start_nano',
  'duration_nano',
  'status_code',
  'status_message',
  'dropped_attributes',
  'dropped_events',
  'dropped_links',
  'service',
  'resource_id',
  'scope_id',
  'weight',
  'weight_known',
  'arrived_ms',
  'receiver',
  ...PROMOTED_ATTRIBUTES.map(({ column }) => column),
  'attrs_few',
  'attrs_str',
  'attrs_int',
  'attrs_double',
  'attrs_bool',
  'attrs_other',
  'event_time_nano',
  'event_name',
  'event_dropped',
  'link_trace_id',
  'link_span_id',
  'link_trace_state',
  'link_dropped',
  'link_flags',
  'nested_owner',
  'nested_key',
  'nested_type',
  'nested_value',
].join(', ');

/** What a LogRecord is made of, and what tells copies from repetitions. */
export const LOG_COLUMNS: string = [
  'segment',
  'arrived_ms',
  'time_nano',
  'observed_nano',
  'severity_number',
  'severity_text',
  'event_name',
  'body_type',
  'body',
  'dropped_attributes',
  'flags',
  'trace_id',
  'span_id',
  'service',
  'resource_id',
  'scope_id',
  'receiver',
  'attrs_few',
  'attrs_str',
  'attrs_int',
  'attrs_double',
  'attrs_bool',
  'attrs_other',
].join(', ');
