/**
 * The lines below a row: what failed, and what was logged while the span ran.
 */
import { clockText } from '../../cli/time-text.ts';
import type { Frame } from './frame.ts';
import type { OutlineRow } from './outline.ts';
import type { ViewEvent, ViewLog, ViewSpan } from './view.ts';

export interface Detail {
  readonly plain: string;
  readonly paint: (text: string) => string;
}

const logsPerSpanMax = 5;

export function detailsOf(row: OutlineRow, frame: Frame): readonly Detail[] {
  const { options, glyphs } = frame;
  // Of a folded row one failure speaks for all: they are alike.
  const node = row.nodes[0];
  if (node === undefined) return [];
  const failures = failuresOf(node.span).map((text) => ({
    plain: `${glyphs.error} ${text}`,
    paint: options.style.error,
  }));
  return options.logs ? [...failures, ...logDetails(row, frame)] : failures;
}

export function logDetail(log: ViewLog, { options, glyphs }: Frame): Detail {
  const { style } = options;
  const paint = log.severityNumber >= 17 ? style.error : log.severityNumber >= 13 ? style.warn : style.dim;
  const severity = log.severity === '' ? '' : `${log.severity} `;
  return { plain: `${glyphs.dot} ${clockText(log.at, options)} ${severity}${log.body}`, paint };
}

/** Exceptions, and the message of the status where no exception says it already, or else what stands for one. */
function failuresOf(span: ViewSpan): readonly string[] {
  const exceptions = span.events.filter((event) => event.name === 'exception').map(exceptionText);
  const isSaid = exceptions.some((text) => text !== '' && text.includes(span.message));
  const said = exceptions.filter((text) => text !== '');
  const message = span.message || (said.length === 0 ? codeOf(span) : '');
  return span.isError && !isSaid && message !== '' ? [message, ...said] : said;
}

/** The error's type or the status of HTTP; the mark in the row says already that there is one. */
function codeOf({ attributes }: ViewSpan): string {
  const of = (key: string): string => attributes.find((attribute) => attribute.key === key)?.text ?? '';
  const status = of('http.response.status_code') || of('http.status_code');
  const type = of('error.type');
  if (type !== '' && type !== status) return type;
  return status === '' ? '' : `HTTP ${status}`;
}

function exceptionText({ attributes }: ViewEvent): string {
  const of = (key: string): string => attributes.find((attribute) => attribute.key === key)?.text ?? '';
  return [of('exception.type'), of('exception.message')].filter(Boolean).join(': ');
}

function logDetails({ nodes }: OutlineRow, frame: Frame): readonly Detail[] {
  const logs = nodes.flatMap((node) => node.logs);
  const isFold = nodes.length > 1;
  // A folded row stands for many spans: their logs would bury what the fold shows.
  const shown = frame.options.all ? logs : isFold ? [] : logs.slice(0, logsPerSpanMax);
  const details = shown.map((log) => logDetail(log, frame));
  const more = logs.length - shown.length;
  if (more === 0) return details;
  const where = isFold ? '' : ` --span ${nodes[0]?.span.id}`;
  const command = `tracewright logs --trace ${frame.traceId}${where}`;
  const count = `${more} ${shown.length > 0 ? 'more ' : ''}log record${more === 1 ? '' : 's'}`;
  return [
    ...details,
    { plain: `${frame.glyphs.more} ${count} (${command})`, paint: frame.options.style.dim },
  ];
}
