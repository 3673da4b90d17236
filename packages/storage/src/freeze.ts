/**
 * Freeze: a picture of the tables at one moment, made of hard links, which costs no copying and no space until the
 * engine replaces the parts.
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
const FIRST = ['spans', 'logs'];

/**
 * Makes the picture below `target`, which must be on the disk of the engine's folder, laid out as an engine's folder
 * is. `name` must be new, and of letters and digits alone.
 */
export async function freezeStore(
  engine: Engine,
  enginePath: string,
  name: string,
  target: string,
): Promise<Result<void>> {
  const listed = await listTables(engine);
  if (!listed.ok) return listed;
  const { tables, disks } = listed.value;
  const foreign = disks.find(({ kind }) => kind.toLowerCase() !== 'local');
  if (foreign !== undefined) {
    return err(
      failure(
        'unsupported',
        `Cannot freeze the tables: parts lie on the disk ${foreign.name}, which is no folder of this machine (${foreign.kind}); bring them back with storage.tiers.cold.use: empty first`,
      ),
    );
  }
  const roots = disks.length === 0 ? [enginePath] : disks.map(({ path }) => path);
  try {
    // The picture is made of names for the same files, which no other disk can give.
    const { dev } = await stat(enginePath);
    for (const root of roots)
      if ((await stat(root)).dev !== dev)
        return err(
          failure(
            'unsupported',
            `Cannot freeze the tables: parts lie in ${root}, on another disk than ${enginePath}; bring them back with storage.tiers.cold.use: empty first`,
          ),
        );
    for (const table of tables) {
      const frozen = await engine.command(`ALTER TABLE ${DATABASE}.${table} FREEZE WITH NAME '${name}'`, {
        deadlineMs: DEADLINE_MS,
      });
      if (!frozen.ok) return frozen;
    }
    await mkdir(target, { recursive: true });
    const isFrozen = await Promise.all(roots.map((root) => isThere(join(root, 'shadow', name, 'store'))));
    // Better no picture than one of nothing.
    if (disks.length > 0 && !isFrozen.includes(true))
      return err(failure('internal', `Cannot freeze the tables: the engine left nothing under ${name}`));
    for (const root of roots) await moveInto(join(root, 'shadow', name, 'store'), join(target, 'store'));
    await copyDefinitions(enginePath, target);
    return ok(undefined);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return err(failure('unavailable', `Cannot freeze the tables: ${reason}`, { retry: 'later', cause }));
  } finally {
    for (const root of roots) await rm(join(root, 'shadow', name), { recursive: true, force: true });
  }
}

/** Moves a tree of folders into another, joining those of the same name. */
async function moveInto(from: string, to: string): Promise<void> {
  if (!(await isThere(from))) return;
  if (!(await isThere(to))) {
    await rename(from, to);
    return;
  }
  for (const name of await readdir(from)) await moveInto(join(from, name), join(to, name));
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
  /** Where there are parts. */
  readonly disks: readonly { readonly name: string; readonly path: string; readonly kind: string }[];
};

async function listTables(engine: Engine): Promise<Result<Listed>> {
  const texts = async (sql: string, columns: readonly string[]): Promise<Result<string[][]>> => {
    const answer = await engine.query({ sql, class: 'scan', deadlineMs: DEADLINE_MS });
    if (!answer.ok) return answer;
    const blocks = decodeNativeBlocks(answer.value.blocks);
    if (!blocks.ok) return blocks;
    return ok(
      blocks.value.flatMap((block) =>
        Array.from({ length: block.rows }, (_, row) =>
          columns.map((column) => block.strings(column).text(row)),
        ),
      ),
    );
  };
  const tables = await texts(
    `SELECT name AS table_name FROM system.tables WHERE database = '${DATABASE}' AND engine LIKE '%MergeTree' ORDER BY name`,
    ['table_name'],
  );
  if (!tables.ok) return tables;
  const disks = await texts(
    `SELECT name AS disk, path AS folder, type AS kind FROM system.disks
WHERE name IN (SELECT DISTINCT disk_name FROM system.parts WHERE database = '${DATABASE}' AND active)`,
    ['disk', 'folder', 'kind'],
  );
  if (!disks.ok) return disks;
  const names = tables.value.map(([table = '']) => table);
  return ok({
    tables: [
      ...names.filter((name) => FIRST.includes(name)),
      ...names.filter((name) => !FIRST.includes(name)),
    ],
    disks: disks.value.map(([name = '', path = '', kind = '']) => ({ name, path, kind })),
  });
}
