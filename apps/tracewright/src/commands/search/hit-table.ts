/**
 * What was found, one row each, in whatever window there is.
 *
 * A row that wraps is unreadable, and a name cut to a few letters says nothing. So a narrow window first shortens
 * the time, then drops what can be missed, then gives the ids a line of their own, and last gives up the table:
 * each hit is then a few short lines. Piped output is always the whole table.
 */
import type { Call } from '../../cli/command.ts';
import { cut, displayWidth, withoutColour } from '../../cli/display-text.ts';
import { type Column, printTable } from '../../cli/table.ts';
import { clockText, timeText } from '../../cli/time-text.ts';

export interface HitColumn extends Column {
  /** Gone where the window is narrow. */
  readonly optional?: true;
  /** What follows the value where there is no title above it: "43 spans". */
  readonly unit?: string;
}

export interface Hit {
  readonly startNano: bigint;
  readonly cells: readonly string[];
  /** Whole, in any window. */
  readonly ids: readonly string[];
}

export interface HitTable {
  readonly columns: readonly HitColumn[];
  readonly idTitles: readonly string[];
  readonly hits: readonly Hit[];
}

/** A column that may be cut keeps this much, or the table is given up. */
const readableWidth = 20;
const gap = 2;

export function hitTable(
  table: HitTable,
  frame: Pick<Call, 'style' | 'terminal'>,
  { nowMs }: { readonly nowMs: number },
): string {
  const { columns, idTitles, hits } = table;
  const window = frame.terminal.stdout.columns;
  const utc = !frame.terminal.stdout.isTty;
  const exact = hits.map((hit) => timeText(hit.startNano, { utc }));
  const ids = idTitles.map((title) => ({ title }));
  const all = columns.map((_, c) => c);
  const needed = all.filter((c) => columns[c]?.optional !== true);
  const rows = (times: readonly string[], shown: readonly number[], withIds: boolean) =>
    hits.map((hit, i) => [
      times[i] ?? '',
      ...shown.map((c) => hit.cells[c] ?? ''),
      ...(withIds ? hit.ids : []),
    ]);
  const heads = (shown: readonly number[], withIds: boolean): Column[] => [
    { title: 'STARTED' },
    ...shown.flatMap((c) => columns[c] ?? []),
    ...(withIds ? ids : []),
  ];
  if (window === undefined) return printTable(heads(all, true), rows(exact, all, true), frame);
  const short = shortTimes(hits, utc, nowMs);
  for (const [times, shown] of [
    [exact, all],
    [short, all],
    [short, needed],
  ] as const) {
    const cells = rows(times, shown, true);
    if (widthOf(heads(shown, true), cells) <= window) return printTable(heads(shown, true), cells, frame);
  }
  const head = heads(needed, false);
  const cells = rows(short, needed, false);
  if (widthOf(head, cells, readableWidth) > window) return blocks(table, short, window);
  const [title, ...lines] = printTable(head, cells, frame).trimEnd().split('\n');
  const out = [title, ...lines.flatMap((line, i) => [line, ...idLines(hits[i]?.ids ?? [], window)])];
  return `${out.join('\n')}\n`;
}

/** Only the time of the day, while that says it all. */
function shortTimes(hits: readonly Hit[], utc: boolean, nowMs: number): string[] {
  const dayOf = (nano: bigint): string => timeText(nano, { utc }).slice(0, 10);
  const today = dayOf(BigInt(nowMs) * 1_000_000n);
  const isToday = hits.every((hit) => dayOf(hit.startNano) === today);
  return hits.map(({ startNano }) =>
    isToday ? clockText(startNano, { utc }) : timeText(startNano, { utc }).slice(0, 19),
  );
}

/** How wide the table gets; a column that may be cut counts as `cutAt` at most. */
function widthOf(columns: readonly Column[], rows: readonly (readonly string[])[], cutAt = Infinity): number {
  const widths = columns.map(({ title, cut: mayCut }, c) => {
    const whole = rows.reduce(
      (widest, row) => Math.max(widest, displayWidth(withoutColour(row[c] ?? ''))),
      title.length,
    );
    return mayCut === true ? Math.min(whole, cutAt) : whole;
  });
  return widths.reduce((sum, width) => sum + width + gap, -gap);
}

/** Without a table: figures, names and ids on lines of their own. */
function blocks({ columns, hits }: HitTable, times: readonly string[], window: number): string {
  const lines = hits.flatMap((hit, i) => {
    const facts = [times[i] ?? ''];
    const names: string[] = [];
    for (const [c, column] of columns.entries()) {
      const cell = hit.cells[c] ?? '';
      if (cell === '' || column.optional === true) continue;
      if (column.cut === true) names.push(cell);
      else facts.push(column.unit === undefined ? cell : `${cell} ${column.unit}`);
    }
    const flowed = flow(facts, window).map((line, n) => (n === 0 ? line : `  ${line}`));
    const named = names.map((name) => `  ${within(name, window - 2)}`);
    return [...flowed, ...named, ...idLines(hit.ids, window)];
  });
  return `${lines.join('\n')}\n`;
}

/** An id is never cut: it is there to be copied. */
function idLines(ids: readonly string[], window: number): string[] {
  return flow(ids, window - 2).map((line) => `  ${line}`);
}

/** As many on a line as fit. */
function flow(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = last === undefined ? undefined : `${last}  ${part}`;
    if (joined !== undefined && displayWidth(withoutColour(joined)) <= width - 2)
      lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  return lines;
}

/** Colours cannot be cut safely, so a text that is too long loses them. */
function within(text: string, width: number): string {
  const plain = withoutColour(text);
  return displayWidth(plain) <= width ? text : cut(plain, width);
}
