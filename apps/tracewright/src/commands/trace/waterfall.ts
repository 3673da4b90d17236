/**
 * Waterfall: one trace → lines of text for a given width. A pure function.
 *
 * In a window every line fits its width; without one (piped) names are whole and only the bars are bounded.
 * What matters does not hang on colour alone: an error has a mark and a line, the critical path a heavier bar.
 */
import { cut, displayWidth, fit, fitRight } from '../../cli/display-text.ts';
import { serviceSlots } from '../../cli/style.ts';
import { durationText } from '../../cli/time-text.ts';
import { type AssembledTrace, assembleTrace, durationOf, type TraceNode } from './assemble.ts';
import { criticalPath, type PathSegment } from './critical-path.ts';
import { asciiGlyphs, type Frame, unicodeGlyphs, type WaterfallOptions } from './frame.ts';
import { headerLines } from './header.ts';
import { type OutlineRow, outlineTrace } from './outline.ts';
import { type Detail, detailsOf, logDetail } from './row-details.ts';
import { guidesOf, labelWithin, wholeLabel } from './row-label.ts';
import type { TraceView } from './view.ts';

/** So many rows of spans are shown unless all are asked for. */
export const rowsMax = 200;
const otherLogsMax = 20;
const numberWidth = 9;
const barWidthMin = 12;
const barWidthPiped = 40;
const labelWidthMin = 24;

interface Layout {
  readonly label: number;
  /** Zero when there is no room. */
  readonly self: number;
  readonly bar: number;
}

export function renderWaterfall(view: TraceView, options: WaterfallOptions): readonly string[] {
  const { style, unicode, width } = options;
  const trace = assembleTrace(view.spans, view.logs);
  const slots = serviceSlots(view.spans.map((span) => span.service));
  const frame: Frame = {
    options,
    glyphs: unicode ? unicodeGlyphs : asciiGlyphs,
    traceId: view.traceId,
    inColourOf: (service, text) => style.service(slots.get(service) ?? 0, text),
  };
  const { highlight, all } = options;
  const { rows, hiddenRoots } = outlineTrace(trace.roots, { all, rowsMax, highlight });
  const segments = trace.roots.slice(0, 1).flatMap(criticalPath);
  const segmentsOf = Map.groupBy(segments, (segment) => segment.node);
  const widest = rows.reduce((max, row) => Math.max(max, displayWidth(wholeLabel(row, frame).plain)), 4);
  const layout = layOut(widest, width);

  const lines = [...headerLines(view, trace, segments, options), '', style.bold(titleLine(trace, layout))];
  for (const row of rows) {
    lines.push(spanLine(row, frame, layout, barOf(row, trace, segmentsOf, layout.bar, frame)));
    for (const detail of detailsOf(row, frame)) lines.push(detailLine(row, detail, frame));
  }
  if (hiddenRoots > 0)
    lines.push(
      style.dim(
        bounded(`${frame.glyphs.more} ${hiddenRoots} more without a parent (--all shows them)`, width),
      ),
    );
  lines.push(...otherLogLines(trace, frame));
  return unicode ? lines : lines.map((line) => line.replaceAll('…', '~').replaceAll('µ', 'u'));
}

function titleLine(trace: AssembledTrace, layout: Layout): string {
  const duration = durationText(trace.end - trace.start);
  const scale = layout.bar === 0 ? '' : `  0${fitRight(duration, layout.bar - 1)}`;
  const self = layout.self === 0 ? '' : ` ${fitRight('SELF', layout.self)}`;
  return `${fit('SPAN', layout.label)} ${fitRight('DURATION', numberWidth)}${self}${scale}`;
}

function spanLine(row: OutlineRow, frame: Frame, layout: Layout, bar: string): string {
  const { style } = frame.options;
  const duration = row.nodes.reduce((sum, { span }) => sum + durationOf(span), 0n);
  const self = row.nodes.reduce((sum, node) => sum + node.self, 0n);
  const { plain, painted } = labelWithin(row, frame, layout.label);
  const space = ' '.repeat(Math.max(0, layout.label - displayWidth(plain)));
  const selfText = layout.self === 0 ? '' : ` ${style.dim(fitRight(durationText(self), layout.self))}`;
  const barText = bar === '' ? '' : `  ${bar}`;
  return `${painted}${space} ${fitRight(durationText(duration), numberWidth)}${selfText}${barText}`;
}

function barOf(
  { nodes }: OutlineRow,
  trace: AssembledTrace,
  segmentsOf: ReadonlyMap<TraceNode, readonly PathSegment[]>,
  width: number,
  { glyphs, inColourOf }: Frame,
): string {
  if (width === 0) return '';
  const total = Number(trace.end - trace.start);
  const cells = new Array<string>(width).fill(' ');
  const column = (at: bigint): number => {
    const share = total === 0 ? 0 : Number(at - trace.start) / total;
    return Math.max(0, Math.min(width - 1, Math.floor(share * width)));
  };
  const fill = (from: bigint, to: bigint, glyph: string): void => {
    const first = column(from);
    // The last nanosecond decides, so that a span does not reach into the column after it.
    const last = to > from ? Math.max(first, column(to - 1n)) : first;
    for (let c = first; c <= last; c++) cells[c] = glyph;
  };
  for (const { span } of nodes) fill(span.start, span.end, glyphs.other);
  for (const node of nodes)
    for (const { from, to } of segmentsOf.get(node) ?? []) fill(from, to, glyphs.critical);
  return inColourOf(nodes[0]?.span.service ?? '', cells.join('').trimEnd());
}

function detailLine(row: OutlineRow, detail: Detail, frame: Frame): string {
  const guides = guidesOf(row, frame, true) + (row.hasChildren ? frame.glyphs.line : '   ');
  const { width, style } = frame.options;
  const room = width === undefined ? undefined : width - displayWidth(guides);
  return `${style.dim(guides)}${detail.paint(bounded(detail.plain, room))}`;
}

function otherLogLines({ otherLogs }: AssembledTrace, frame: Frame): readonly string[] {
  const { logs, all, style, width } = frame.options;
  if (!logs || otherLogs.length === 0) return [];
  const shown = all ? otherLogs : otherLogs.slice(0, otherLogsMax);
  const lines = ['', style.bold(bounded('Logs that name no span of this trace', width))];
  for (const log of shown) {
    const { plain, paint } = logDetail(log, frame);
    lines.push(paint(bounded(plain, width)));
  }
  const more = otherLogs.length - shown.length;
  if (more > 0)
    lines.push(
      style.dim(
        bounded(`${frame.glyphs.more} ${more} more (tracewright logs --trace ${frame.traceId})`, width),
      ),
    );
  return lines;
}

function bounded(text: string, width: number | undefined): string {
  return width === undefined ? text : cut(text, width);
}

/** Names get what they need up to half of the window; self time and then the bars give way when it is narrow. */
function layOut(widest: number, width: number | undefined): Layout {
  if (width === undefined) return { label: widest, self: numberWidth, bar: barWidthPiped };
  const numbers = numberWidth + 1;
  const label = Math.min(widest, Math.max(labelWidthMin, Math.floor(width / 2)));
  const withSelf = width - label - 2 * numbers - 2;
  if (withSelf >= barWidthMin) return { label, self: numberWidth, bar: withSelf };
  const withoutSelf = width - label - numbers - 2;
  if (withoutSelf >= barWidthMin) return { label, self: 0, bar: withoutSelf };
  return { label: Math.max(1, Math.min(widest, width - numbers)), self: 0, bar: 0 };
}
