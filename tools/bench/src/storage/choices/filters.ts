// Which filters a table of spans has, and who makes them: on values that are many, by inserts and by merges, is in use.

import { PROMOTED_ATTRIBUTES } from '@tracewright/model';
import type { TableDefinition } from '../table-definition.ts';
import { type Choice, IN_USE, type Variant } from '../variants.ts';

function bloom(name: string, expression: string): string {
  return `INDEX ${name} ${expression} TYPE bloom_filter(0.01) GRANULARITY 1`;
}

const ON_KEYS: readonly string[] = ['few', 'str', 'int'].map((map) =>
  bloom(`i_${map}_keys`, `mapKeys(attrs_${map})`),
);
const ON_COLUMNS: readonly string[] = PROMOTED_ATTRIBUTES.map(({ column }) => bloom(`i_${column}`, column));

function filters(
  name: string,
  what: string,
  indexes: (table: TableDefinition) => readonly string[],
): Variant {
  return { ...IN_USE, name, what, table: (table) => ({ ...table, indexes: indexes(table) }) };
}

/** Those of the table, and of `more` those that it lacks. */
function beside(table: TableDefinition, more: readonly string[]): readonly string[] {
  const names = new Set(table.indexes.map(nameOf));
  return [...table.indexes, ...more.filter((index) => !names.has(nameOf(index)))];
}

function nameOf(index: string): string | undefined {
  return /^INDEX (\w+) /.exec(index)?.[1];
}

const everyFilter = filters('every', 'on common keys and on columns of few values as well', (table) =>
  beside(table, [...ON_KEYS, ...ON_COLUMNS]),
);

export const filtersChoice: Choice = {
  name: 'filters',
  summary: 'which values and keys have filters, made by inserts or left to merges',
  spans: 3_000_000,
  variants: [
    IN_USE,
    everyFilter,
    { ...everyFilter, name: 'every-by-merges', what: 'the same, left to merges', filtersByMerges: true },
    filters('on-keys', 'on common keys as well', (table) => beside(table, ON_KEYS)),
    filters('on-columns', 'on columns of few values as well', (table) => beside(table, ON_COLUMNS)),
    { ...IN_USE, name: 'by-merges', what: 'those in use, left to merges', filtersByMerges: true },
    filters('none', 'none but on times', (table) =>
      table.indexes.filter((index) => !index.includes('bloom_filter')),
    ),
  ],
};
