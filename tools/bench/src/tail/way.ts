// What the ways of tail sampling have in common: the same segments come in, windows of them are decided some time
// later, and at the end the same spans are in `bench.spans`, each with its weight and reason.

import { printInsertSettings } from '../storage/insert-settings.ts';
import type { MeasuredEngine } from '../storage/measured-engine.ts';
import { FILE_STRUCTURE, segmentInput } from '../storage/segment-input.ts';
import { isInserted, printTableDefinition, type TableDefinition } from '../storage/table-definition.ts';
import { EVIDENCE, type Policy, verdict } from './policy.ts';

export type TailSegment = { readonly id: bigint; readonly path: string };

export type WayContext = {
  readonly engine: MeasuredEngine;
  readonly table: TableDefinition;
  readonly policy: Policy;
};

export type Way = {
  readonly name: string;
  readonly what: string;
  /** Tables; may be repeated. */
  readonly prepare: (context: WayContext) => Promise<void>;
  /** Takes a segment in. After it the segment's file is not needed, unless `pinsSegments`. */
  readonly take: (context: WayContext, segment: TailSegment) => Promise<void>;
  /** Decides a window, the oldest undecided one; `later` are the segments behind it that have come in. */
  readonly decide: (
    context: WayContext,
    window: readonly TailSegment[],
    later: readonly TailSegment[],
  ) => Promise<void>;
  /** Where a question finds every span that is there, decided or not, once. */
  readonly source: (undecided: readonly TailSegment[], table: TableDefinition) => string;
  readonly pinsSegments: boolean;
};

export const MAIN = 'bench.spans';
export const HOT = 'bench.spans_hot';
export const DECISIONS = 'bench.decisions';
export const ROLLUP = 'bench.red';
const WATERMARK = 'bench.decided';

export function insertColumns(table: TableDefinition): string {
  return [...table.columns]
    .filter(([, rest]) => isInserted(rest))
    .map(([column]) => column)
    .join(', ');
}

export function withInsertSettings(sql: string): string {
  return `${sql} SETTINGS ${printInsertSettings()}`;
}

export function insertFile({ table }: WayContext, target: string, { path }: TailSegment): string {
  const columns = [...table.columns.keys()].filter((column) => FILE_STRUCTURE.has(column)).join(', ');
  return withInsertSettings(
    `INSERT INTO ${target} (${columns}) SELECT ${columns} FROM ${segmentInput(path)}`,
  );
}

const RED =
  'SELECT service, name, intDiv(start_nano, 60000000000) AS minute, count() AS calls, countIf(status_code = 2) AS failures, sum(duration_nano) AS nanos';

/** Decisions and rollups, which all ways have. The rollup is of all that came in, before any decision. */
export async function prepareShared(
  { engine, table }: WayContext,
  rollupOf: string | undefined,
): Promise<void> {
  await engine.run('CREATE DATABASE IF NOT EXISTS bench');
  await engine.run(printTableDefinition(`IF NOT EXISTS ${MAIN}`, table));
  await engine.run(`CREATE TABLE IF NOT EXISTS ${DECISIONS} (trace_id FixedString(16), keep UInt8, weight Float32 CODEC(ZSTD(1)),
reason LowCardinality(String), segment UInt64 CODEC(Delta, ZSTD(1))) ENGINE = MergeTree
PARTITION BY toStartOfInterval(toDateTime(intDiv(segment, 1000000), 'UTC'), INTERVAL 1 HOUR) ORDER BY trace_id`);
  await engine.run(
    `CREATE TABLE IF NOT EXISTS ${WATERMARK} (segment UInt64) ENGINE = MergeTree ORDER BY segment`,
  );
  await engine.run(`CREATE TABLE IF NOT EXISTS ${ROLLUP} (service String, name String, minute UInt64, calls UInt64, failures UInt64, nanos Int64)
ENGINE = SummingMergeTree ORDER BY (service, name, minute)`);
  if (rollupOf !== undefined) {
    await engine.run(
      `CREATE MATERIALIZED VIEW IF NOT EXISTS bench.red_view TO ${ROLLUP} AS ${RED} FROM ${rollupOf} GROUP BY service, name, minute`,
    );
  }
}

/** Where there is no table that everything goes through, the rollup has to read for itself. */
export function rollUp(source: string): string {
  return `INSERT INTO ${ROLLUP} ${RED} FROM ${source} GROUP BY service, name, minute`;
}

/** Decides the traces that have a row in the window and no decision yet, by all of their rows in `rows`. */
export function decideTraces(policy: Policy, windowRows: string, rows: string, until: bigint): string {
  const inWindow = `SELECT trace_id FROM ${windowRows}`;
  return `INSERT INTO ${DECISIONS} SELECT trace_id, ${verdict(policy)}, ${until} AS segment FROM
(SELECT trace_id, ${EVIDENCE} FROM ${rows} WHERE trace_id IN (${inWindow})
AND trace_id NOT IN (SELECT trace_id FROM ${DECISIONS} WHERE trace_id IN (${inWindow})) GROUP BY trace_id)`;
}

/** The rows of a window that are kept, with what their decisions say. */
export function keepRows(table: TableDefinition, windowRows: string): string {
  const columns = insertColumns(table);
  const select = columns
    .split(', ')
    .map((column) => {
      if (column === 'weight') return 'toFloat32(row.weight * kept.weight) AS weight';
      return column === 'decision' ? 'kept.reason AS decision' : `row.${column} AS ${column}`;
    })
    .join(', ');
  return withInsertSettings(`INSERT INTO ${MAIN} (${columns}) SELECT ${select} FROM (SELECT * FROM ${windowRows}) AS row
INNER JOIN (SELECT trace_id, weight, reason FROM ${DECISIONS} WHERE keep AND trace_id IN (SELECT trace_id FROM ${windowRows})) AS kept
ON row.trace_id = kept.trace_id`);
}

/** The last segment of which everything is decided; zero when nothing is. */
export async function readWatermark(engine: MeasuredEngine): Promise<bigint> {
  return BigInt((await engine.row(`SELECT max(segment) FROM ${WATERMARK}`))[0] ?? 0);
}

export async function writeWatermark(engine: MeasuredEngine, segment: bigint): Promise<void> {
  await engine.run(`INSERT INTO ${WATERMARK} VALUES (${segment})`);
}

/** As a table in a statement. */
export function between(table: string, from: bigint, until: bigint): string {
  return `(SELECT * FROM ${table} WHERE segment BETWEEN ${from} AND ${until})`;
}

export function rangeOf(window: readonly TailSegment[]): { readonly from: bigint; readonly until: bigint } {
  return { from: window[0]?.id ?? 0n, until: window.at(-1)?.id ?? 0n };
}
