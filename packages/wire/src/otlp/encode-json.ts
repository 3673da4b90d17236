/**
 * Encodes spans and log records as OTLP/JSON: ids in hex, 64-bit numbers as strings, enums as numbers, bytes
 * in base64, names in lowerCamelCase. Fields with their default value are left out, except those that
 * readers of JSON commonly expect to find (a span's times, kind and status).
 */
import type { Attribute, AttributeValue, LogRecord, Resource, Scope, Span } from '@tracewright/model';
import { encodeBase64 } from '../primitives/base64.ts';
import { groupRecords } from './group-records.ts';

type Json = { [name: string]: unknown };

/** The text of a TracesData. */
export function encodeTracesJson(spans: readonly Span[]): string {
  return JSON.stringify({
    resourceSpans: groupRecords(spans).map(({ resource, scopes }) => ({
      resource: resourceJson(resource),
      scopeSpans: scopes.map(({ scope, records }) => ({
        scope: scopeJson(scope),
        spans: records.map(spanJson),
        ...text('schemaUrl', scope.schemaUrl),
      })),
      ...text('schemaUrl', resource.schemaUrl),
    })),
  });
}

/** The text of a LogsData. */
export function encodeLogsJson(logs: readonly LogRecord[]): string {
  return JSON.stringify({
    resourceLogs: groupRecords(logs).map(({ resource, scopes }) => ({
      resource: resourceJson(resource),
      scopeLogs: scopes.map(({ scope, records }) => ({
        scope: scopeJson(scope),
        logRecords: records.map(logJson),
        ...text('schemaUrl', scope.schemaUrl),
      })),
      ...text('schemaUrl', resource.schemaUrl),
    })),
  });
}

function resourceJson(resource: Resource): Json {
  return {
    ...attributesJson(resource.attributes),
    ...number('droppedAttributesCount', resource.droppedAttributes),
    ...(resource.entityRefs === undefined
      ? {}
      : {
          entityRefs: resource.entityRefs.map((entity) => ({
            ...text('schemaUrl', entity.schemaUrl),
            ...text('type', entity.type),
            ...(entity.idKeys.length === 0 ? {} : { idKeys: entity.idKeys }),
            ...(entity.descriptionKeys.length === 0 ? {} : { descriptionKeys: entity.descriptionKeys }),
          })),
        }),
  };
}

function scopeJson(scope: Scope): Json {
  return {
    ...text('name', scope.name),
    ...text('version', scope.version),
    ...attributesJson(scope.attributes),
    ...number('droppedAttributesCount', scope.droppedAttributes),
  };
}

function spanJson(span: Span): Json {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...text('traceState', span.traceState),
    ...text('parentSpanId', span.parentSpanId),
    ...number('flags', span.flags),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: String(span.startUnixNano),
    endTimeUnixNano: String(span.endUnixNano),
    ...attributesJson(span.attributes),
    ...number('droppedAttributesCount', span.droppedAttributes),
    ...(span.events.length === 0
      ? {}
      : {
          events: span.events.map((event) => ({
            timeUnixNano: String(event.timeUnixNano),
            ...text('name', event.name),
            ...attributesJson(event.attributes),
            ...number('droppedAttributesCount', event.droppedAttributes),
          })),
        }),
    ...number('droppedEventsCount', span.droppedEvents),
    ...(span.links.length === 0
      ? {}
      : {
          links: span.links.map((link) => ({
            ...text('traceId', link.traceId),
            ...text('spanId', link.spanId),
            ...text('traceState', link.traceState),
            ...attributesJson(link.attributes),
            ...number('droppedAttributesCount', link.droppedAttributes),
            ...number('flags', link.flags),
          })),
        }),
    ...number('droppedLinksCount', span.droppedLinks),
    status: { ...text('message', span.statusMessage), ...number('code', span.statusCode) },
  };
}

function logJson(log: LogRecord): Json {
  return {
    ...time('timeUnixNano', log.timeUnixNano),
    ...time('observedTimeUnixNano', log.observedUnixNano),
    ...number('severityNumber', log.severityNumber),
    ...text('severityText', log.severityText),
    ...text('eventName', log.eventName),
    ...(log.body === undefined ? {} : { body: valueJson(log.body) }),
    ...attributesJson(log.attributes),
    ...number('droppedAttributesCount', log.droppedAttributes),
    ...number('flags', log.flags),
    ...text('traceId', log.traceId),
    ...text('spanId', log.spanId),
  };
}

function attributesJson(list: readonly Attribute[]): Json {
  return list.length === 0 ? {} : { attributes: list.map(attributeJson) };
}

function attributeJson(attribute: Attribute): Json {
  return { key: attribute.key, value: valueJson(attribute.value) };
}

function valueJson(value: AttributeValue): Json {
  switch (value.type) {
    case 'string':
      return { stringValue: value.value };
    case 'bool':
      return { boolValue: value.value };
    case 'int':
      return { intValue: String(value.value) };
    case 'double':
      return { doubleValue: doubleJson(value.value) };
    case 'bytes':
      return { bytesValue: encodeBase64(value.value) };
    case 'array':
      return { arrayValue: { values: value.value.map(valueJson) } };
    case 'map':
      return { kvlistValue: { values: value.value.map(attributeJson) } };
    case 'empty':
      return {};
  }
}

/** What JSON has no number for goes as text, as protobuf's JSON mapping wants it; so does -0, which JSON.stringify loses. */
function doubleJson(value: number): number | string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

function text(name: string, value: string): Json {
  return value === '' ? {} : { [name]: value };
}

function number(name: string, value: number): Json {
  return value === 0 ? {} : { [name]: value };
}

function time(name: string, nanos: bigint): Json {
  return nanos === 0n ? {} : { [name]: String(nanos) };
}
