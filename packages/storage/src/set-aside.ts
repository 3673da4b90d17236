/**
 * SetAside: what the engine took out of its tables because it cannot be read, and how a part gets there.
 *
 * A part that is found broken at the start is moved to `detached` by the engine itself. One that a read meets later is
 * checked first, so that a passing fault of the machine costs nothing, and is then detached under its name. Nothing
 * deletes what is set aside: it may still be mended, or restored from a backup.
 */
import { ok, type Result } from '@tracewright/std';
import { printText } from './compile/literal.ts';
import { type DamagedPart, damagedPartIn } from './damaged-part.ts';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { DATABASE } from './schema/v0001.ts';

export type SetAsidePart = {
  readonly table: string;
  /** As the folder below `detached` is called. */
  readonly part: string;
  /** The engine's word for it, such as `broken-on-start`; `detached` for one that was set aside by name. */
  readonly reason: string;
  readonly bytes: number;
  readonly path: string;
};

const LIST_DEADLINE_MS = 5_000;
const CHECK_DEADLINE_MS = 600_000;
const DETACH_DEADLINE_MS = 60_000;

export async function listSetAside(engine: Engine): Promise<Result<readonly SetAsidePart[]>> {
  const answer = await engine.query({
    sql: `SELECT table AS table_name, name, if(ifNull(reason, '') = '', 'detached', ifNull(reason, '')) AS why,
toUInt64(ifNull(bytes_on_disk, 0)) AS bytes, path AS folder FROM system.detached_parts WHERE database = '${DATABASE}' ORDER BY table_name, name`,
    class: 'id',
    deadlineMs: LIST_DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  return ok(
    blocks.value.flatMap((block) => {
      const [tables, names, reasons, folders] = ['table_name', 'name', 'why', 'folder'].map((column) =>
        block.strings(column),
      );
      const bytes = block.bigs('bytes');
      return Array.from({ length: block.rows }, (_, row) => ({
        table: tables?.text(row) ?? '',
        part: names?.text(row) ?? '',
        reason: reasons?.text(row) ?? '',
        bytes: Number(bytes[row]),
        path: folders?.text(row) ?? '',
      }));
    }),
  );
}

export type PartVerdict = { readonly whole: boolean; readonly reason: string };

/** Reads all of a part and compares it with its checksums. */
export async function checkPart(
  engine: Engine,
  { database, table, part }: DamagedPart,
  signal?: AbortSignal,
): Promise<Result<PartVerdict>> {
  const answer = await engine.query({
    sql: `CHECK TABLE ${database}.${table} PART ${printText(part)}`,
    class: 'scan',
    deadlineMs: CHECK_DEADLINE_MS,
    settings: { check_query_single_value_result: 0 },
    ...(signal === undefined ? {} : { signal }),
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  for (const block of blocks.value) {
    const passed = block.numbers('is_passed');
    const messages = block.strings('message');
    for (let row = 0; row < block.rows; row++)
      if (passed[row] !== 1) return ok({ whole: false, reason: messages.text(row) });
  }
  return ok({ whole: true, reason: '' });
}

/** True when the part was damaged and is out of the table now; false when it is whole after all. */
export async function setAsideIfDamaged(engine: Engine, part: DamagedPart): Promise<Result<boolean>> {
  const verdict = await checkPart(engine, part);
  if (!verdict.ok) return verdict;
  if (verdict.value.whole) return ok(false);
  const detached = await engine.command(
    `ALTER TABLE ${part.database}.${part.table} DETACH PART ${printText(part.part)}`,
    { deadlineMs: DETACH_DEADLINE_MS },
  );
  return detached.ok ? ok(true) : detached;
}

/**
 * Parts that the engine could not read lately, whoever asked: a merge that fails tells nobody. Each kind of error
 * remembers its last message only, so a second part shows once the first is out of the way.
 */
export async function listUnreadable(engine: Engine): Promise<Result<readonly DamagedPart[]>> {
  const answer = await engine.query({
    sql: 'SELECT toInt32(code) AS error_code, last_error_message AS message FROM system.errors',
    class: 'id',
    deadlineMs: LIST_DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  const found = new Map<string, DamagedPart>();
  for (const block of blocks.value) {
    const codes = block.numbers('error_code');
    const messages = block.strings('message');
    for (let row = 0; row < block.rows; row++) {
      const part = damagedPartIn(codes[row] ?? 0, messages.text(row));
      if (part?.database === DATABASE) found.set(`${part.table} ${part.part}`, part);
    }
  }
  return ok([...found.values()]);
}
