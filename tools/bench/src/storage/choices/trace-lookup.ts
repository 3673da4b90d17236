// How a trace is found by its id: a bloom filter on the low half of the id is in use.

import type { TableDefinition } from '../table-definition.ts';
import { type Choice, IN_USE, type Variant } from '../variants.ts';

function withoutTraceIndex(table: TableDefinition): TableDefinition {
  return { ...table, indexes: table.indexes.filter((index) => !/^INDEX \S+ .*\btrace_id\b/.test(index)) };
}

const WHOLE_ID = (traceId: string): string => `trace_id = unhex('${traceId}')`;

function lookup(name: string, what: string, index: string | undefined, more: Partial<Variant> = {}): Variant {
  return {
    ...IN_USE,
    name,
    what,
    table: (table) => {
      const bare = withoutTraceIndex(table);
      return { ...bare, indexes: [...bare.indexes, ...(index === undefined ? [] : [index])] };
    },
    ...more,
  };
}

function filter(name: string, what: string, probability: number, granularity: number): Variant {
  return lookup(
    name,
    what,
    `INDEX i_trace substring(trace_id, 9, 8) TYPE bloom_filter(${probability}) GRANULARITY ${granularity}`,
  );
}

const LOOKUP_TABLE = 'bench.trace_segments';

export const traceLookupChoice: Choice = {
  name: 'trace-lookup',
  summary: 'how a trace is found by its id',
  spans: 3_000_000,
  variants: [
    IN_USE,
    lookup('none', 'no index: the order alone', undefined, { trace: WHOLE_ID }),
    filter('filter-0.01', 'bloom filter with 1 % false hits', 0.01, 1),
    filter('filter-0.001', 'bloom filter with 0.1 % false hits', 0.001, 1),
    filter('filter-4-granules', 'bloom filter over four granules together', 0.0001, 4),
    lookup(
      'projection-offset',
      'projection of row numbers ordered by trace',
      'PROJECTION p_trace (SELECT _part_offset ORDER BY trace_id)',
      { trace: WHOLE_ID },
    ),
    lookup(
      'projection-index',
      'projection index of the basic type',
      'PROJECTION p_trace INDEX trace_id TYPE basic',
      { trace: WHOLE_ID },
    ),
    lookup('lookup-table', 'a table from trace to segment, filled with each insert', undefined, {
      also: [
        `CREATE TABLE ${LOOKUP_TABLE} (trace_id FixedString(16) CODEC(ZSTD(1)), segment UInt64 CODEC(ZSTD(1))) ` +
          'ENGINE = MergeTree ORDER BY trace_id',
      ],
      afterInsert: (path) => [
        `INSERT INTO ${LOOKUP_TABLE} SELECT DISTINCT trace_id, segment FROM file('${path}', 'Native')`,
      ],
      trace: (traceId) =>
        `segment IN (SELECT segment FROM ${LOOKUP_TABLE} WHERE ${WHOLE_ID(traceId)}) AND ${WHOLE_ID(traceId)}`,
    }),
  ],
};
