/**
 * The label of a row: the guides of the tree, marks, service, name, and remarks on what is odd about the span.
 */
import { cut, displayWidth } from '../../cli/display-text.ts';
import { durationText } from '../../cli/time-text.ts';
import { durationOf } from './assemble.ts';
import type { Frame } from './frame.ts';
import type { OutlineRow } from './outline.ts';

/** The same text without and with colour. */
export interface Label {
  readonly plain: string;
  readonly painted: string;
}

/** So much of a name stays before the remarks go. */
const nameWidthMin = 10;

/** The whole label, however wide. */
export function wholeLabel(row: OutlineRow, frame: Frame): Label {
  return labelOf(row, frame, {});
}

/** The name gives way first; a name that would get too short pushes the remarks out. Never wider than `width`. */
export function labelWithin(row: OutlineRow, frame: Frame, width: number): Label {
  const whole = labelOf(row, frame, {});
  const over = displayWidth(whole.plain) - width;
  if (over <= 0) return whole;
  const shorter = labelOf(row, frame, { over });
  if (displayWidth(shorter.plain) <= width) return shorter;
  const bare = labelOf(row, frame, { bare: true });
  const last = labelOf(row, frame, { bare: true, over: Math.max(0, displayWidth(bare.plain) - width) });
  if (displayWidth(last.plain) <= width) return last;
  // Where even a short name is too long the label is cut, and its colours with it.
  const text = cut(last.plain, width);
  return { plain: text, painted: text };
}

/** The lines that lead from the parent to this row; with `line` instead of a branch, to what stands below it. */
export function guidesOf(
  { depth, open }: OutlineRow,
  { glyphs, options }: Frame,
  forDetail: boolean,
): string {
  if (depth === 0) return '';
  const hasMore = open.at(-1) === true;
  const own = forDetail ? (hasMore ? glyphs.line : '   ') : hasMore ? glyphs.branch : glyphs.last;
  const above = open.slice(-depth, -1).map((more) => (more ? glyphs.line : '   '));
  // Deep levels lose their outermost guides, so that the name still has room.
  const room = options.width === undefined ? above.length : Math.max(1, Math.floor(options.width / 12));
  const kept = above.slice(Math.max(0, above.length - room));
  const lost = depth - 1 - kept.length;
  return `${lost > 0 ? `${glyphs.more}${lost} ` : ''}${kept.join('')}${own}`;
}

function labelOf(
  row: OutlineRow,
  frame: Frame,
  how: { readonly over?: number; readonly bare?: true },
): Label {
  const [node] = row.nodes;
  if (node === undefined) return { plain: '', painted: '' };
  const { span } = node;
  const { options, glyphs } = frame;
  const { style } = options;
  const guides = guidesOf(row, frame, false);
  const isHere = span.id === options.highlight && span.id !== '';
  const marks = [isHere ? glyphs.here : '', span.isError ? glyphs.error : ''].filter(Boolean).join(' ');
  const mark = marks === '' ? '' : `${marks} `;
  const count = row.nodes.length > 1 ? `${glyphs.times}${row.nodes.length} ` : '';
  const whole = span.name === '' ? '(no name)' : span.name;
  const over = how.over ?? 0;
  const name = over === 0 ? whole : cut(whole, Math.max(nameWidthMin, displayWidth(whole) - over));
  const remarks = how.bare === true ? '' : remarksOf(row);
  const service = frame.inColourOf(span.service, span.service);
  const shownMark = span.isError ? style.error(mark) : style.bold(mark);
  const shownName = isHere ? style.bold(name) : name;
  return {
    plain: `${guides}${mark}${count}${span.service} ${name}${remarks}`,
    painted: `${style.dim(guides)}${shownMark}${style.bold(count)}${service} ${shownName}${style.dim(remarks)}`,
  };
}

function remarksOf({ nodes, hidden }: OutlineRow): string {
  const [node] = nodes;
  const remarks: string[] = [];
  if (nodes.length > 1) {
    const sorted = nodes.map(({ span }) => durationOf(span)).sort((a, b) => (a < b ? -1 : 1));
    const middle = durationText(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n);
    remarks.push(`p50 ${middle}, max ${durationText(sorted.at(-1) ?? 0n)}`);
  }
  if (node?.isOrphan === true) remarks.push('parent missing');
  if (node?.isCut === true) remarks.push('parents form a circle');
  if (node !== undefined && node.skew > 0n) remarks.push(`starts ${durationText(node.skew)} early`);
  if (node !== undefined && node.span.end < node.span.start) remarks.push('ends before it starts');
  if (hidden > 0) remarks.push(`${hidden} below`);
  return remarks.length === 0 ? '' : ` (${remarks.join('; ')})`;
}
