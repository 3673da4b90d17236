/**
 * Tables for people: columns aligned, the row kept within the window by cutting the columns that may be cut.
 *
 * Without a window (piped) nothing is cut, so that `grep` finds whole names. Cells may already be coloured;
 * cells that came over the wire must have passed `visible`.
 */
import { cut, displayWidth, withoutColour } from './display-text.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

export interface Column {
  readonly title: string;
  readonly right?: boolean;
  /** May be cut when the window is too narrow. */
  readonly cut?: boolean;
}

const gap = 2;
const cutWidthMin = 8;

export function printTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { style, terminal }: { readonly style: Style; readonly terminal: Terminal },
): string {
  const widths = columns.map((column, c) =>
    rows.reduce(
      (widest, row) => Math.max(widest, displayWidth(withoutColour(row[c] ?? ''))),
      column.title.length,
    ),
  );
  const window = terminal.stdout.columns;
  if (window !== undefined) shrink(columns, widths, window);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => pad(cell, c))
      .join(' '.repeat(gap))
      .trimEnd();
  const pad = (cell: string, c: number): string => {
    const width = widths[c] ?? 0;
    const wide = displayWidth(withoutColour(cell));
    // A cell that must be cut loses its colour, since its sequences cannot be cut safely.
    if (wide > width) return cut(withoutColour(cell), width);
    const space = ' '.repeat(width - wide);
    return columns[c]?.right === true ? space + cell : cell + space;
  };
  const head = style.bold(line(columns.map((column) => column.title)));
  return `${[head, ...rows.map(line)].join('\n')}\n`;
}

/** Takes from the widest column that may be cut until the row fits or nothing can be taken. */
function shrink(columns: readonly Column[], widths: number[], window: number): void {
  let over = widths.reduce((sum, width) => sum + width + gap, -gap) - window;
  while (over > 0) {
    let widest = -1;
    for (const [c, column] of columns.entries())
      if (column.cut === true && (widths[c] ?? 0) > (widths[widest] ?? cutWidthMin)) widest = c;
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over--;
  }
}
