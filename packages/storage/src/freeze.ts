/**
 * Freeze: a picture of the tables at one moment, made of hard links, which costs no copying and no space until the
 * engine replaces the parts. What lies on a cold tier is held where it is.
 *
 * Each table is frozen on the writer's session, between two inserts. Tables that others refer to come after those, so
 * that what the rows of a picture refer to is in it as well. Whoever freezes has to link the segments that wait before
 * it: one that is stored in between is then in both, and the writer does not store it twice.
 */
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@tracewright/std';
import type { Engine } from './engine/engine.ts';
import { MIGRATIONS } from './migrate.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { DATABASE } from './schema/v0001.ts';

/** The newest version of the tables that this program can open. */
export const SCHEMA_VERSION: number = MIGRATIONS.at(-1)?.version ?? 0;

const DEADLINE_MS = 120_000;
/** A picture may name many thousand objects. */
const THAW_DEADLINE_MS = 600_000;
const FIRST = ['spans', 'logs'];
/** Of other tables nothing moves to a cold tier. */
const COLD_TABLES = FIRST;

/**
 * Makes the picture below `target`, which must be on the disk of the engine's folder, laid out as an engine's folder
 * is. `name` must be new, and of letters and digits alone. With a cold tier, `coldPath` is the folder below which its
 * parts can be seen; their picture is what `coldPicture` names, and stays there until `thawStore`.
 */
export async function freezeStore(
  engine: Engine,
  enginePath: string,
  name: string,
  target: string,
  coldPath?: string,
): Promise<Result<void>> {
  const listed = await listTables(engine);
  if (!listed.ok) return listed;
  const { tables, parts } = listed.value;
  const shadow = join(enginePath, 'shadow', name);
  try {
    for (const table of tables) {
      const frozen = await engine.command(`ALTER TABLE ${DATABASE}.${table} FREEZE WITH NAME '${name}'`, {
        deadlineMs: DEADLINE_MS,
      });
      if (!frozen.ok) return frozen;
    }
    await mkdir(target, { recursive: true });
    const pictures = [
      join(shadow, 'store'),
      ...(coldPath === undefined ? [] : [coldPicture(coldPath, name)]),
    ];
    const areThere = await Promise.all(pictures.map(isThere));
    // Better no picture than one of nothing.
    if (parts > 0 && !areThere.includes(true))
      return err(failure('internal', `Cannot freeze the tables: the engine left nothing under ${name}`));
    if (areThere[0] === true) await rename(join(shadow, 'store'), join(target, 'store'));
    await copyDefinitions(enginePath, target);
    return ok(undefined);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return err(failure('unavailable', `Cannot freeze the tables: ${reason}`, { retry: 'later', cause }));
  } finally {
    await rm(shadow, { recursive: true, force: true });
  }
}

/** The folder with the picture of what is cold; in it lies `store`. Of a bucket it names the objects. */
export function coldPicture(coldPath: string, name: string): string {
  return join(coldPath, 'shadow', name);
}

/** Names of the pictures that were not let go of. */
export async function listColdPictures(coldPath: string): Promise<readonly string[]> {
  const names = await readdir(join(coldPath, 'shadow')).catch((): string[] => []);
  return names.filter((name) => /^[\da-f]{32}$/.test(name));
}

/**
 * Lets go of a cold picture. The engine has to do it, since objects of a bucket that only the picture still names are
 * then deleted; without it they would stay for ever.
 */
export async function thawStore(engine: Engine, coldPath: string, name: string): Promise<Result<void>> {
  for (const table of COLD_TABLES) {
    const sql = `ALTER TABLE ${DATABASE}.${table} UNFREEZE WITH NAME '${name}'`;
    const thawed = await engine.query({ sql, class: 'scan', deadlineMs: THAW_DEADLINE_MS });
    if (!thawed.ok) return thawed;
  }
  try {
    await rm(coldPicture(coldPath, name), { recursive: true, force: true });
    return ok(undefined);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return err(failure('unavailable', `Cannot remove the picture ${name}: ${reason}`, { cause }));
  }
}

/** What the engine knows its tables by; small files, which it may replace and which are therefore copied. */
async function copyDefinitions(enginePath: string, target: string): Promise<void> {
  const names = await readdir(join(enginePath, 'metadata'));
  for (const name of names)
    if (name.endsWith('.sql')) await cp(join(enginePath, 'metadata', name), join(target, 'metadata', name));
  const store = join(enginePath, 'store');
  for (const prefix of await readdir(store)) {
    for (const id of await readdir(join(store, prefix))) {
      const folder = join(store, prefix, id);
      for (const entry of await readdir(folder, { withFileTypes: true }))
        if (entry.isFile()) await cp(join(folder, entry.name), join(target, 'store', prefix, id, entry.name));
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

type Listed = {
  readonly tables: readonly string[];
  /** How many there are, wherever they lie. */
  readonly parts: number;
};

async function listTables(engine: Engine): Promise<Result<Listed>> {
  const answer = await engine.query({
    sql: `SELECT name AS table_name, toUInt32(sum(ifNull(active_parts, 0)) OVER ()) AS parts FROM system.tables
WHERE database = '${DATABASE}' AND engine LIKE '%MergeTree' ORDER BY name`,
    class: 'scan',
    deadlineMs: DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  const names = blocks.value.flatMap((block) =>
    Array.from({ length: block.rows }, (_, row) => block.strings('table_name').text(row)),
  );
  return ok({
    tables: [
      ...names.filter((name) => FIRST.includes(name)),
      ...names.filter((name) => !FIRST.includes(name)),
    ],
    parts: blocks.value[0]?.numbers('parts')[0] ?? 0,
  });
}
