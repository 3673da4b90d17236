// How a segment's file of spans is read by SQL. A file leaves out columns that hold nothing but defaults; the
// structure, taken from what writes the files, gives them back.

import { KeyTable, SpanBatch } from '@tracewright/model';

/** Columns by name, with the type that files have. */
export type FileStructure = ReadonlyMap<string, string>;

/** The columns that files may have, in their order. */
export const FILE_STRUCTURE: FileStructure = new Map(
  new SpanBatch(new KeyTable()).columns(0n).map(({ name, type }) => [name, type]),
);

/** What stands behind FROM; a file in which columns have other types is read with its own structure. */
export function segmentInput(path: string, structure: FileStructure = FILE_STRUCTURE): string {
  const columns = [...structure].map(([name, type]) => `${name} ${type}`);
  return `file('${path}', 'Native', '${columns.join(', ')}')`;
}

/** Writes a file anew: block by block as it was, with every column, in the types of `structure`. */
export function rewriteSegment(path: string, to: string, structure: FileStructure): string {
  const columns = [...structure].map(([name, type]) => `CAST(${name}, '${type}') AS ${name}`);
  return (
    `SELECT ${columns.join(', ')} FROM ${segmentInput(path)} INTO OUTFILE '${to}' FORMAT Native ` +
    'SETTINGS max_threads = 1'
  );
}
