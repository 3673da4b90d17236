import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTableDefinition, printTableDefinition, withoutColumns } from './table-definition.ts';

const DDL = `CREATE TABLE db.spans
(
    \`tenant\` LowCardinality(String) CODEC(ZSTD(1)),
    \`attrs\` Map(LowCardinality(String), String),
    \`ends\` Array(UInt64) CODEC(Delta(8), ZSTD(1)),
    INDEX i_trace substring(trace_id, 9, 8) TYPE bloom_filter(0.0001) GRANULARITY 1,
    INDEX i_start start_nano TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(toDateTime(intDiv(segment, 1000000), 'UTC'))
ORDER BY (tenant, segment, trace_id)
SETTINGS index_granularity = 4096, min_bytes_for_wide_part = 104857600`;

test('a definition is read and printed as it was', () => {
  const table = parseTableDefinition(DDL);
  assert.ok(table);
  assert.deepEqual([...table.columns.keys()], ['tenant', 'attrs', 'ends']);
  assert.equal(table.columns.get('attrs'), 'Map(LowCardinality(String), String)');
  assert.equal(table.indexes.length, 2);
  assert.equal(table.orderBy, '(tenant, segment, trace_id)');
  assert.equal(table.settings.get('index_granularity'), '4096');
  assert.equal(printTableDefinition('db.spans', table), DDL);
});

test('what is no table of a MergeTree is not read', () => {
  assert.equal(parseTableDefinition('CREATE VIEW v AS SELECT 1'), undefined);
});

test('without a column its indexes are gone, and what is computed from it finds it empty', () => {
  const table = parseTableDefinition(`CREATE TABLE db.t
(
    \`a_b\` LowCardinality(String),
    \`b\` UInt16,
    \`c\` String,
    \`filled\` UInt64 MATERIALIZED toUInt64(((a_b != '') * 1) + ((b != 0) * 2) + ((c != '') * 4)) CODEC(ZSTD(1)),
    INDEX i_a_b a_b TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX i_c c TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY c`);
  assert.ok(table);
  const rest = withoutColumns(table, (column) => column === 'a_b' || column === 'b');
  assert.deepEqual([...rest.columns.keys()], ['c', 'filled']);
  assert.equal(
    rest.columns.get('filled'),
    `UInt64 MATERIALIZED toUInt64((('' != '') * 1) + ((0 != 0) * 2) + ((c != '') * 4)) CODEC(ZSTD(1))`,
  );
  assert.deepEqual(rest.indexes, ['INDEX i_c c TYPE bloom_filter(0.01) GRANULARITY 1']);
});
