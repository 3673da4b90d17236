// What the hot table is compared with: no sampling at all, a hold before the insert, and one table from which is
// deleted what was not kept.

import { basename, dirname, join } from 'node:path';
import { isInserted, type TableDefinition } from '../storage/table-definition.ts';
import {
  between,
  DECISIONS,
  decideTraces,
  insertColumns,
  insertFile,
  keepRows,
  MAIN,
  prepareShared,
  rangeOf,
  rollUp,
  type TailSegment,
  type Way,
  writeWatermark,
} from './way.ts';

/** Segments as a table. A column of which a file has no value but the default may not be in it at all. */
function files({ columns }: TableDefinition, segments: readonly TailSegment[]): string {
  const structure = [...columns]
    .filter(([, rest]) => isInserted(rest))
    .map(([column, rest]) => `${column} ${rest.replace(/ (?:CODEC|DEFAULT|COMMENT)\b.*$/s, '')}`)
    .join(', ');
  // The engine's globs have no slash between their braces: of the paths only the segments' folders differ.
  const folders = segments.map(({ path }) => basename(dirname(path))).join(',');
  const path = join(
    dirname(dirname(segments[0]?.path ?? '')),
    `{${folders}}`,
    basename(segments[0]?.path ?? ''),
  );
  return `file('${path}', 'Native', '${structure.replaceAll("'", "\\'")}')`;
}

export const NO_SAMPLING: Way = {
  name: 'no-sampling',
  what: 'everything into the main table, nothing decided',
  prepare: (context) => prepareShared(context, MAIN),
  take: async (context, segment) => void (await context.engine.run(insertFile(context, MAIN, segment))),
  decide: async () => undefined,
  source: () => MAIN,
  pinsSegments: false,
};

/** Segments wait on disk. Until they are decided, a question has to read them as files. */
export const HOLD: Way = {
  name: 'hold',
  what: 'segments wait undecided on disk, only what is kept is inserted',
  prepare: (context) => prepareShared(context, undefined),
  take: async ({ engine, table }, segment) => void (await engine.run(rollUp(files(table, [segment])))),
  decide: async ({ engine, policy, table }, window, later) => {
    const { until } = rangeOf(window);
    const columns = 'SELECT trace_id, status_code, parent_id, duration_nano FROM';
    await engine.run(
      decideTraces(
        policy,
        `(SELECT trace_id FROM ${files(table, window)})`,
        `(${columns} ${files(table, [...window, ...later])})`,
        until,
      ),
    );
    await engine.run(keepRows(table, files(table, window)));
    await writeWatermark(engine, until);
  },
  source: (undecided, table) => {
    if (undecided.length === 0) return MAIN;
    const columns = insertColumns(table);
    return `(SELECT ${columns} FROM ${MAIN} UNION ALL SELECT ${columns} FROM ${files(table, undecided)})`;
  },
  pinsSegments: true,
};

/** Weights and reasons of kept rows stay in the table of decisions: a row that is written cannot be changed cheaply. */
export const DELETE: Way = {
  name: 'delete',
  what: 'one table takes everything, what is not kept is deleted from it (lightweight delete)',
  prepare: (context) => prepareShared(context, MAIN),
  take: async (context, segment) => void (await context.engine.run(insertFile(context, MAIN, segment))),
  decide: async ({ engine, policy }, window) => {
    const { from, until } = rangeOf(window);
    const rows = between(MAIN, from, until);
    await engine.run(
      decideTraces(
        policy,
        rows,
        `(SELECT trace_id, status_code, parent_id, duration_nano FROM ${MAIN} WHERE segment >= ${from})`,
        until,
      ),
    );
    await engine.run(
      `DELETE FROM ${MAIN} WHERE segment BETWEEN ${from} AND ${until} AND trace_id NOT IN (SELECT trace_id FROM ${DECISIONS} WHERE keep AND trace_id IN (SELECT trace_id FROM ${rows})) SETTINGS mutations_sync = 1`,
    );
    await writeWatermark(engine, until);
  },
  source: () => MAIN,
  pinsSegments: false,
};
