// What the program's writer sets for each insert: one block, so one part, a segment.

import { INSERT_SETTINGS } from '@tracewright/storage';
import type { TableDefinition } from './table-definition.ts';

const BY_MERGES = 'exclude_materialize_skip_indexes_on_insert';

/** Values as they stand in SQL. */
export type SqlSettings = Readonly<Record<string, number | string>>;

/** What stands behind SETTINGS: the writer's, and what is given instead of them or beside them. */
export function printInsertSettings(instead: SqlSettings = {}): string {
  const inUse = Object.entries(INSERT_SETTINGS).map(([name, value]) => [
    name,
    typeof value === 'string' ? `'${value}'` : value,
  ]);
  return printSettings({ ...Object.fromEntries(inUse), ...instead });
}

export function printSettings(settings: SqlSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

/**
 * Leaves the filters of a table to merges, whatever they are called there. One of trace ids is made by inserts, as in
 * the stores that have one: without it a question by id reads all that is not merged yet.
 */
export function filtersByMerges(table: TableDefinition): SqlSettings {
  const names = table.indexes.flatMap(
    (index) => /^INDEX (\w+) .* TYPE (?:bloom_filter|text)/.exec(index)?.[1] ?? [],
  );
  return { [BY_MERGES]: `'${names.filter((name) => name !== 'i_trace').join(',')}'` };
}
