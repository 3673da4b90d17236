// The tables of a variant, and how a segment file comes into them.

import { join } from 'node:path';
import { filtersByMerges, printInsertSettings } from './insert-settings.ts';
import type { MeasuredEngine } from './measured-engine.ts';
import { FILE_STRUCTURE, type FileStructure, rewriteSegment, segmentInput } from './segment-input.ts';
import { isInserted, printTableDefinition } from './table-definition.ts';
import type { TableInUse } from './table-in-use.ts';
import { TABLE, type Variant } from './variants.ts';

export type MadeVariant = {
  /** The files that are inserted: those of the segments, or the variant's own, which an engine writes into `folder`. */
  readonly files: (
    paths: readonly string[],
    folder: string,
    engine: MeasuredEngine,
  ) => Promise<readonly string[]>;
  /** The statements that insert one of them. */
  readonly insert: (path: string) => readonly string[];
};

/** Makes the tables in a database that must be new to the engine. */
export async function makeVariant(
  engine: MeasuredEngine,
  variant: Variant,
  inUse: TableInUse,
): Promise<MadeVariant> {
  const table = variant.table(inUse.table);
  await engine.run('CREATE DATABASE bench');
  await engine.run(printTableDefinition(TABLE, table));
  for (const statement of variant.also(inUse)) await engine.run(statement);
  if (variant.unmerged) await engine.run(`SYSTEM STOP MERGES ${TABLE}`);

  // A column that files do not have gets its default, unless the variant computes it.
  const columns = [...table.columns]
    .filter(([, rest]) => isInserted(rest))
    .map(([column]) => column)
    .filter((column) => FILE_STRUCTURE.has(column) || variant.source(column) !== column);
  const settings = {
    ...(variant.filtersByMerges === true ? filtersByMerges(table) : {}),
    // A variant need not take every column of a file.
    input_format_skip_unknown_fields: 1,
    ...variant.insertSettings,
  };
  const structure = structureOf(variant, inUse);
  return {
    files: async (paths, folder, writing) => {
      if (structure === FILE_STRUCTURE) return paths;
      const own: string[] = [];
      for (const [number, path] of paths.entries()) {
        const to = join(folder, `segment-${number}.native`);
        await writing.run(rewriteSegment(path, to, structure));
        own.push(to);
      }
      return own;
    },
    insert: (path) => [
      `INSERT INTO ${TABLE} (${columns.join(', ')}) SELECT ${columns.map(variant.source).join(', ')} ` +
        `FROM ${segmentInput(path, structure)} ` +
        `SETTINGS ${printInsertSettings({ ...settings, insert_deduplication_token: `'${path}'` })}`,
      ...variant.afterInsert(path),
    ],
  };
}

function structureOf({ fileType }: Variant, { table }: TableInUse): FileStructure {
  if (fileType === undefined) return FILE_STRUCTURE;
  return new Map([...FILE_STRUCTURE].map(([column, type]) => [column, fileType(column, table) ?? type]));
}
