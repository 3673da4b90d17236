// Everything goes into a hot table at once; when a window is old enough, its traces are decided by what the table has
// of them, what is kept is copied to the main table, and the watermark moves behind the window. A question asks the
// main table up to the watermark and the hot one behind it, so each span is found once at any moment. Hot rows go as
// partitions of ten minutes.

import type { TableDefinition } from '../storage/table-definition.ts';
import { printTableDefinition } from '../storage/table-definition.ts';
import {
  between,
  decideTraces,
  HOT,
  insertFile,
  keepRows,
  MAIN,
  prepareShared,
  rangeOf,
  readWatermark,
  type Way,
  type WayContext,
  writeWatermark,
} from './way.ts';

const TEN_MINUTES = `toStartOfInterval(toDateTime(intDiv(segment, 1000000), 'UTC'), toIntervalMinute(10))`;

/** The main table has a list of where traces lie; rows of a short life are found by a filter, which costs less. */
const TRACE_FILTER = 'INDEX i_trace substring(trace_id, 9, 8) TYPE bloom_filter(0.0001) GRANULARITY 1';

/** As the main table, for a short life. */
function asMain(table: TableDefinition): TableDefinition {
  const others = table.indexes.filter((index) => !index.startsWith('INDEX i_trace '));
  return { ...table, partitionBy: TEN_MINUTES, indexes: [...others, TRACE_FILTER] };
}

const LEAN_INDEXES = /^INDEX i_(trace|start|service|name) /;

/** Compressed lightly, few indexes, only small merges: what is read for minutes need not be dear to write. */
function lean(table: TableDefinition): TableDefinition {
  const columns = [...table.columns].map(
    ([name, rest]) => [name, rest.replace(/ CODEC\(.*\)$/, ' CODEC(LZ4)')] as const,
  );
  return {
    ...asMain(table),
    columns: new Map(columns),
    indexes: asMain(table).indexes.filter((index) => LEAN_INDEXES.test(index)),
    settings: new Map([...table.settings, ['max_bytes_to_merge_at_max_space_in_pool', String(48 * 2 ** 20)]]),
  };
}

async function decide(context: WayContext, window: Parameters<Way['decide']>[1]): Promise<void> {
  const { engine, policy, table } = context;
  const { from, until } = rangeOf(window);
  if ((await readWatermark(engine)) >= until) return;
  const rows = between(HOT, from, until);
  const evidence = `(SELECT trace_id, status_code, parent_id, duration_nano FROM ${HOT} WHERE segment >= ${from})`;
  await engine.run(decideTraces(policy, rows, evidence, until));
  // A part is there as a whole or not at all: rows of the window mean that a life before this one copied them.
  const [copied] = await engine.row(`SELECT count() FROM ${MAIN} WHERE segment BETWEEN ${from} AND ${until}`);
  if (copied === '0') await engine.run(keepRows(table, rows));
  await writeWatermark(engine, until);
}

function hotWay(name: string, what: string, hot: (table: TableDefinition) => TableDefinition): Way {
  return {
    name,
    what,
    prepare: async (context) => {
      await context.engine.run('CREATE DATABASE IF NOT EXISTS bench');
      await context.engine.run(printTableDefinition(`IF NOT EXISTS ${HOT}`, hot(context.table)));
      await prepareShared(context, HOT);
    },
    take: async (context, segment) => {
      const [there] = await context.engine.row(`SELECT count() FROM ${HOT} WHERE segment = ${segment.id}`);
      if (there === '0') await context.engine.run(insertFile(context, HOT, segment));
    },
    decide,
    source: (undecided) => {
      const first = undecided[0]?.id ?? 2n ** 63n;
      return `(SELECT * FROM ${MAIN} WHERE segment < ${first} UNION ALL SELECT * FROM ${HOT} WHERE segment >= ${first})`;
    },
    pinsSegments: false,
  };
}

export const HOT_TABLE: Way = hotWay(
  'hot-table',
  'a hot table like the main one takes everything, what is kept is copied',
  asMain,
);

export const HOT_LEAN: Way = hotWay(
  'hot-lean',
  'the same with LZ4, four indexes and small merges only in the hot table',
  lean,
);
