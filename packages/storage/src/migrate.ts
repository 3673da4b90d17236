/**
 * Migrations: bring the tables of a store to the version that this program writes, before anything else
 * touches them.
 *
 * Versions are applied in order and noted in `schema_migrations` after their last statement; a store without
 * tables begins with the newest version that says how. Statements may be repeated, so a kill in between costs nothing. A store of a later version is refused, not guessed at.
 */
import { err, failpoint, failure, ok, type Result } from '@tracewright/std';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { DATABASE, V0001 } from './schema/v0001.ts';
import { FRESH_V0002, V0002 } from './schema/v0002.ts';

export type Migration = {
  readonly version: number;
  /** From the version before. */
  readonly statements: readonly string[];
  /** From nothing; absent: by way of the version before. */
  readonly fresh?: readonly string[];
};
export type MigrationReport = { readonly from: number; readonly to: number };

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, statements: V0001 },
  { version: 2, statements: V0002, fresh: FRESH_V0002 },
];

const STATEMENT_DEADLINE_MS = 120_000;

export async function migrate(
  engine: Engine,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Result<MigrationReport>> {
  const prepared = await runAll(engine, [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE}`,
    `CREATE TABLE IF NOT EXISTS ${DATABASE}.schema_migrations (version UInt32, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = MergeTree ORDER BY version`,
  ]);
  if (!prepared.ok) return prepared;
  const answer = await engine.query({
    sql: `SELECT max(version) AS version FROM ${DATABASE}.schema_migrations`,
    class: 'write',
    deadlineMs: STATEMENT_DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  const from = blocks.value[0]?.numbers('version')[0] ?? 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (from > newest) {
    return err(
      failure(
        'unsupported',
        `The store has schema version ${from}, and this program knows versions up to ${newest}: use the newer program that wrote it`,
      ),
    );
  }
  const fresh = from === 0 ? migrations.findLast((migration) => migration.fresh !== undefined) : undefined;
  for (const migration of migrations) {
    if (migration.version <= from || (fresh !== undefined && migration.version < fresh.version)) continue;
    const applied = await runAll(engine, [
      ...((migration === fresh ? migration.fresh : undefined) ?? migration.statements),
      `INSERT INTO ${DATABASE}.schema_migrations (version) SELECT ${migration.version}`,
    ]);
    if (!applied.ok) return applied;
  }
  return ok({ from, to: newest });
}

async function runAll(engine: Engine, statements: readonly string[]): Promise<Result<void>> {
  for (const sql of statements) {
    failpoint('migrate.statement.begin');
    const done = await engine.command(sql, { deadlineMs: STATEMENT_DEADLINE_MS });
    if (!done.ok) return done;
    failpoint('migrate.statement.done');
  }
  return ok(undefined);
}
