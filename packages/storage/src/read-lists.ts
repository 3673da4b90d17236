/**
 * Lists that are answered from rollups and from the engine's own books: services, operations, tables.
 */
import { ok, type Result } from '@tracewright/std';
import { printText } from './compile/literal.ts';
import type { QueryClass } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import type { NativeBlock } from './native/native-block.ts';
import { overloaded } from './read-budget.ts';
import type { Operation, ReadOptions, TableStatus } from './reader.ts';
import { DATABASE } from './schema/v0001.ts';
import type { Reading } from './search/searching.ts';

const DEADLINE_MS = 10_000;
/** A sender that puts ids into span names must not make the list endless. */
const OPERATIONS_MAX = 50_000;
const SERVICES_MAX = 50_000;
/** What is made of a block's bytes for a list takes so many times as much. */
const LISTED_COST = 3;

export async function readServices(
  reading: Reading,
  tenant: string,
  options: ReadOptions = {},
): Promise<Result<readonly string[]>> {
  const tenantIs = `tenant = ${printText(tenant)}`;
  const blocks = await list(
    reading,
    'search',
    `SELECT service FROM (SELECT DISTINCT service FROM ${DATABASE}.operations WHERE ${tenantIs}
UNION DISTINCT SELECT DISTINCT service FROM ${DATABASE}.log_services WHERE ${tenantIs})
ORDER BY service LIMIT ${SERVICES_MAX}`,
    options,
  );
  if (!blocks.ok) return blocks;
  return ok(
    blocks.value.flatMap((block) => {
      const services = block.strings('service');
      return Array.from({ length: block.rows }, (_, row) => services.text(row));
    }),
  );
}

export async function readOperations(
  reading: Reading,
  tenant: string,
  service: string | undefined,
  options: ReadOptions = {},
): Promise<Result<readonly Operation[]>> {
  const serviceIs = service === undefined ? '' : ` AND service = ${printText(service)}`;
  const blocks = await list(
    reading,
    'search',
    `SELECT DISTINCT service, name, kind FROM ${DATABASE}.operations
WHERE tenant = ${printText(tenant)}${serviceIs} ORDER BY service, name, kind LIMIT ${OPERATIONS_MAX}`,
    options,
  );
  if (!blocks.ok) return blocks;
  return ok(
    blocks.value.flatMap((block) => {
      const services = block.strings('service');
      const names = block.strings('name');
      const kinds = block.numbers('kind');
      return Array.from({ length: block.rows }, (_, row) => ({
        service: services.text(row),
        name: names.text(row),
        kind: kinds[row] as number,
      }));
    }),
  );
}

export async function readTables(
  reading: Reading,
  options: ReadOptions = {},
): Promise<Result<readonly TableStatus[]>> {
  const blocks = await list(
    reading,
    'scan',
    `SELECT t.name AS table, p.rows AS rows, p.bytes AS bytes, p.parts AS parts, p.oldest AS oldest
FROM (SELECT name FROM system.tables WHERE database = '${DATABASE}' AND engine LIKE '%MergeTree') AS t
LEFT JOIN (
SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts,
minIf(toUInt64OrZero(partition), partition != 'tuple()') AS oldest
FROM system.parts WHERE database = '${DATABASE}' AND active GROUP BY table) AS p ON p.table = t.name
ORDER BY table`,
    options,
  );
  if (!blocks.ok) return blocks;
  return ok(blocks.value.flatMap(tablesOf));
}

function tablesOf(block: NativeBlock): TableStatus[] {
  const names = block.strings('table');
  const rows = block.bigs('rows');
  const bytes = block.bigs('bytes');
  const parts = block.bigs('parts');
  const oldest = block.bigs('oldest');
  return Array.from({ length: block.rows }, (_, row) => {
    const day = Number(oldest[row]);
    return {
      table: names.text(row),
      rows: Number(rows[row]),
      bytesOnDisk: Number(bytes[row]),
      parts: Number(parts[row]),
      ...(day === 0 ? {} : { oldestArrivalUnixMs: dayStartMs(day) }),
    };
  });
}

/** The first millisecond of the day that a partition is named for: 20260102. */
export function dayStartMs(day: number): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);
}

async function list(
  reading: Reading,
  kind: QueryClass,
  sql: string,
  options: ReadOptions,
): Promise<Result<NativeBlock[]>> {
  const answer = await reading.engine.query({
    sql,
    class: kind,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!answer.ok) return answer;
  const bytes = answer.value.blocks.reduce((sum, block) => sum + block.length, 0);
  if (options.account?.take(bytes * LISTED_COST) === false) {
    return overloaded('Other answers take the memory that this one needs');
  }
  return decodeNativeBlocks(answer.value.blocks);
}
