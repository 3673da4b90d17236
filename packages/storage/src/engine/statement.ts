/**
 * The text of a statement as the engine gets it: the asker's SQL with the bounds of its class behind it.
 */
import { printText } from '../compile/literal.ts';
import { type EngineQuery, INPUT, type QueryClass } from './engine.ts';

const MEBIBYTE = 1024 * 1024;

/** What a statement of each class may use when its asker says nothing else. */
const STATEMENT_MEMORY_BYTES: Readonly<Record<QueryClass, number>> = {
  write: 1000 * MEBIBYTE,
  id: 600 * MEBIBYTE,
  search: 400 * MEBIBYTE,
  scan: 400 * MEBIBYTE,
};

const RESULT_ROWS_MAX = 1_000_000;
const RESULT_BYTES_MAX = 512 * MEBIBYTE;

/** Statements that take no settings clause of their own. */
const PLAIN = /^\s*(?:CREATE|ALTER|DROP|SYSTEM|OPTIMIZE|SET)\b/i;

export type StatementBounds = { readonly memoryBytesMax: number; readonly rowsMax: number };

/** The bounds of a class, where a reading statement may be given others. */
export function boundsOf(
  kind: QueryClass,
  read: { readonly readMemoryBytesMax?: number; readonly readRowsMax?: number },
): StatementBounds {
  const memoryBytesMax = kind === 'write' ? undefined : read.readMemoryBytesMax;
  return {
    memoryBytesMax: memoryBytesMax ?? STATEMENT_MEMORY_BYTES[kind],
    rowsMax: read.readRowsMax ?? RESULT_ROWS_MAX,
  };
}

/** Whether a statement takes no settings clause of its own. */
export function isPlain(sql: string): boolean {
  return PLAIN.test(sql);
}

/** The bounds of a statement and what its asker wants, as settings of the engine. */
export function settingsOf(
  query: EngineQuery,
  leftMs: number,
  bounds: StatementBounds,
): Record<string, number | string> {
  return {
    max_execution_time: Math.max(0.01, leftMs / 1000),
    max_memory_usage: query.memoryBytesMax ?? bounds.memoryBytesMax,
    max_result_rows: query.rowsMax ?? bounds.rowsMax,
    max_result_bytes: RESULT_BYTES_MAX,
    ...query.settings,
  };
}

/** For an engine that reads files of this machine. */
export function printStatement(query: EngineQuery, leftMs: number, bounds: StatementBounds): string {
  if (isPlain(query.sql)) return query.sql;
  const clauses = Object.entries(settingsOf(query, leftMs, bounds)).map(
    ([name, value]) => `${name}=${typeof value === 'number' ? value : `'${value}'`}`,
  );
  return `${withFile(query)}\nSETTINGS ${clauses.join(', ')}`;
}

function withFile({ sql, input }: EngineQuery): string {
  if (input === undefined) return sql;
  return sql.replace(INPUT, () => `file(${printText(input.path)}, 'Native', ${printText(input.structure)})`);
}

/** Whether a statement has rows to give back. */
export function hasAnswer(sql: string): boolean {
  return /^\s*(?:SELECT|WITH|EXPLAIN)\b/i.test(sql);
}
