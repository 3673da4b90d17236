/**
 * Everything that one span says, as lines: its facts, attributes, events, links and resource.
 */
import type { Style } from '../../cli/style.ts';
import { durationText, timeText } from '../../cli/time-text.ts';
import { durationOf } from './assemble.ts';
import type { ViewAttribute, ViewSpan } from './view.ts';

export function spanLines(
  span: ViewSpan,
  { style, utc }: { readonly style: Style; readonly utc: boolean },
): readonly string[] {
  const facts: [string, string][] = [
    ['service', span.service],
    ['kind', span.kind],
    ['start', timeText(span.start, { utc })],
    ['duration', durationText(durationOf(span))],
  ];
  if (span.parentId !== '') facts.push(['parent', span.parentId]);
  if (span.isError) facts.push(['status', span.message === '' ? 'error' : `error: ${span.message}`]);
  if (span.scope !== '') facts.push(['instrumentation', span.scope]);
  const lines = [
    style.bold(`Span ${span.id} ${span.name}`),
    ...pairs(
      facts.map(([key, text]) => ({ key, text })),
      '  ',
    ),
  ];
  section('Attributes', span.attributes);
  if (span.events.length > 0) lines.push(style.bold('Events'));
  for (const event of span.events) {
    const offset = event.at - span.start;
    lines.push(
      `  ${offset < 0n ? '' : '+'}${durationText(offset)} ${event.name}`,
      ...pairs(event.attributes, '    '),
    );
  }
  if (span.links.length > 0) lines.push(style.bold('Links'));
  for (const link of span.links)
    lines.push(`  trace ${link.traceId} span ${link.spanId}`, ...pairs(link.attributes, '    '));
  section('Resource', span.resource);
  return lines;

  function section(title: string, attributes: readonly ViewAttribute[]): void {
    if (attributes.length > 0) lines.push(style.bold(title), ...pairs(attributes, '  '));
  }

  function pairs(attributes: readonly ViewAttribute[], indent: string): string[] {
    const width = Math.min(40, Math.max(0, ...attributes.map(({ key }) => key.length)));
    return attributes.map(({ key, text }) => `${indent}${style.dim(key.padEnd(width))}  ${text}`);
  }
}
