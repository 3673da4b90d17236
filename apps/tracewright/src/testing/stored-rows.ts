/**
 * StoredRows: what lies in the tables of a server that has stopped, row by row and without the readers' collapsing
 * of duplicates. This is how tests know that something is stored once and not twice.
 */
import { createEmbeddedEngine } from '@tracewright/storage';

export type StoredRow = {
  readonly count: number;
  /** The segments that brought it. */
  readonly segments: string;
};

/** The rows of each span id, and of each time of a log record, by 16 hex digits. */
export async function storedNumbers(dataPath: string): Promise<Map<string, StoredRow>> {
  await using engine = createEmbeddedEngine({ path: `${dataPath}/engine` });
  const started = await engine.start();
  if (!started.ok) throw new Error(started.failure.message);
  const found = new Map<string, StoredRow>();
  for (const [table, number] of [
    ['spans', 'lower(hex(span_id))'],
    ['logs', 'leftPad(lower(hex(time_nano)), 16, char(48))'],
  ]) {
    const answer = await engine.query({
      sql: `SELECT concat(${number}, ' ', toString(count()), ' ', arrayStringConcat(groupUniqArray(toString(segment)), ','), '\\n') AS line FROM tracewright.${table} GROUP BY ${number}`,
      class: 'scan',
      deadlineMs: 60_000,
      // Each of millions of rows is looked at by itself.
      memoryBytesMax: 1_200 * 1024 * 1024,
      rowsMax: 10_000_000,
    });
    if (!answer.ok) throw new Error(answer.failure.message);
    for (const block of answer.value.blocks) {
      const text = new TextDecoder('latin1').decode(block);
      for (const [, id = '', count, segments = ''] of text.matchAll(/([0-9a-f]{16}) (\d+) (\S+)\n/g))
        found.set(id, { count: (found.get(id)?.count ?? 0) + Number(count), segments });
    }
  }
  return found;
}

/** How many rows there are in `from`, which may end in a condition, after these statements. */
export async function countRows(
  dataPath: string,
  from: string,
  statements: readonly string[] = [],
): Promise<number> {
  await using engine = createEmbeddedEngine({ path: `${dataPath}/engine` });
  const started = await engine.start();
  if (!started.ok) throw new Error(started.failure.message);
  for (const sql of statements) {
    const done = await engine.command(sql, { deadlineMs: 60_000 });
    if (!done.ok) throw new Error(done.failure.message);
  }
  const sql = `SELECT concat('<', toString(count()), '>') AS text FROM ${from}`;
  const answer = await engine.query({ sql, class: 'scan', deadlineMs: 60_000 });
  if (!answer.ok) throw new Error(answer.failure.message);
  const text = answer.value.blocks.map((block) => new TextDecoder('latin1').decode(block)).join('');
  return Number(/<(\d+)>/.exec(text)?.[1]);
}
