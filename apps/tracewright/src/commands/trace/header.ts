/**
 * The lines above a waterfall: what the trace is, what its time went to, and what is odd about it.
 */
import { wrap } from '@tracewright/config';
import { cut } from '../../cli/display-text.ts';
import { serviceSlots } from '../../cli/style.ts';
import { durationText, timeText } from '../../cli/time-text.ts';
import { type AssembledTrace, durationOf } from './assemble.ts';
import { criticalTimes, type PathSegment } from './critical-path.ts';
import type { WaterfallOptions } from './frame.ts';
import type { TraceView } from './view.ts';

/** So many spans of the critical path are named. */
const criticalMax = 3;

export function headerLines(
  view: TraceView,
  trace: AssembledTrace,
  segments: readonly PathSegment[],
  options: WaterfallOptions,
): readonly string[] {
  const { style, width } = options;
  const bounded = (text: string): string => (width === undefined ? text : cut(text, width));
  const wrapped = (text: string): string[] => (width === undefined ? [text] : wrap(text, width).map(bounded));
  const separator = options.unicode ? ' · ' : ' | ';
  const root = trace.roots[0]?.span;
  const services = serviceSlots(view.spans.map((span) => span.service)).size;
  const errors = view.spans.filter((span) => span.isError).length;
  const facts = [
    durationText(trace.end - trace.start),
    counted(view.spans.length, 'span'),
    counted(services, 'service'),
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(view.logs.length > 0 ? [counted(view.logs.length, 'log record')] : []),
    timeText(trace.start, options),
  ];
  const lines = [style.bold(bounded(`Trace ${view.traceId}`))];
  if (root !== undefined) lines.push(bounded(`${root.service} ${root.name}`));
  lines.push(...wrapped(facts.join(separator)));
  const critical = criticalText(trace, segments);
  if (critical !== undefined) lines.push(...wrapped(critical));
  for (const note of notes(trace)) lines.push(...wrapped(`Note: ${note}`).map(style.warn));
  return lines;
}

function criticalText(trace: AssembledTrace, segments: readonly PathSegment[]): string | undefined {
  const root = trace.roots[0];
  if (root === undefined || root.children.length === 0 || durationOf(root.span) === 0n) return undefined;
  const top = [...criticalTimes(segments)].sort(([, a], [, b]) => (a > b ? -1 : 1)).slice(0, criticalMax);
  const total = Number(durationOf(root.span));
  const parts = top.map(([{ span }, time]) => {
    const share = Math.round((Number(time) / total) * 100);
    return `${span.service} ${span.name} ${durationText(time)} (${share}%)`;
  });
  return `Critical path: ${parts.join(', ')}`;
}

function notes(trace: AssembledTrace): readonly string[] {
  const found: string[] = [];
  const { orphans, cut: circles, sameId, clocks } = trace;
  if (orphans > 0)
    found.push(`${counted(orphans, 'span')} ${orphans === 1 ? 'names' : 'name'} a parent that is not here`);
  if (circles > 0)
    found.push(`${counted(circles, 'circle')} of parents ${circles === 1 ? 'was' : 'were'} cut`);
  if (sameId > 0)
    found.push(`${counted(sameId, 'span')} ${sameId === 1 ? 'has' : 'have'} an id that another span has too`);
  for (const { behind, of, by } of clocks)
    found.push(`the clock of ${behind} is at least ${durationText(by)} behind that of ${of}`);
  return found;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
