import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTableDefinition, printTableDefinition } from './table-definition.ts';

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
