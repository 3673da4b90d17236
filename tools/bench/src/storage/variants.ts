// The choices of storage as data: the table in use and the ones it was chosen over, each with the one thing that
// differs. What was rejected stays here, so that the reason can be measured again with every new engine.

import { PROMOTED_ATTRIBUTES } from '@tracewright/model';
import type { TableDefinition } from './table-definition.ts';

export type Variant = {
  readonly name: string;
  readonly what: string;
  readonly table: (inUse: TableDefinition) => TableDefinition;
  /** What is selected from a segment file for a column; the column's own name unless it says otherwise. */
  readonly source: (column: string) => string;
  /** The condition for a string attribute of a span. */
  readonly attribute: (key: string, value: string) => string;
};

const TYPED_MAPS = ['attrs_few', 'attrs_str', 'attrs_int', 'attrs_double', 'attrs_bool'] as const;
const PROMOTED_COLUMNS: ReadonlySet<string> = new Set(PROMOTED_ATTRIBUTES.map(({ column }) => column));

/** In either map of strings; the index on values of a dictionary is only used where it is asked by `has`. */
function inMaps(key: string, value: string): string {
  const few = `(has(mapValues(attrs_few), '${value}') AND attrs_few['${key}'] = '${value}')`;
  return `(attrs_str['${key}'] = '${value}' OR ${few})`;
}

const inUse: Variant = {
  name: 'in-use',
  what: 'the table as the program makes it',
  table: (table) => table,
  source: (column) => column,
  attribute: (key, value) => {
    const promoted = PROMOTED_ATTRIBUTES.find((each) => each.key === key && each.type === 'string');
    return promoted === undefined
      ? inMaps(key, value)
      : `(${promoted.column} = '${value}' OR ${inMaps(key, value)})`;
  },
};

/** The promoted columns of a row as entries of one map, empty ones left out. */
function promotedMap(types: readonly ('string' | 'status')[]): string {
  const entries = PROMOTED_ATTRIBUTES.filter(({ type }) => types.includes(type)).map(
    ({ key, column, type }) =>
      type === 'string' ? `'${key}', ${column}` : `'${key}', if(${column} = 0, '', toString(${column}))`,
  );
  return `mapFilter((k, v) -> v != '', map(${entries.join(', ')}))`;
}

const ALL_AS_TEXT = `mapConcat(${[
  promotedMap(['string', 'status']),
  'attrs_few',
  'attrs_str',
  ...TYPED_MAPS.slice(2).map((map) => `mapApply((k, v) -> (k, toString(v)), ${map})`),
].join(', ')})`;

function oneMap(name: string, what: string, type: string): Variant {
  return {
    name,
    what,
    table: (table) => ({
      ...table,
      columns: new Map([
        ...[...table.columns].filter(
          ([column]) => !PROMOTED_COLUMNS.has(column) && !TYPED_MAPS.some((map) => map === column),
        ),
        ['attrs', `${type} CODEC(ZSTD(1))`],
      ]),
      indexes: [
        ...withoutAttributeIndexes(table),
        'INDEX i_attrs mapValues(attrs) TYPE bloom_filter(0.01) GRANULARITY 1',
      ],
    }),
    source: (column) => (column === 'attrs' ? ALL_AS_TEXT : column),
    attribute: (key, value) => `attrs['${key}'] = '${value}'`,
  };
}

function withoutAttributeIndexes(table: TableDefinition): readonly string[] {
  return table.indexes.filter((index) => !/\b(a_\w+|attrs_\w+|nested_\w+)\b/.test(index));
}

function setting(name: string, what: string, key: string, value: string): Variant {
  return {
    ...inUse,
    name,
    what,
    table: (table) => ({ ...table, settings: new Map([...table.settings, [key, value]]) }),
  };
}

function order(name: string, what: string, orderBy: string): Variant {
  return { ...inUse, name, what, table: (table) => ({ ...table, orderBy }) };
}

export const VARIANTS: readonly Variant[] = [
  inUse,
  {
    ...inUse,
    name: 'no-promotion',
    what: 'well-known keys in the maps too',
    table: (table) => ({
      ...table,
      columns: new Map([...table.columns].filter(([column]) => !PROMOTED_COLUMNS.has(column))),
      indexes: table.indexes.filter((index) => !/\ba_\w+/.test(index)),
    }),
    source: (column) =>
      column === 'attrs_str' ? `mapConcat(${promotedMap(['string', 'status'])}, attrs_str)` : column,
    attribute: inMaps,
  },
  oneMap(
    'one-map',
    'all attributes as text in one Map(LowCardinality(String), String)',
    'Map(LowCardinality(String), String)',
  ),
  oneMap('plain-map', 'all attributes as text in one Map(String, String)', 'Map(String, String)'),
  {
    ...inUse,
    name: 'no-attribute-indexes',
    what: 'no bloom filters on attributes',
    table: (table) => ({ ...table, indexes: withoutAttributeIndexes(table) }),
  },
  order('by-time', 'ordered by the start of the span', '(tenant, start_nano)'),
  order('by-service-time', 'ordered by service and start', '(tenant, service, start_nano)'),
  order(
    'by-minute-trace',
    'ordered by minute of start and trace',
    '(tenant, intDiv(start_nano, 60000000000), trace_id)',
  ),
  setting('granularity-2048', 'index granularity 2048', 'index_granularity', '2048'),
  setting('granularity-8192', 'index granularity 8192', 'index_granularity', '8192'),
  setting('wide-parts', 'new parts wide at once', 'min_bytes_for_wide_part', '0'),
];
