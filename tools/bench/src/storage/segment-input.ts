// How a segment's file of spans is read by SQL. A file leaves out columns that hold nothing but defaults; the
// structure, taken from what writes the files, gives them back.

import { KeyTable, SpanBatch } from '@tracewright/model';

const COLUMNS = new SpanBatch(new KeyTable()).columns(0n);

/** The columns that files may have, in their order. */
export const FILE_COLUMNS: readonly string[] = COLUMNS.map(({ name }) => name);

/** What stands behind FROM. */
export function segmentInput(path: string): string {
  return `file('${path}', 'Native', '${COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')}')`;
}
