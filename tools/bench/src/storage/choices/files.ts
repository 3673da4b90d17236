// What the file of a segment holds: no column without a value, and text without dictionaries, is in use. What it costs to
// write such files is not counted here; `decode` measures that of those in use.

import { type Choice, IN_USE, type Variant } from '../variants.ts';

const DICTIONARIES: ReadonlySet<string> = new Set(['tenant', 'service', 'receiver']);

function file(name: string, what: string, fileType: Variant['fileType'] & {}): Variant {
  return { ...IN_USE, name, what, fileType };
}

export const filesChoice: Choice = {
  name: 'files',
  summary: 'what the file of a segment holds: all columns or those with a value, dictionaries',
  spans: 1_000_000,
  variants: [
    IN_USE,
    file('every-column', 'every column in every block, whatever it holds', () => undefined),
    file(
      'dictionaries',
      'that, and dictionaries for tenant, service, receiver and keys of maps',
      (column, table) => {
        if (DICTIONARIES.has(column)) return 'LowCardinality(String)';
        const type = typeOf(table.columns.get(column));
        return type.startsWith('Map') ? type.replace(', LowCardinality(String))', ', String)') : undefined;
      },
    ),
    file('table-types', 'every column in the type that the table has', (column, table) =>
      typeOf(table.columns.get(column)),
    ),
  ],
};

/** The type of a column of a table, without its codec. */
function typeOf(columnRest: string | undefined): string {
  return columnRest?.replace(/ (CODEC|DEFAULT|MATERIALIZED) ?\(?.*$/, '') ?? '';
}
