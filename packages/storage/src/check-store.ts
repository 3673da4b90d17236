/**
 * CheckStore: what a store holds and what is wrong with it, as far as it can be said without reading all of it. Parts
 * are read one by one with `checkPart`, so that whoever asks can show how far it has come.
 */
import { ok, type Result } from '@tracewright/std';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import type { NativeBlock } from './native/native-block.ts';
import { DATABASE } from './schema/v0001.ts';
import { listSetAside, type SetAsidePart } from './set-aside.ts';

export type StorePart = {
  readonly table: string;
  readonly part: string;
  readonly rows: number;
  readonly bytes: number;
};

export type StoreOverview = {
  readonly schemaVersion: number;
  readonly parts: readonly StorePart[];
  readonly setAside: readonly SetAsidePart[];
  /**
   * Rows beyond the first of the same span in the same segment: a segment that was stored twice. Absent where a
   * damaged part keeps them from being counted.
   */
  readonly doubledRows?: number;
  /** The newest segment with rows; 0 for an empty store. */
  readonly newestSegment: bigint;
};

const DEADLINE_MS = 120_000;

export async function inspectStore(engine: Engine): Promise<Result<StoreOverview>> {
  const parts = await ask(
    engine,
    `SELECT table AS table_name, name AS part, rows, bytes_on_disk AS bytes FROM system.parts
WHERE database = '${DATABASE}' AND active ORDER BY table_name, part`,
  );
  if (!parts.ok) return parts;
  const version = await ask(
    engine,
    `SELECT toUInt64(max(version)) AS value FROM ${DATABASE}.schema_migrations`,
  );
  if (!version.ok) return version;
  const newest = await ask(
    engine,
    `SELECT max(newest) AS value FROM (SELECT max(segment) AS newest FROM ${DATABASE}.spans UNION ALL SELECT max(segment) FROM ${DATABASE}.logs)`,
  );
  if (!newest.ok) return newest;
  // In the order of the table, so that however many rows there are, few are in memory.
  const doubled = await ask(
    engine,
    `SELECT toUInt64(sum(copies - 1)) AS value FROM (SELECT count() AS copies FROM ${DATABASE}.spans
GROUP BY tenant, segment, trace_id, span_id, name, start_nano, duration_nano HAVING copies > 1)`,
    { optimize_aggregation_in_order: 1 },
  );
  if (!doubled.ok && doubled.failure.cause === undefined) return doubled;
  const aside = await listSetAside(engine);
  if (!aside.ok) return aside;
  return ok({
    schemaVersion: Number(firstOf(version.value)),
    parts: parts.value.flatMap((block) => {
      const tables = block.strings('table_name');
      const names = block.strings('part');
      const rows = block.bigs('rows');
      const bytes = block.bigs('bytes');
      return Array.from({ length: block.rows }, (_, row) => ({
        table: tables.text(row),
        part: names.text(row),
        rows: Number(rows[row]),
        bytes: Number(bytes[row]),
      }));
    }),
    setAside: aside.value,
    ...(doubled.ok ? { doubledRows: Number(firstOf(doubled.value)) } : {}),
    newestSegment: firstOf(newest.value),
  });
}

function firstOf(blocks: readonly NativeBlock[]): bigint {
  return blocks[0]?.bigs('value')[0] ?? 0n;
}

async function ask(
  engine: Engine,
  sql: string,
  settings: Readonly<Record<string, number>> = {},
): Promise<Result<NativeBlock[]>> {
  const answer = await engine.query({ sql, class: 'scan', deadlineMs: DEADLINE_MS, settings });
  return answer.ok ? decodeNativeBlocks(answer.value.blocks) : answer;
}
