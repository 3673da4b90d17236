/**
 * The text of a statement as the engine gets it: the asker's SQL with the bounds of its class behind it.
 */
import type { EngineQuery, QueryClass } from './engine.ts';

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

export function printStatement(query: EngineQuery, leftMs: number, bounds: StatementBounds): string {
  if (PLAIN.test(query.sql)) return query.sql;
  const settings: Record<string, number | string> = {
    max_execution_time: Math.max(0.01, leftMs / 1000),
    max_memory_usage: query.memoryBytesMax ?? bounds.memoryBytesMax,
    max_result_rows: query.rowsMax ?? bounds.rowsMax,
    max_result_bytes: RESULT_BYTES_MAX,
    ...query.settings,
  };
  const clauses = Object.entries(settings).map(
    ([name, value]) => `${name}=${typeof value === 'number' ? value : `'${value}'`}`,
  );
  return `${query.sql}\nSETTINGS ${clauses.join(', ')}`;
}

/** Whether a statement has rows to give back. */
export function hasAnswer(sql: string): boolean {
  return /^\s*(?:SELECT|WITH|EXPLAIN)\b/i.test(sql);
}
