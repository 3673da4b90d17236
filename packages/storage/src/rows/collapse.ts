/**
 * Duplicates: a sender that did not hear our answer sends its request again, and both copies are stored.
 * Copies are alike in everything but their arrival; the first that arrived stays.
 */
import { hash } from 'node:crypto';
import {
  type Attribute,
  type AttributeValue,
  attributeText,
  type LogRecord,
  type Span,
  type SpanId,
  type TraceId,
} from '@tracewright/model';

/** The spans without copies; their order is that of the first appearance of each id. */
export function collapseSpans(spans: readonly Span[]): Span[] {
  // By trace first: the ids are there as strings, and none has to be made for a lookup.
  const traces = new Map<TraceId, Map<SpanId, Span | Span[]>>();
  let repeated = false;
  for (const span of spans) {
    let ids = traces.get(span.traceId);
    if (ids === undefined) {
      ids = new Map();
      traces.set(span.traceId, ids);
    }
    const before = ids.get(span.spanId);
    if (before === undefined) ids.set(span.spanId, span);
    else {
      repeated = true;
      if (Array.isArray(before)) before.push(span);
      else ids.set(span.spanId, [before, span]);
    }
  }
  if (!repeated) return [...spans];
  const kept: Span[] = [];
  for (const ids of traces.values()) {
    for (const entry of ids.values()) {
      if (Array.isArray(entry)) kept.push(...firstOfEach(entry, (span) => span));
      else kept.push(entry);
    }
  }
  return kept;
}

/** Of each content the item that arrived first. Contents are told apart by a hash, since there may be many of them. */
export function firstOfEach<Item>(items: readonly Item[], spanOf: (item: Item) => Span): Item[] {
  const byContent = new Map<string, { readonly item: Item; readonly arrivedUnixMs: number }>();
  for (const item of items) {
    const span = spanOf(item);
    const content = hash('sha256', spanContent(span), 'base64');
    const before = byContent.get(content);
    if (before === undefined || span.arrivedUnixMs < before.arrivedUnixMs) {
      byContent.set(content, { item, arrivedUnixMs: span.arrivedUnixMs });
    }
  }
  return Array.from(byContent.values(), ({ item }) => item);
}

/** Everything that a span says, but not when and by which door it came. */
function spanContent(span: Span): string {
  return JSON.stringify([
    span.parentSpanId,
    span.traceState,
    span.flags,
    span.name,
    span.kind,
    String(span.startUnixNano),
    String(span.endUnixNano),
    span.statusCode,
    span.statusMessage,
    attributesContent(span.attributes),
    [span.droppedAttributes, span.droppedEvents, span.droppedLinks],
    span.events.map((event) => [
      String(event.timeUnixNano),
      event.name,
      attributesContent(event.attributes),
      event.droppedAttributes,
    ]),
    span.links.map((link) => [
      link.traceId,
      link.spanId,
      link.traceState,
      attributesContent(link.attributes),
      link.droppedAttributes,
      link.flags,
    ]),
    span.resource.service,
    attributesContent(span.resource.attributes),
    span.resource.schemaUrl,
    [span.scope.name, span.scope.version, span.scope.schemaUrl],
    attributesContent(span.scope.attributes),
    span.weight,
  ]);
}

/** Sorted by key, because which map a value was kept in, and so its place, may differ between copies. */
export function attributesContent(attributes: readonly Attribute[]): readonly (readonly string[])[] {
  return attributes
    .map(({ key, value }) => [key, value.type, valueContent(value)] as const)
    .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
}

function valueContent(value: AttributeValue): string {
  if (value.type === 'array') {
    return JSON.stringify(value.value.map((item) => [item.type, valueContent(item)]));
  }
  if (value.type === 'map') return JSON.stringify(attributesContent(value.value));
  // Minus zero is another double than zero, although both print alike.
  if (value.type === 'double') return Object.is(value.value, -0) ? '-0' : String(value.value);
  return attributeText(value);
}

/** Everything that a log record says, but not when and by which door it came. */
export function logContent(log: LogRecord): string {
  return JSON.stringify([
    String(log.timeUnixNano),
    String(log.observedUnixNano),
    log.severityNumber,
    log.severityText,
    log.body === undefined ? '' : [log.body.type, valueContent(log.body)],
    attributesContent(log.attributes),
    log.droppedAttributes,
    log.flags,
    log.traceId,
    log.spanId,
    log.eventName,
    log.resource.service,
    attributesContent(log.resource.attributes),
    [log.scope.name, log.scope.version],
    attributesContent(log.scope.attributes),
  ]);
}
