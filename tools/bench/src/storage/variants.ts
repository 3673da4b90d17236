// A choice of storage as data: the table in use and the ones it was chosen over, each with the one thing that
// differs. What was rejected stays, so that the reason can be measured again with every new engine.

import { PROMOTED_ATTRIBUTES } from '@tracewright/model';
import type { SqlSettings } from './insert-settings.ts';
import { segmentInput } from './segment-input.ts';
import type { Dialect } from './sql-questions.ts';
import { printTableDefinition, type TableDefinition } from './table-definition.ts';
import type { TableInUse } from './table-in-use.ts';

export type Variant = {
  readonly name: string;
  readonly what: string;
  readonly table: (inUse: TableDefinition) => TableDefinition;
  /** What is selected from a segment file for a column; the column's own name unless it says otherwise. */
  readonly source: (column: string) => string;
  /** The condition for a string attribute of a span. */
  readonly attribute: (key: string, value: string) => string;
  /** The condition for a trace by its id of 32 hexadecimal digits. */
  readonly trace: (traceId: string) => string;
  /** Settings of its questions. */
  readonly questionSettings: string;
  /** Settings of its inserts beside or instead of the program's. */
  readonly insertSettings: SqlSettings;
  /** Leaves the filters of its table to merges, whatever they are called; not those of trace ids. */
  readonly filtersByMerges?: true;
  /** Statements after the table is made, such as a second table. */
  readonly also: (inUse: TableInUse) => readonly string[];
  /** Statements after each insert of `path`; they count as part of it. */
  readonly afterInsert: (path: string) => readonly string[];
  /** A column's type in files that are written anew with every column, where it is about that; writing does not count. */
  readonly fileType?: (column: string, inUse: TableDefinition) => string | undefined;
  /** Rows of its segments, where it is about that. */
  readonly segmentRows?: number;
  /** Inserts that run at the same time. */
  readonly inserters: number;
  /** Keeps the engine from merging. */
  readonly unmerged: boolean;
};

export type Choice = {
  /** What is chosen: `storage:NAME`. */
  readonly name: string;
  readonly summary: string;
  readonly variants: readonly Variant[];
  /** How many spans show the difference. */
  readonly spans: number;
};

/** The table that variants are measured in. */
export const TABLE = 'bench.spans';

/** In either map of strings; the index on values of a dictionary is only used where it is asked by `has`. */
export function inMaps(key: string, value: string): string {
  const few = `(has(mapValues(attrs_few), '${value}') AND attrs_few['${key}'] = '${value}')`;
  return `(attrs_str['${key}'] = '${value}' OR ${few})`;
}

/** In the column of a well-known key, which is asked alone, or in the maps. */
function inColumnOrMaps(key: string, value: string): string {
  const promoted = PROMOTED_ATTRIBUTES.find((each) => each.key === key && each.type === 'string');
  return promoted === undefined ? inMaps(key, value) : `${promoted.column} = '${value}'`;
}

/** The last four bytes of a trace id as the number that the table of segments has. */
const TRACE_KEY = 'reinterpretAsUInt32(substring(trace_id, 13, 4))';

/** Through the table that says in which segments a trace is. */
function throughSegments(table: string): Dialect['trace'] {
  return (traceId) =>
    `segment IN (SELECT segment FROM ${table} WHERE tenant = 'default' AND ` +
    `key = reinterpretAsUInt32(unhex('${traceId.slice(24)}'))) AND trace_id = unhex('${traceId}')`;
}

const SEGMENTS_TABLE = 'bench.trace_segments';

/** As the program asks its own table, whatever its name. */
export const SPANS_DIALECT: Dialect = {
  table: 'tracewright.spans',
  attribute: inColumnOrMaps,
  trace: throughSegments('tracewright.trace_segments'),
  settings: '',
};

export const IN_USE: Variant = {
  name: 'in-use',
  what: 'the table as the program makes it',
  table: (table) => table,
  source: (column) => column,
  attribute: inColumnOrMaps,
  trace: throughSegments(SEGMENTS_TABLE),
  questionSettings: '',
  insertSettings: {},
  also: ({ traceSegments }) => [printTableDefinition(SEGMENTS_TABLE, traceSegments)],
  // In the program a view does it.
  afterInsert: (path) => [
    `INSERT INTO ${SEGMENTS_TABLE} SELECT tenant, ${TRACE_KEY} AS key, segment FROM ${segmentInput(path)} GROUP BY ALL`,
  ],
  inserters: 1,
  unmerged: false,
};

/** The table in use with other MergeTree settings. */
export function withSettings(
  name: string,
  what: string,
  settings: Readonly<Record<string, string>>,
): Variant {
  return {
    ...IN_USE,
    name,
    what,
    table: (table) => ({ ...table, settings: new Map([...table.settings, ...Object.entries(settings)]) }),
  };
}

/** The table in use in another order. */
export function inOrder(name: string, what: string, orderBy: string): Variant {
  return { ...IN_USE, name, what, table: (table) => ({ ...table, orderBy }) };
}
