/**
 * A span on its way to Jaeger's JSON: it may still change, and has warnings. The spans of the reader are shared and
 * stay as they are; a change makes a copy.
 */
import { type Attribute, type AttributeValue, findAttribute, type Span } from '@tracewright/model';
import { EMPTY_SPAN_NAME } from '@tracewright/query';
import type { SpanList } from '@tracewright/storage';
import { printGoTime } from './go-time.ts';

export type SpanView = { span: Span; readonly warnings: string[] };

const WARNINGS_KEY = '@jaeger@warnings';
const FORMAT_KEY = '@jaeger@format';

/** Views of a trace, made one by one. */
export function* viewSpans(spans: SpanList): Generator<SpanView> {
  for (const span of spans) yield viewSpan(span);
}

/**
 * What Jaeger's collector does to spans before they are stored is done here when they are read: an end before
 * the start is moved, and warnings that a Jaeger put into attributes become warnings again.
 */
export function viewSpan(original: Span): SpanView {
  const warnings: string[] = [];
  let span = original;
  const marked = span.attributes.some(({ key }) => key === WARNINGS_KEY || key === FORMAT_KEY);
  if (marked) {
    warnings.push(...textsOf(findAttribute(span.attributes, WARNINGS_KEY)));
    span = {
      ...span,
      attributes: span.attributes.filter(({ key }) => key !== WARNINGS_KEY && key !== FORMAT_KEY),
    };
  }
  const end = endOf(span);
  if (end !== span.endUnixNano) {
    warnings.push(
      `Negative duration detected, sanitizing end timestamp. Original end timestamp: ${printGoTime(span.endUnixNano)}, adjusted to: ${printGoTime(end)}`,
    );
    span = { ...span, endUnixNano: end };
  }
  if (span.name === '') span = { ...span, name: EMPTY_SPAN_NAME };
  return { span, warnings };
}

/** The end of a span, which is not before its start. */
export function endOf({ startUnixNano, endUnixNano }: Pick<Span, 'startUnixNano' | 'endUnixNano'>): bigint {
  return endUnixNano < startUnixNano ? startUnixNano + 1n : endUnixNano;
}

function textsOf(value: AttributeValue | undefined): readonly string[] {
  if (value?.type === 'string') return [value.value];
  if (value?.type !== 'array') return [];
  return value.value.flatMap((item) => (item.type === 'string' ? [item.value] : []));
}

/** By code units of UTF-16, which for keys in ASCII is what Go does. */
export function sortByKey(attributes: readonly Attribute[]): readonly Attribute[] {
  const sorted = attributes.every((each, at) => at === 0 || (attributes[at - 1]?.key ?? '') <= each.key);
  if (sorted) return attributes;
  return attributes.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
