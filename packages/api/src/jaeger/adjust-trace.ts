/**
 * What Jaeger's query service does to a trace before it shows it, in its order; `raw` leaves all of it out.
 */
import { type Attribute, type AttributeValue, findAttribute, type Span } from '@tracewright/model';
import { encodeTracesJson } from '@tracewright/wire';
import { correctClockSkew } from './clock-skew.ts';
import { separateSharedIds } from './shared-ids.ts';
import { type SpanView, sortByKey, type TraceView } from './trace-view.ts';

export type AdjustOptions = {
  /** 0 switches the adjustment off; its warnings remain. */
  readonly maxClockSkewNano: bigint;
};

export function adjustTrace(trace: TraceView, options: AdjustOptions): TraceView {
  const steps = adjustInSteps(trace, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps, none of which takes long even for a trace of a hundred thousand spans. */
export function* adjustInSteps(trace: TraceView, options: AdjustOptions): Generator<undefined, TraceView> {
  separateSharedIds(trace);
  yield;
  for (const view of trace) sortCollections(view);
  yield;
  const adjusted = dropDuplicates(trace);
  yield;
  correctClockSkew(adjusted, options.maxClockSkewNano);
  yield;
  for (const view of adjusted) {
    dotAddresses(view);
    moveLibraryAttributes(view);
    removeEmptyLinks(view);
  }
  return adjusted;
}

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

/** Only spans that share an id can be equal; those are compared by all they hold. */
function dropDuplicates(trace: TraceView): TraceView {
  const counts = new Map<string, number>();
  for (const { span } of trace) counts.set(span.spanId, (counts.get(span.spanId) ?? 0) + 1);
  const seen = new Set<string>();
  return trace.filter(({ span }) => {
    if ((counts.get(span.spanId) ?? 0) < 2) return true;
    const content = encodeTracesJson([span]);
    if (seen.has(content)) return false;
    seen.add(content);
    return true;
  });
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
