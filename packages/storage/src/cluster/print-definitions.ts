/**
 * The definitions of a store as an operator may want to carry them out by hand: everything that a migration of
 * an empty server would say, in its order. A program whose user may not define tables finds them there and
 * goes on.
 *
 * They are what the migration says to an engine that only listens, so that no second list can differ from it.
 */
import { ok, type Result } from '@tracewright/std';
import type { Engine, EngineAnswer } from '../engine/engine.ts';
import { type ServerDialect, translate } from '../engine/server-dialect.ts';
import { migrate } from '../migrate.ts';
import { CLUSTER_TABLES } from './claims.ts';

export async function printDefinitions(dialect: ServerDialect): Promise<Result<readonly string[]>> {
  const heard: string[] = [];
  const answer: EngineAnswer = { blocks: [], waitedMs: 0, ranMs: 0 };
  const listener: Engine = {
    id: 'listener',
    start: async () => ok(undefined),
    check: () => ({ state: 'ready', restarts: 0, running: NONE, waiting: NONE }),
    query: async () => ok(answer),
    command: async (sql) => {
      heard.push(sql);
      return ok(undefined);
    },
    onState: () => () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const migrated = await migrate(listener);
  if (!migrated.ok) return migrated;
  const [database = '', ...rest] = heard;
  return ok([database, ...CLUSTER_TABLES, ...rest].map((sql) => translate(sql, dialect)));
}

const NONE = { write: 0, id: 0, search: 0, scan: 0 } as const;
