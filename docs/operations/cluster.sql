-- What a new store of replicated tables on the cluster "tracewright" consists of:
--   storage.server.tables: replicated, storage.server.cluster: tracewright
-- Written by: node tools/front/src/print-ddl.ts > docs/operations/cluster.sql

CREATE DATABASE IF NOT EXISTS tracewright ON CLUSTER tracewright;

CREATE TABLE IF NOT EXISTS tracewright.cluster_nodes ON CLUSTER tracewright
(
  number UInt32,
  instance String,
  host String,
  said_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
  valid_until DateTime64(6, 'UTC')
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/tracewright/cluster_nodes', '{replica}', said_at)
ORDER BY (number, instance);

CREATE TABLE IF NOT EXISTS tracewright.cluster_shards ON CLUSTER tracewright
(
  shard UInt32,
  shards UInt32,
  at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/tracewright/cluster_shards', '{replica}', at)
ORDER BY (shard, shards);

CREATE TABLE IF NOT EXISTS tracewright.schema_migrations ON CLUSTER tracewright (version UInt32, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/tracewright/schema_migrations', '{replica}') ORDER BY version;

CREATE TABLE IF NOT EXISTS tracewright.spans ON CLUSTER tracewright
(
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  segment UInt64 CODEC(Delta, ZSTD(1)),
  arrived_ms UInt64 CODEC(Delta, ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(NONE),
  parent_id FixedString(8) CODEC(ZSTD(1)),
  trace_state String CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1)),
  name LowCardinality(String) CODEC(ZSTD(1)),
  kind UInt8 CODEC(ZSTD(1)),
  start_nano UInt64 CODEC(Delta, ZSTD(1)),
  duration_nano Int64 CODEC(ZSTD(1)),
  status_code UInt8 CODEC(ZSTD(1)),
  status_message String CODEC(ZSTD(1)),
  dropped_attributes UInt32 CODEC(ZSTD(1)),
  dropped_events UInt32 CODEC(ZSTD(1)),
  dropped_links UInt32 CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  resource_id UInt64 CODEC(ZSTD(1)),
  scope_id UInt64 CODEC(ZSTD(1)),
  weight Float32 CODEC(ZSTD(1)),
  weight_known UInt8 CODEC(ZSTD(1)),
  decision LowCardinality(String) CODEC(ZSTD(1)),
  dialect LowCardinality(String) CODEC(ZSTD(1)),
  receiver LowCardinality(String) CODEC(ZSTD(1)),
  shared UInt8 CODEC(ZSTD(1)),
  version UInt32 CODEC(ZSTD(1)),
  a_http_request_method LowCardinality(String) CODEC(ZSTD(1)),
  a_http_method LowCardinality(String) CODEC(ZSTD(1)),
  a_http_route LowCardinality(String) CODEC(ZSTD(1)),
  a_url_path String CODEC(ZSTD(1)),
  a_url_full String CODEC(ZSTD(1)),
  a_http_url String CODEC(ZSTD(1)),
  a_http_target String CODEC(ZSTD(1)),
  a_server_address LowCardinality(String) CODEC(ZSTD(1)),
  a_peer_service LowCardinality(String) CODEC(ZSTD(1)),
  a_db_system_name LowCardinality(String) CODEC(ZSTD(1)),
  a_db_system LowCardinality(String) CODEC(ZSTD(1)),
  a_db_query_text String CODEC(ZSTD(1)),
  a_db_statement String CODEC(ZSTD(1)),
  a_rpc_method LowCardinality(String) CODEC(ZSTD(1)),
  a_messaging_destination_name LowCardinality(String) CODEC(ZSTD(1)),
  a_user_id String CODEC(ZSTD(1)),
  a_error_type LowCardinality(String) CODEC(ZSTD(1)),
  a_http_response_status_code UInt16 CODEC(ZSTD(1)),
  a_http_status_code UInt16 CODEC(ZSTD(1)),
  attrs_few Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
  attrs_str Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attrs_int Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),
  attrs_double Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
  attrs_bool Map(LowCardinality(String), UInt8) CODEC(ZSTD(1)),
  attrs_other Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  event_time_nano Array(UInt64) CODEC(Delta, ZSTD(1)),
  event_name Array(LowCardinality(String)) CODEC(ZSTD(1)),
  event_dropped Array(UInt32) CODEC(ZSTD(1)),
  link_trace_id Array(String) CODEC(ZSTD(1)),
  link_span_id Array(String) CODEC(ZSTD(1)),
  link_trace_state Array(String) CODEC(ZSTD(1)),
  link_dropped Array(UInt32) CODEC(ZSTD(1)),
  link_flags Array(UInt32) CODEC(ZSTD(1)),
  nested_owner Array(UInt32) CODEC(ZSTD(1)),
  nested_key Array(LowCardinality(String)) CODEC(ZSTD(1)),
  nested_type Array(UInt8) CODEC(ZSTD(1)),
  nested_value Array(String) CODEC(ZSTD(1)),
  decision_reason LowCardinality(String) CODEC(ZSTD(1)),
  filled UInt64 MATERIALIZED toUInt64((notEmpty(attrs_few)) * 1 + (notEmpty(attrs_str)) * 2 + (notEmpty(attrs_int)) * 4 + (notEmpty(attrs_double)) * 8 + (notEmpty(attrs_bool)) * 16 + (notEmpty(attrs_other)) * 32 + (trace_state != '') * 64 + (flags != 0) * 128 + (status_message != '') * 256 + (dropped_attributes != 0) * 512 + (dropped_events != 0) * 1024 + (dropped_links != 0) * 2048 + ((weight != 1 OR weight_known != 0)) * 4096 + (notEmpty(event_name)) * 8192 + (notEmpty(link_trace_id)) * 16384 + (notEmpty(nested_key)) * 32768 + (a_http_request_method != '') * 65536 + (a_http_method != '') * 131072 + (a_http_route != '') * 262144 + (a_url_path != '') * 524288 + (a_url_full != '') * 1048576 + (a_http_url != '') * 2097152 + (a_http_target != '') * 4194304 + (a_server_address != '') * 8388608 + (a_peer_service != '') * 16777216 + (a_db_system_name != '') * 33554432 + (a_db_system != '') * 67108864 + (a_db_query_text != '') * 134217728 + (a_db_statement != '') * 268435456 + (a_rpc_method != '') * 536870912 + (a_messaging_destination_name != '') * 1073741824 + (a_user_id != '') * 2147483648 + (a_error_type != '') * 4294967296 + (a_http_response_status_code != 0) * 8589934592 + (a_http_status_code != 0) * 17179869184) CODEC(ZSTD(1)),
  INDEX i_start start_nano TYPE minmax GRANULARITY 1,
  INDEX i_service service TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_name name TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_resource resource_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_scope scope_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_a_url_path a_url_path TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_a_url_full a_url_full TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_a_http_url a_http_url TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_a_http_target a_http_target TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_a_db_query_text a_db_query_text TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_a_db_statement a_db_statement TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_a_user_id a_user_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_few_values mapValues(attrs_few) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_str_values mapValues(attrs_str) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_int_values mapValues(attrs_int) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_double_keys mapKeys(attrs_double) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_bool_keys mapKeys(attrs_bool) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_other_keys mapKeys(attrs_other) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_event_name event_name TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_nested_key nested_key TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_nested_value nested_value TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/tracewright/spans', '{replica}')
PARTITION BY toYYYYMMDD(toDateTime(intDiv(segment, 1000000), 'UTC'))
ORDER BY (tenant, segment, trace_id)
SETTINGS index_granularity = 4096, min_bytes_for_wide_part = 104857600, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 1209600;

CREATE TABLE IF NOT EXISTS tracewright.logs ON CLUSTER tracewright
(
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  segment UInt64 CODEC(Delta, ZSTD(1)),
  arrived_ms UInt64 CODEC(Delta, ZSTD(1)),
  time_nano UInt64 CODEC(Delta, ZSTD(1)),
  observed_nano UInt64 CODEC(Delta, ZSTD(1)),
  severity_number UInt8 CODEC(ZSTD(1)),
  severity_text LowCardinality(String) CODEC(ZSTD(1)),
  event_name LowCardinality(String) CODEC(ZSTD(1)),
  body_type UInt8 CODEC(ZSTD(1)),
  body String CODEC(ZSTD(1)),
  dropped_attributes UInt32 CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  resource_id UInt64 CODEC(ZSTD(1)),
  scope_id UInt64 CODEC(ZSTD(1)),
  dialect LowCardinality(String) CODEC(ZSTD(1)),
  receiver LowCardinality(String) CODEC(ZSTD(1)),
  attrs_few Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
  attrs_str Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attrs_int Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),
  attrs_double Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
  attrs_bool Map(LowCardinality(String), UInt8) CODEC(ZSTD(1)),
  attrs_other Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  INDEX i_trace substring(trace_id, 9, 8) TYPE bloom_filter(0.0001) GRANULARITY 1,
  INDEX i_time if(time_nano = 0, observed_nano, time_nano) TYPE minmax GRANULARITY 1,
  INDEX i_service service TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_resource resource_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_scope scope_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_severity severity_number TYPE minmax GRANULARITY 1,
  INDEX i_few_values mapValues(attrs_few) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_str_values mapValues(attrs_str) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_int_values mapValues(attrs_int) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_double_keys mapKeys(attrs_double) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_bool_keys mapKeys(attrs_bool) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX i_other_keys mapKeys(attrs_other) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/tracewright/logs', '{replica}')
PARTITION BY toYYYYMMDD(toDateTime(intDiv(segment, 1000000), 'UTC'))
ORDER BY (tenant, segment, service, time_nano)
SETTINGS index_granularity = 4096, min_bytes_for_wide_part = 104857600, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 1209600;

CREATE TABLE IF NOT EXISTS tracewright.shared ON CLUSTER tracewright
(
  tenant LowCardinality(String),
  segment UInt64 CODEC(ZSTD(1)),
  kind UInt8,
  id UInt64,
  service LowCardinality(String),
  name LowCardinality(String),
  version LowCardinality(String),
  schema_url LowCardinality(String),
  raw String CODEC(ZSTD(1)),
  dropped_attributes UInt32,
  attrs_few Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
  attrs_str Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  attrs_int Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),
  attrs_double Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
  attrs_bool Map(LowCardinality(String), UInt8) CODEC(ZSTD(1)),
  attrs_other Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/tracewright/shared', '{replica}', segment)
PARTITION BY toYYYYMMDD(toDateTime(intDiv(segment, 1000000), 'UTC'))
ORDER BY (tenant, kind, id)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 1209600;

CREATE TABLE IF NOT EXISTS tracewright.operations ON CLUSTER tracewright
(
  tenant LowCardinality(String),
  segment UInt64,
  service String,
  name String CODEC(ZSTD(1)),
  kind UInt8
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/tracewright/operations', '{replica}', segment)
PARTITION BY toYYYYMMDD(toDateTime(intDiv(segment, 1000000), 'UTC'))
ORDER BY (tenant, service, name, kind)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 1209600;

CREATE TABLE IF NOT EXISTS tracewright.log_services ON CLUSTER tracewright
(
  tenant LowCardinality(String),
  segment UInt64,
  service String
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/tracewright/log_services', '{replica}', segment)
PARTITION BY toYYYYMMDD(toDateTime(intDiv(segment, 1000000), 'UTC'))
ORDER BY (tenant, service)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 1209600;

CREATE MATERIALIZED VIEW IF NOT EXISTS tracewright.operations_view ON CLUSTER tracewright TO tracewright.operations
AS SELECT tenant, segment, service, name, kind FROM tracewright.spans GROUP BY tenant, segment, service, name, kind;

CREATE MATERIALIZED VIEW IF NOT EXISTS tracewright.log_services_view ON CLUSTER tracewright TO tracewright.log_services
AS SELECT tenant, segment, service FROM tracewright.logs GROUP BY tenant, segment, service;

ALTER TABLE tracewright.spans ON CLUSTER tracewright ADD COLUMN IF NOT EXISTS decision_reason LowCardinality(String) CODEC(ZSTD(1));

ALTER TABLE tracewright.spans ON CLUSTER tracewright ADD COLUMN IF NOT EXISTS filled UInt64 MATERIALIZED toUInt64((notEmpty(attrs_few)) * 1 + (notEmpty(attrs_str)) * 2 + (notEmpty(attrs_int)) * 4 + (notEmpty(attrs_double)) * 8 + (notEmpty(attrs_bool)) * 16 + (notEmpty(attrs_other)) * 32 + (trace_state != '') * 64 + (flags != 0) * 128 + (status_message != '') * 256 + (dropped_attributes != 0) * 512 + (dropped_events != 0) * 1024 + (dropped_links != 0) * 2048 + ((weight != 1 OR weight_known != 0)) * 4096 + (notEmpty(event_name)) * 8192 + (notEmpty(link_trace_id)) * 16384 + (notEmpty(nested_key)) * 32768 + (a_http_request_method != '') * 65536 + (a_http_method != '') * 131072 + (a_http_route != '') * 262144 + (a_url_path != '') * 524288 + (a_url_full != '') * 1048576 + (a_http_url != '') * 2097152 + (a_http_target != '') * 4194304 + (a_server_address != '') * 8388608 + (a_peer_service != '') * 16777216 + (a_db_system_name != '') * 33554432 + (a_db_system != '') * 67108864 + (a_db_query_text != '') * 134217728 + (a_db_statement != '') * 268435456 + (a_rpc_method != '') * 536870912 + (a_messaging_destination_name != '') * 1073741824 + (a_user_id != '') * 2147483648 + (a_error_type != '') * 4294967296 + (a_http_response_status_code != 0) * 8589934592 + (a_http_status_code != 0) * 17179869184) CODEC(ZSTD(1));

ALTER TABLE tracewright.spans ON CLUSTER tracewright MODIFY SETTING min_compress_block_size = 16384, min_parts_to_merge_at_once = 16, merge_selector_enable_heuristic_to_lower_max_parts_to_merge_at_once = 0;

ALTER TABLE tracewright.logs ON CLUSTER tracewright MODIFY SETTING min_parts_to_merge_at_once = 16, merge_selector_enable_heuristic_to_lower_max_parts_to_merge_at_once = 0;

CREATE TABLE IF NOT EXISTS tracewright.trace_segments ON CLUSTER tracewright
(
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  key UInt32 CODEC(Delta, ZSTD(1)),
  segment UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/tracewright/trace_segments', '{replica}')
PARTITION BY toYYYYMMDD(toDateTime(intDiv(segment, 1000000), 'UTC'))
ORDER BY (tenant, key, segment)
SETTINGS index_granularity = 1024, min_compress_block_size = 16384, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 1209600;

CREATE TABLE IF NOT EXISTS tracewright.trace_segments_missing ON CLUSTER tracewright
(
  at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
  until UInt64,
  cause String
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/tracewright/trace_segments_missing', '{replica}')
ORDER BY at;

CREATE MATERIALIZED VIEW IF NOT EXISTS tracewright.trace_segments_view ON CLUSTER tracewright TO tracewright.trace_segments
AS SELECT tenant, reinterpretAsUInt32(substring(trace_id, 13, 4)) AS key, segment FROM tracewright.spans GROUP BY tenant, key, segment;

INSERT INTO tracewright.trace_segments_missing (until)
SELECT max(segment) FROM tracewright.spans HAVING count() > 0 AND (SELECT count() FROM tracewright.trace_segments_missing) = 0;

INSERT INTO tracewright.schema_migrations (version) SELECT 2;
