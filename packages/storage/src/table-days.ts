/** TableDays: how much of each day of arrival lies in each table, and how much of that is cold. */
import { ok, type Result } from '@tracewright/std';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { DATABASE } from './schema/v0001.ts';
import { COLD_DISK } from './volumes/cold-tier.ts';

export type TableDay = {
  readonly table: string;
  /** As a number: 20260102. */
  readonly day: number;
  readonly rows: number;
  /** On disk, hot and cold together; of a cold tier that is away the engine knows nothing. */
  readonly bytes: number;
  readonly coldBytes: number;
};

const DEADLINE_MS = 60_000;

export async function listTableDays(engine: Engine): Promise<Result<TableDay[]>> {
  const answer = await engine.query({
    sql: `SELECT table AS table_name, toUInt32OrZero(partition_id) AS day, toUInt64(sum(rows)) AS row_count,
toUInt64(sum(bytes_on_disk)) AS bytes, toUInt64(sumIf(bytes_on_disk, disk_name = '${COLD_DISK}')) AS cold_bytes
FROM system.parts WHERE database = '${DATABASE}' AND active AND day > 0 GROUP BY table_name, day`,
    class: 'scan',
    deadlineMs: DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  return ok(
    blocks.value.flatMap((block) => {
      const tables = block.strings('table_name');
      const days = block.numbers('day');
      const [rows, bytes, coldBytes] = ['row_count', 'bytes', 'cold_bytes'].map((name) => block.bigs(name));
      return Array.from({ length: block.rows }, (_, row) => ({
        table: tables.text(row),
        day: days[row] ?? 0,
        rows: Number(rows?.[row]),
        bytes: Number(bytes?.[row]),
        coldBytes: Number(coldBytes?.[row]),
      }));
    }),
  );
}
