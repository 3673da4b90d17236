/**
 * Waterfall: an assembled trace → lines of text for a given width. A pure function.
 *
 * In a window every line fits its width; without one (piped) names are whole and only the bars are bounded.
 * What matters does not hang on colour alone: an error has a mark and a line, the critical path a heavier bar.
 */
import { cut, displayWidth, fit, fitRight } from '../../cli/display-text.ts';
import { type Style, serviceSlots } from '../../cli/style.ts';
import { clockText, durationText } from '../../cli/time-text.ts';
import { type AssembledTrace, assembleTrace, durationOf, type TraceNode } from './assemble.ts';
import { criticalPath, type PathSegment } from './critical-path.ts';
import { headerLines } from './header.ts';
import { type OutlineRow, outlineTrace } from './outline.ts';
import type { TraceView, ViewLog } from './view.ts';

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

/** So many rows of spans are shown unless all are asked for. */
export const rowsMax = 200;
const logsPerSpanMax = 5;
const numberWidth = 9;
const barWidthMin = 12;
const barWidthPiped = 40;
const labelWidthMin = 24;

interface Glyphs {
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

const unicodeGlyphs: Glyphs = {
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
const asciiGlyphs: Glyphs = {
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

interface Layout {
  readonly label: number;
  /** Zero when there is no room. */
  readonly self: number;
  readonly bar: number;
}

export function renderWaterfall(view: TraceView, options: WaterfallOptions): readonly string[] {
  const trace = assembleTrace(view.spans, view.logs);
  const { style } = options;
  const glyphs = options.unicode ? unicodeGlyphs : asciiGlyphs;
  const slots = serviceSlots(view.spans.map((span) => span.service));
  const { rows, hiddenRoots } = outlineTrace(trace.roots, {
    all: options.all,
    rowsMax,
    highlight: options.highlight,
  });
  const segments = trace.roots.slice(0, 1).flatMap(criticalPath);
  const bySegment = Map.groupBy(segments, (segment) => segment.node);
  const layout = layOut(
    rows.map((row) => displayWidth(labelOf(row).plain)),
    options.width,
  );

  const lines = [...headerLines(view, trace, segments, options), '', titleLine()];
  for (const row of rows) {
    lines.push(spanLine(row));
    for (const detail of detailsOf(row)) lines.push(detailLine(row, detail));
  }
  if (hiddenRoots > 0)
    lines.push(
      style.dim(`${glyphs.more} ${hiddenRoots} more spans without a parent here (--all shows them)`),
    );
  if (options.logs && trace.otherLogs.length > 0) {
    lines.push('', style.bold('Logs that name no span of this trace'));
    for (const log of options.all ? trace.otherLogs : trace.otherLogs.slice(0, 20))
      lines.push(bounded(logText(log).plain));
    const more = trace.otherLogs.length - 20;
    if (!options.all && more > 0)
      lines.push(style.dim(`${glyphs.more} ${more} more (tracewright logs --trace ${view.traceId})`));
  }
  return lines;

  function titleLine(): string {
    const duration = durationText(trace.end - trace.start);
    const scale = layout.bar === 0 ? '' : `  0${fitRight(duration, layout.bar - 1)}`;
    const self = layout.self === 0 ? '' : ` ${fitRight('SELF', layout.self)}`;
    return style.bold(
      `${fit('SPAN', layout.label)} ${fitRight('DURATION', numberWidth)}${self}${scale}`.trimEnd(),
    );
  }

  function spanLine(row: OutlineRow): string {
    const { nodes } = row;
    const duration = nodes.reduce((sum, { span }) => sum + durationOf(span), 0n);
    const self = nodes.reduce((sum, node) => sum + node.self, 0n);
    const { plain, painted } = labelOf(row);
    const shown = cut(plain, layout.label);
    const space = ' '.repeat(Math.max(0, layout.label - displayWidth(shown)));
    const label = shown === plain ? painted : paintCut(row, shown);
    const selfText = layout.self === 0 ? '' : ` ${style.dim(fitRight(durationText(self), layout.self))}`;
    const bar = layout.bar === 0 ? '' : `  ${barOf(row)}`;
    return `${label}${space} ${fitRight(durationText(duration), numberWidth)}${selfText}${bar}`.trimEnd();
  }

  /** Guides, marks, service and name; the same text with and without colour. */
  function labelOf(row: OutlineRow): { readonly plain: string; readonly painted: string } {
    const [node] = row.nodes;
    if (node === undefined) return { plain: '', painted: '' };
    const { span } = node;
    const guides = guidesOf(row, row.open.at(-1) === true ? glyphs.branch : glyphs.last);
    const isHere = span.id === options.highlight && span.id !== '';
    const marks = [isHere ? glyphs.here : '', span.isError ? glyphs.error : ''].filter(Boolean).join(' ');
    const mark = marks === '' ? '' : `${marks} `;
    const count = row.nodes.length > 1 ? `${glyphs.times}${row.nodes.length} ` : '';
    const name = span.name === '' ? '(no name)' : span.name;
    const tail = tailOf(row);
    const painted = style.service(slots.get(span.service) ?? 0, span.service);
    const shownMark = span.isError ? style.error(mark) : style.bold(mark);
    return {
      plain: `${guides}${mark}${count}${span.service} ${name}${tail}`,
      painted: `${style.dim(guides)}${shownMark}${style.bold(count)}${painted} ${isHere ? style.bold(name) : name}${style.dim(tail)}`,
    };
  }

  function tailOf({ nodes, hidden }: OutlineRow): string {
    const [node] = nodes;
    const parts: string[] = [];
    if (nodes.length > 1) {
      const sorted = nodes.map(({ span }) => durationOf(span)).sort((a, b) => (a < b ? -1 : 1));
      const middle = durationText(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n);
      parts.push(`p50 ${middle}, max ${durationText(sorted.at(-1) ?? 0n)}`);
    }
    if (node?.isOrphan === true) parts.push('parent missing');
    if (node?.isCut === true) parts.push('parents form a circle');
    if (node !== undefined && node.skew > 0n)
      parts.push(`starts ${durationText(node.skew)} before its parent`);
    if (node !== undefined && node.span.end < node.span.start) parts.push('ends before it starts');
    if (hidden > 0) parts.push(`${hidden} below`);
    return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
  }

  /** A label that was cut keeps the colour of its service, unless the cut went through the service itself. */
  function paintCut(row: OutlineRow, shown: string): string {
    const service = row.nodes[0]?.span.service ?? '';
    const at = shown.indexOf(`${service} `);
    if (at < 0) return shown;
    const painted = style.service(slots.get(service) ?? 0, service);
    const before = shown.slice(0, at);
    const mark = row.nodes[0]?.span.isError === true ? style.error(before) : style.dim(before);
    return `${mark}${painted}${shown.slice(at + service.length)}`;
  }

  /** Deep levels lose their outermost guides, so that the name still has room. */
  function guidesOf({ depth, open }: OutlineRow, own: string): string {
    if (depth === 0) return own === glyphs.line || own.trim() === '' ? '' : '';
    const above = open.slice(-depth, -1).map((more) => (more ? glyphs.line : '   '));
    const room = options.width === undefined ? above.length : Math.max(1, Math.floor(options.width / 12));
    const kept = above.slice(Math.max(0, above.length - room));
    const lost = depth - 1 - kept.length;
    return `${lost > 0 ? `${glyphs.more}${lost} ` : ''}${kept.join('')}${own}`;
  }

  function barOf(row: OutlineRow): string {
    const cells = new Array<string>(layout.bar).fill(' ');
    const fill = (from: bigint, to: bigint, glyph: string): void => {
      const first = column(from);
      const last = Math.max(first, to > from ? column(to - 1n) : first);
      for (let c = first; c <= last; c++) cells[c] = glyph;
    };
    for (const { span } of row.nodes) fill(span.start, span.end, glyphs.other);
    for (const node of row.nodes)
      for (const { from, to } of bySegment.get(node) ?? []) fill(from, to, glyphs.critical);
    const text = cells.join('').trimEnd();
    return style.service(slots.get(row.nodes[0]?.span.service ?? '') ?? 0, text);
  }

  function column(at: bigint): number {
    const total = Number(trace.end - trace.start);
    if (total === 0) return 0;
    return Math.max(0, Math.min(layout.bar - 1, Math.floor((Number(at - trace.start) / total) * layout.bar)));
  }

  function detailsOf(row: OutlineRow): readonly Detail[] {
    const details: Detail[] = [];
    const node = row.nodes.find(({ span }) => span.isError) ?? row.nodes[0];
    if (node === undefined) return details;
    const exceptions = node.span.events
      .filter((event) => event.name === 'exception')
      .map((event) => {
        const of = (key: string): string =>
          event.attributes.find((attribute) => attribute.key === key)?.text ?? '';
        return [of('exception.type'), of('exception.message')].filter(Boolean).join(': ');
      });
    if (node.span.isError && !exceptions.some((text) => text.includes(node.span.message)))
      exceptions.unshift(node.span.message);
    for (const text of exceptions)
      details.push({
        plain: `${glyphs.error} ${text === '' ? 'error without a message' : text}`,
        paint: style.error,
      });
    if (node.span.isError && exceptions.length === 0)
      details.push({ plain: `${glyphs.error} error without a message`, paint: style.error });
    if (options.logs) details.push(...logDetails(row, view.traceId));
    return details;
  }

  function logDetails({ nodes }: OutlineRow, traceId: string): readonly Detail[] {
    const logs = nodes.flatMap((node) => node.logs);
    if (logs.length === 0) return [];
    // A folded row stands for many spans: their logs would hide what the fold shows.
    const shown = options.all ? logs : nodes.length > 1 ? [] : logs.slice(0, logsPerSpanMax);
    const more = logs.length - shown.length;
    const command = `tracewright logs --trace ${traceId}${nodes.length > 1 ? '' : ` --span ${nodes[0]?.span.id}`}`;
    return [
      ...shown.map(logText),
      ...(more > 0
        ? [
            {
              plain: `${glyphs.more} ${more} ${shown.length > 0 ? 'more ' : ''}log records (${command})`,
              paint: style.dim,
            },
          ]
        : []),
    ];
  }

  function logText(log: ViewLog): Detail {
    const paint = log.severityNumber >= 17 ? style.error : log.severityNumber >= 13 ? style.warn : style.dim;
    const severity = log.severity === '' ? '' : `${log.severity} `;
    return { plain: `${glyphs.dot} ${clockText(log.at, options)} ${severity}${log.body}`, paint };
  }

  function detailLine(row: OutlineRow, detail: Detail): string {
    const guides = guidesOf(row, row.open.at(-1) === true ? glyphs.line : '   ');
    const own = row.hasChildren ? glyphs.line : '   ';
    const room = options.width === undefined ? undefined : options.width - displayWidth(guides) - own.length;
    const text = room === undefined ? detail.plain : cut(detail.plain, room);
    return `${style.dim(guides + own)}${detail.paint(text)}`;
  }

  function bounded(text: string): string {
    return options.width === undefined ? text : cut(text, options.width);
  }
}

interface Detail {
  readonly plain: string;
  readonly paint: (text: string) => string;
}

/** Names get what they need up to half of the window; self time and then the bars give way when it is narrow. */
function layOut(labels: readonly number[], width: number | undefined): Layout {
  const wanted = labels.reduce((widest, label) => Math.max(widest, label), 4);
  if (width === undefined) return { label: wanted, self: numberWidth, bar: barWidthPiped };
  const numbers = numberWidth + 1;
  const label = Math.min(wanted, Math.max(labelWidthMin, Math.floor(width / 2)));
  const withSelf = width - label - 2 * numbers - 2;
  if (withSelf >= barWidthMin) return { label, self: numberWidth, bar: withSelf };
  const withoutSelf = width - label - numbers - 2;
  if (withoutSelf >= barWidthMin) return { label, self: 0, bar: withoutSelf };
  return { label: Math.max(1, Math.min(wanted, width - numbers)), self: 0, bar: 0 };
}

export type { AssembledTrace, PathSegment, TraceNode };
