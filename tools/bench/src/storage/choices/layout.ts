// How attributes are laid out: columns for well-known keys and maps by type are in use.

import { PROMOTED_ATTRIBUTES } from '@tracewright/model';
import { type TableDefinition, withoutColumns } from '../table-definition.ts';
import { type Choice, IN_USE, inMaps, type Variant } from '../variants.ts';

const MAPS = ['attrs_few', 'attrs_str', 'attrs_int', 'attrs_double', 'attrs_bool'] as const;
const PROMOTED_COLUMNS: ReadonlySet<string> = new Set(PROMOTED_ATTRIBUTES.map(({ column }) => column));

/** The promoted columns of a row as entries of one map, empty ones left out. */
function promotedMap(types: readonly ('string' | 'status')[]): string {
  const entries = PROMOTED_ATTRIBUTES.filter(({ type }) => types.includes(type)).map(
    ({ key, column, type }) =>
      type === 'string'
        ? `'${key}', toString(${column})`
        : `'${key}', if(${column} = 0, '', toString(${column}))`,
  );
  return `mapFilter((k, v) -> v != '', map(${entries.join(', ')}))`;
}

const STRINGS = `mapConcat(${promotedMap(['string'])}, attrs_few, attrs_str)`;
const ALL_AS_TEXT = `mapConcat(${[
  promotedMap(['string', 'status']),
  'attrs_few',
  'attrs_str',
  ...MAPS.slice(2).map((map) => `mapApply((k, v) -> (k, toString(v)), ${map})`),
].join(', ')})`;

function withoutAttributeIndexes(table: TableDefinition): readonly string[] {
  return table.indexes.filter((index) => !/\b(a_\w+|attrs_\w+|nested_\w+)\b/.test(index));
}

function isAttributeColumn(column: string): boolean {
  return PROMOTED_COLUMNS.has(column) || MAPS.some((map) => map === column);
}

/** All attributes in columns of its own instead of those in use. */
function instead(columns: Readonly<Record<string, string>>, indexes: readonly string[]): Variant['table'] {
  return (table) => {
    const rest = withoutColumns(table, isAttributeColumn);
    return {
      ...rest,
      columns: new Map([...rest.columns, ...Object.entries(columns)]),
      indexes: [...withoutAttributeIndexes(rest), ...indexes],
    };
  };
}

function bloom(name: string, expression: string): string {
  return `INDEX ${name} ${expression} TYPE bloom_filter(0.01) GRANULARITY 1`;
}

function oneMap(name: string, what: string, type: string): Variant {
  return {
    ...IN_USE,
    name,
    what,
    table: instead({ attrs: `${type} CODEC(ZSTD(1))` }, [bloom('i_attrs', 'mapValues(attrs)')]),
    source: (column) => (column === 'attrs' ? ALL_AS_TEXT : column),
    attribute: (key, value) => `attrs['${key}'] = '${value}'`,
  };
}

const KEY_VALUES = `mapKeys(mapApply((k, v) -> (concat(k, '=', v), ''), ${ALL_AS_TEXT}))`;

export const layoutChoice: Choice = {
  name: 'layout',
  summary: 'how attributes are laid out and indexed',
  spans: 2_000_000,
  variants: [
    IN_USE,
    {
      ...IN_USE,
      name: 'few-many-maps',
      what: 'well-known keys in the two maps of strings too, nothing promoted',
      table: (table) => withoutColumns(table, (column) => PROMOTED_COLUMNS.has(column)),
      source: (column) =>
        column === 'attrs_str' ? `mapConcat(${promotedMap(['string', 'status'])}, attrs_str)` : column,
      attribute: inMaps,
    },
    {
      ...IN_USE,
      name: 'typed-maps',
      what: 'a map each for strings, integers, doubles and booleans',
      table: instead(
        {
          strings: 'Map(LowCardinality(String), String) CODEC(ZSTD(1))',
          attrs_int: 'Map(LowCardinality(String), Int64) CODEC(ZSTD(1))',
          attrs_double: 'Map(LowCardinality(String), Float64) CODEC(ZSTD(1))',
          attrs_bool: 'Map(LowCardinality(String), UInt8) CODEC(ZSTD(1))',
        },
        [bloom('i_strings', 'mapValues(strings)'), bloom('i_ints', 'mapValues(attrs_int)')],
      ),
      source: (column) => (column === 'strings' ? STRINGS : column),
      attribute: (key, value) => `strings['${key}'] = '${value}'`,
    },
    oneMap(
      'one-map',
      'all attributes as text in one Map(LowCardinality(String), String), a filter on its values',
      'Map(LowCardinality(String), String)',
    ),
    oneMap('plain-map', 'the same in a Map(String, String)', 'Map(String, String)'),
    {
      ...oneMap('one-map-hashes', 'one map, a filter on 64-bit hashes of key and value', ''),
      table: instead({ attrs: 'Map(LowCardinality(String), String) CODEC(ZSTD(1))' }, [
        bloom('i_attrs', 'arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs))'),
      ]),
      attribute: (key, value) =>
        `has(arrayMap((k, v) -> cityHash64(k, v), mapKeys(attrs), mapValues(attrs)), cityHash64('${key}', '${value}')) ` +
        `AND attrs['${key}'] = '${value}'`,
    },
    {
      ...oneMap('text-index', 'one map and a text index over key=value', ''),
      table: instead(
        {
          attrs: 'Map(LowCardinality(String), String) CODEC(ZSTD(1))',
          key_values: 'Array(String) CODEC(ZSTD(1))',
        },
        [`INDEX i_text key_values TYPE text(tokenizer = 'array')`],
      ),
      source: (column) => (column === 'attrs' ? ALL_AS_TEXT : column === 'key_values' ? KEY_VALUES : column),
      attribute: (key, value) => `has(key_values, '${key}=${value}')`,
      // The only index that answers at reading time.
      questionSettings: 'use_skip_indexes_on_data_read = 1',
    },
    {
      ...IN_USE,
      name: 'json',
      what: 'all attributes in one column of the JSON type; parsing text on insert counts here',
      table: instead({ attrs: 'JSON CODEC(ZSTD(1))' }, []),
      source: (column) => (column === 'attrs' ? `CAST(toJSONString(${ALL_AS_TEXT}) AS JSON)` : column),
      attribute: (key, value) => `attrs.${key}.:String = '${value}'`,
    },
    {
      ...IN_USE,
      name: 'no-value-filters',
      what: 'the table in use without bloom filters on attributes',
      table: (table) => ({ ...table, indexes: withoutAttributeIndexes(table) }),
    },
  ],
};
