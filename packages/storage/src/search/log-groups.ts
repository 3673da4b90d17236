/**
 * Groups of log records that stand at the same place of the order, without resends.
 */
import type { LogRecord } from '@tracewright/model';
import { logContent } from '../rows/collapse.ts';

/** Where a group stands in the order: time, ids as hex (zero for none) and the hash of the body. */
export type LogPlace = {
  readonly timeNano: bigint;
  readonly traceId: string;
  readonly spanId: string;
  readonly hash: bigint;
};

export type LogRow = { readonly place: LogPlace; readonly segment: bigint; readonly log: LogRecord };
export type LogGroup = { readonly place: LogPlace; readonly logs: readonly LogRecord[] };

export function samePlace(a: LogPlace, b: LogPlace): boolean {
  return a.timeNano === b.timeNano && a.traceId === b.traceId && a.spanId === b.spanId && a.hash === b.hash;
}

/** Rows of one place must follow each other. */
export function groupLogs(rows: readonly LogRow[]): LogGroup[] {
  const groups: LogGroup[] = [];
  let from = 0;
  for (let at = 1; at <= rows.length; at++) {
    const first = rows[from] as LogRow;
    const next = rows[at];
    if (next !== undefined && samePlace(next.place, first.place)) continue;
    groups.push({ place: first.place, logs: collapse(rows.slice(from, at)) });
    from = at;
  }
  return groups;
}

function collapse(rows: readonly LogRow[]): LogRecord[] {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return [only.log];
  const contents = new Map<string, Map<bigint, LogRecord[]>>();
  for (const { segment, log } of rows) {
    const content = logContent(log);
    let segments = contents.get(content);
    if (segments === undefined) {
      segments = new Map();
      contents.set(content, segments);
    }
    const logs = segments.get(segment);
    if (logs === undefined) segments.set(segment, [log]);
    else logs.push(log);
  }
  return [...contents.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, segments]) => mostOf([...segments.entries()].sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The records of the segment that has most; of the earliest where several have as many. */
function mostOf(segments: readonly (readonly [bigint, LogRecord[]])[]): LogRecord[] {
  let most: LogRecord[] = [];
  for (const [, logs] of segments) if (logs.length > most.length) most = logs;
  return most;
}
