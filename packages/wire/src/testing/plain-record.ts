/**
 * Spans and log records as plain JSON, the form of the *.expected.json fixtures: 64-bit numbers as text, bytes
 * in hex, doubles without a JSON number as text, attributes sorted. What the receiver adds is left out.
 */
import type { Attribute, AttributeValue, LogRecord, Resource, Scope, Span } from '@tracewright/model';
import { printHex } from '@tracewright/std';

type Plain = { readonly [name: string]: unknown };

export function plainSpan(span: Span): Plain {
  return sortPlain({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    traceState: span.traceState,
    flags: span.flags,
    name: span.name,
    kind: span.kind,
    startUnixNano: String(span.startUnixNano),
    endUnixNano: String(span.endUnixNano),
    statusCode: span.statusCode,
    statusMessage: span.statusMessage,
    attributes: span.attributes.map(plainAttribute),
    droppedAttributes: span.droppedAttributes,
    events: span.events.map((event) => ({
      ...event,
      timeUnixNano: String(event.timeUnixNano),
      attributes: event.attributes.map(plainAttribute),
    })),
    droppedEvents: span.droppedEvents,
    links: span.links.map((link) => ({ ...link, attributes: link.attributes.map(plainAttribute) })),
    droppedLinks: span.droppedLinks,
    resource: plainShared(span.resource),
    scope: plainShared(span.scope),
  });
}

export function plainLog(log: LogRecord): Plain {
  return sortPlain({
    timeUnixNano: String(log.timeUnixNano),
    observedUnixNano: String(log.observedUnixNano),
    severityNumber: log.severityNumber,
    severityText: log.severityText,
    ...(log.body === undefined ? {} : { body: plainValue(log.body) }),
    attributes: log.attributes.map(plainAttribute),
    droppedAttributes: log.droppedAttributes,
    flags: log.flags,
    traceId: log.traceId,
    spanId: log.spanId,
    eventName: log.eventName,
    resource: plainShared(log.resource),
    scope: plainShared(log.scope),
  });
}

/** Sorts the attributes of a plain record, its events, links, resource and scope, but not within values. */
export function sortPlain(record: Plain): Plain {
  const sorted: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(record)) {
    if (name === 'attributes') sorted[name] = sortBy(value as Plain[]);
    else if (name === 'events' || name === 'links') sorted[name] = (value as Plain[]).map(sortPlain);
    else if (name === 'resource' || name === 'scope') sorted[name] = sortPlain(value as Plain);
    else sorted[name] = value;
  }
  return sorted;
}

function sortBy(attributes: readonly Plain[]): Plain[] {
  return attributes
    .map((attribute) => ({ attribute, text: JSON.stringify([attribute['key'], attribute['value']]) }))
    .sort((left, right) => (left.text < right.text ? -1 : left.text > right.text ? 1 : 0))
    .map(({ attribute }) => attribute);
}

function plainShared(value: Resource | Scope): Plain {
  return { ...value, attributes: value.attributes.map(plainAttribute) };
}

function plainAttribute(attribute: Attribute): Plain {
  return { key: attribute.key, value: plainValue(attribute.value) };
}

function plainValue(value: AttributeValue): Plain {
  switch (value.type) {
    case 'int':
      return { type: 'int', value: String(value.value) };
    case 'double':
      if (Object.is(value.value, -0)) return { type: 'double', value: '-0' };
      return { type: 'double', value: Number.isFinite(value.value) ? value.value : String(value.value) };
    case 'bytes':
      return { type: 'bytes', value: printHex(value.value) };
    case 'array':
      return { type: 'array', value: value.value.map(plainValue) };
    case 'map':
      return { type: 'map', value: value.value.map(plainAttribute) };
    default:
      return value;
  }
}
