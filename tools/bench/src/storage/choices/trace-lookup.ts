// How a trace is found by its id: a table from four bytes of the id to segments is in use.

import { segmentInput } from '../segment-input.ts';
import { wholeTrace } from '../sql-questions.ts';
import type { TableDefinition } from '../table-definition.ts';
import { type Choice, IN_USE, type Variant } from '../variants.ts';

function withoutTraceIndex(table: TableDefinition): TableDefinition {
  return { ...table, indexes: table.indexes.filter((index) => !/^INDEX \S+ .*\btrace_id\b/.test(index)) };
}

const NO_TABLE = { also: () => [], afterInsert: () => [] } as const;
const WHOLE_ID_TABLE = 'bench.trace_segments_whole';
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
    { ...NO_TABLE, trace: wholeTrace },
  );
}

export const traceLookupChoice: Choice = {
  name: 'trace-lookup',
  summary: 'how a trace is found by its id',
  spans: 3_000_000,
  variants: [
    IN_USE,
    lookup('none', 'no lookup: the order alone', undefined, { ...NO_TABLE, trace: WHOLE_ID }),
    filter('filter-0.0001', 'bloom filter with 0.01 % false hits on the low half', 0.0001, 1),
    filter('filter-0.001', 'bloom filter with 0.1 % false hits', 0.001, 1),
    lookup(
      'projection-offset',
      'projection of row numbers ordered by trace',
      'PROJECTION p_trace (SELECT _part_offset ORDER BY trace_id)',
      { ...NO_TABLE, trace: WHOLE_ID },
    ),
    lookup(
      'projection-index',
      'projection index of the basic type',
      'PROJECTION p_trace INDEX trace_id TYPE basic',
      { ...NO_TABLE, trace: WHOLE_ID },
    ),
    lookup(
      'lookup-table-whole-id',
      'a table from the whole id to segments instead of from four bytes',
      undefined,
      {
        also: () => [
          `CREATE TABLE ${WHOLE_ID_TABLE} (trace_id FixedString(16) CODEC(ZSTD(1)), segment UInt64 CODEC(ZSTD(1))) ` +
            'ENGINE = MergeTree ORDER BY trace_id',
        ],
        afterInsert: (path) => [
          `INSERT INTO ${WHOLE_ID_TABLE} SELECT DISTINCT trace_id, segment FROM ${segmentInput(path)}`,
        ],
        trace: (traceId) =>
          `segment IN (SELECT segment FROM ${WHOLE_ID_TABLE} WHERE ${WHOLE_ID(traceId)}) AND ${WHOLE_ID(traceId)}`,
      },
    ),
  ],
};
