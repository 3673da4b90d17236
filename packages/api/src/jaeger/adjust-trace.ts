/**
 * What Jaeger's query service does to a trace before it shows it, in its order; `raw` leaves all of it out.
 *
 * What concerns the whole trace is found out on the heads of its spans; a span is made and changed when it is shown.
 */
import { hash } from 'node:crypto';
import { type Attribute, type AttributeValue, findAttribute, type Span } from '@tracewright/model';
import type { SpanList } from '@tracewright/storage';
import { encodeTracesJson } from '@tracewright/wire';
import { SPANS_AT_ONCE } from '../limits.ts';
import { correctClockSkew, shift } from './clock-skew.ts';
import { separateSharedIds } from './shared-ids.ts';
import { type TraceHead, traceHead } from './trace-head.ts';
import { type SpanView, sortByKey, viewSpan } from './trace-view.ts';

export type AdjustOptions = {
  /** 0 switches the adjustment off; its warnings remain. */
  readonly maxClockSkewNano: bigint;
};

/** Adjusts in steps, none of which takes long even for a trace of a hundred thousand spans; ends with its spans. */
export function* adjustInSteps(
  spans: SpanList,
  options: AdjustOptions,
): Generator<undefined, Iterable<SpanView>> {
  const heads: TraceHead[] = [];
  for (let place = 0; place < spans.length; place++) {
    heads.push(traceHead(spans, place));
    if (place % SPANS_AT_ONCE === SPANS_AT_ONCE - 1) yield;
  }
  separateSharedIds(heads);
  yield;
  const kept = yield* dropDuplicates(spans, heads);
  yield;
  correctClockSkew(kept, options.maxClockSkewNano);
  yield;
  return adjustedViews(spans, kept);
}

function* adjustedViews(spans: SpanList, heads: readonly TraceHead[]): Generator<SpanView> {
  for (const head of heads) {
    const view = viewWithIds(spans, head);
    view.warnings.push(...head.warnings);
    if (head.movedNano !== 0n) moveTimes(view, head);
    dotAddresses(view);
    moveLibraryAttributes(view);
    removeEmptyLinks(view);
    yield view;
  }
}

/** The span with the ids that it has in this trace, and with its collections in order. */
function viewWithIds(spans: SpanList, { place, spanId, parentSpanId }: TraceHead): SpanView {
  const view = viewSpan(spans.at(place));
  const { span } = view;
  if (span.spanId !== spanId || span.parentSpanId !== parentSpanId) {
    view.span = { ...span, spanId, parentSpanId };
  }
  sortCollections(view);
  return view;
}

function moveTimes(view: SpanView, { startUnixNano, endUnixNano, movedNano }: TraceHead): void {
  const events = view.span.events.map((event) => ({
    ...event,
    timeUnixNano: shift(event.timeUnixNano, movedNano),
  }));
  view.span = { ...view.span, startUnixNano, endUnixNano, events };
}

/** Spans whose contents are hashed before others get their turn. */
const CONTENTS_AT_ONCE = 500;

/** Most spans come sorted already; only the others are copied. */
function sortCollections(view: SpanView): void {
  const { span } = view;
  const attributes = sortByKey(span.attributes);
  const events = sortEvents(span.events);
  if (attributes !== span.attributes || events !== span.events) view.span = { ...span, attributes, events };
}

function sortEvents(events: Span['events']): Span['events'] {
  const isSorted = events.every(
    (event, at) =>
      (events[at - 1]?.timeUnixNano ?? 0n) <= event.timeUnixNano &&
      sortByKey(event.attributes) === event.attributes,
  );
  if (isSorted) return events;
  return events
    .map((event) => ({ ...event, attributes: sortByKey(event.attributes) }))
    .sort((a, b) => (a.timeUnixNano < b.timeUnixNano ? -1 : a.timeUnixNano > b.timeUnixNano ? 1 : 0));
}

/** Only spans that share an id can be equal; those are compared by a hash of all they hold. */
function* dropDuplicates(
  spans: SpanList,
  heads: readonly TraceHead[],
): Generator<undefined, readonly TraceHead[]> {
  const counts = new Map<string, number>();
  for (const { spanId } of heads) counts.set(spanId, (counts.get(spanId) ?? 0) + 1);
  if (counts.size === heads.length) return heads;
  const seen = new Set<string>();
  const kept: TraceHead[] = [];
  for (const head of heads) {
    if ((counts.get(head.spanId) ?? 0) > 1) {
      const content = hash('sha256', encodeTracesJson([viewWithIds(spans, head).span]), 'base64');
      if (seen.has(content)) continue;
      seen.add(content);
      if (seen.size % CONTENTS_AT_ONCE === 0) yield;
    }
    kept.push(head);
  }
  return kept;
}

/** Old clients send IPv4 addresses as numbers. */
function dotAddresses(view: SpanView): void {
  const isNumber = ({ key, value }: Attribute): boolean =>
    (key === 'ip' || key === 'peer.ipv4') && (value.type === 'int' || value.type === 'double');
  if (!view.span.attributes.some(isNumber)) return;
  view.span = {
    ...view.span,
    attributes: view.span.attributes.map((attribute) =>
      isNumber(attribute) ? { key: attribute.key, value: dotted(attribute.value) } : attribute,
    ),
  };
}

function dotted(value: AttributeValue): AttributeValue {
  const number =
    value.type === 'int' ? value.value : value.type === 'double' ? BigInt(Math.trunc(value.value)) : 0n;
  const bits = BigInt.asUintN(32, number);
  return { type: 'string', value: [24n, 16n, 8n, 0n].map((by) => (bits >> by) & 255n).join('.') };
}

const LIBRARY_KEYS = new Set([
  'telemetry.sdk.language',
  'telemetry.sdk.name',
  'telemetry.sdk.version',
  'telemetry.distro.name',
  'telemetry.distro.version',
]);

/** They describe the process, so that is where they are shown; a value that contradicts it stays and warns. */
function moveLibraryAttributes(view: SpanView): void {
  const { span } = view;
  if (!span.attributes.some(({ key }) => LIBRARY_KEYS.has(key))) return;
  const kept: Attribute[] = [];
  const resource: Attribute[] = [...span.resource.attributes];
  for (const attribute of span.attributes) {
    if (!LIBRARY_KEYS.has(attribute.key)) {
      kept.push(attribute);
      continue;
    }
    const existing = findAttribute(resource, attribute.key);
    if (existing === undefined) resource.push(attribute);
    else if (!isSameText(existing, attribute.value)) {
      kept.push(attribute);
      view.warnings.push(`conflicting values between Span and Resource for attribute ${attribute.key}`);
    }
  }
  view.span = { ...span, attributes: kept, resource: { ...span.resource, attributes: resource } };
}

function isSameText(a: AttributeValue, b: AttributeValue): boolean {
  return a.type === 'string' && b.type === 'string' && a.value === b.value;
}

function removeEmptyLinks(view: SpanView): void {
  if (view.span.links.length === 0) return;
  const links: Span['links'] = view.span.links.filter(({ traceId }) => !/^0*$/.test(traceId));
  const removed = view.span.links.length - links.length;
  if (removed === 0) return;
  view.span = { ...view.span, links };
  for (let count = 0; count < removed; count++) view.warnings.push('Invalid span link removed');
}
