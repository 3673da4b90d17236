/**
 * Frame: what the parts of a waterfall share while one trace is drawn.
 */
import type { Style } from '../../cli/style.ts';

export interface WaterfallOptions {
  /** Columns of the window; undefined when there is none. */
  readonly width: number | undefined;
  readonly style: Style;
  /** False where the terminal knows only ASCII. */
  readonly unicode: boolean;
  readonly utc: boolean;
  /** No folding, no leaving out. */
  readonly all: boolean;
  readonly logs: boolean;
  /** The span that was asked for, as a `traceparent` names one. */
  readonly highlight?: string | undefined;
}

export interface Frame {
  readonly options: WaterfallOptions;
  readonly glyphs: Glyphs;
  readonly traceId: string;
  /** Text in the colour of a service. */
  readonly inColourOf: (service: string, text: string) => string;
}

export interface Glyphs {
  readonly branch: string;
  readonly last: string;
  readonly line: string;
  readonly critical: string;
  readonly other: string;
  readonly error: string;
  readonly here: string;
  readonly times: string;
  readonly dot: string;
  readonly more: string;
}

export const unicodeGlyphs: Glyphs = {
  branch: '├─ ',
  last: '└─ ',
  line: '│  ',
  critical: '━',
  other: '─',
  error: '✖',
  here: '▶',
  times: '×',
  dot: '·',
  more: '…',
};

export const asciiGlyphs: Glyphs = {
  branch: '|- ',
  last: '`- ',
  line: '|  ',
  critical: '=',
  other: '-',
  error: 'x',
  here: '>',
  times: 'x',
  dot: '.',
  more: '...',
};
