/**
 * A trace as Jaeger's JSON, span by span, so that a large one can be streamed. The order of members and tags
 * is Jaeger's; sub-microsecond parts are cut off.
 */
import {
  type Attribute,
  type AttributeValue,
  findAttribute,
  SPAN_KINDS,
  type Span,
  type SpanLink,
} from '@tracewright/model';
import { type GoJson, newLine, printGoJson, printGoString } from './go-json-print.ts';
import { type SpanView, sortByKey } from './trace-view.ts';

const INT_SAFE = 2n ** 53n - 1n;

/** `level` is the depth of the trace within its answer; absent for the compact form. */
export function* printTrace(trace: Iterable<SpanView>, level: number | undefined): Generator<string> {
  const inner = level === undefined ? undefined : level + 1;
  const deep = inner === undefined ? undefined : inner + 1;
  const colon = level === undefined ? ':' : ': ';
  const processes = new Processes();
  const open = (traceId: string): string =>
    `{${newLine(inner)}"traceID"${colon}${printGoString(jaegerTraceId(traceId))},${newLine(inner)}"spans"${colon}[`;
  let first = true;
  for (const view of trace) {
    yield first ? open(view.span.traceId) : ',';
    yield newLine(deep) + printGoJson(spanJson(view, processes.idOf(view.span)), deep);
    first = false;
  }
  const end = first ? open('') : newLine(inner);
  yield `${end}],${newLine(inner)}"processes"${colon}${printGoJson(processes.toJson(), inner)},${newLine(inner)}"warnings"${colon}null${newLine(level)}}`;
}

/** Without the high half when that is zero. */
export function jaegerTraceId(hex: string): string {
  const padded = hex.padStart(32, '0');
  return padded.startsWith('0'.repeat(16)) ? padded.slice(16) : padded;
}

/** Processes by content, numbered in the order of their first use. */
class Processes {
  readonly #ids = new Map<string, string>();
  readonly #byResource = new Map<Span['resource'], string>();
  readonly #json: [string, GoJson][] = [];

  idOf({ resource }: Span): string {
    const known = this.#byResource.get(resource);
    if (known !== undefined) return known;
    const serviceName = resource.service;
    // A name that is no text named nothing, and is shown where it stands.
    const others = resource.attributes.filter(
      ({ key, value }) => key !== 'service.name' || value.type !== 'string',
    );
    const tags = sortByKey(others).map(tagJson);
    const json = { serviceName, tags };
    const content = printGoJson(json);
    let id = this.#ids.get(content);
    if (id === undefined) {
      id = `p${this.#ids.size + 1}`;
      this.#ids.set(content, id);
      this.#json.push([id, json]);
    }
    this.#byResource.set(resource, id);
    return id;
  }

  /** Go prints the keys of a map in their order as text: p1, p10, p2. */
  toJson(): GoJson {
    return Object.fromEntries(this.#json.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function spanJson({ span, warnings }: SpanView, processID: string): GoJson {
  const duration = span.endUnixNano > span.startUnixNano ? span.endUnixNano - span.startUnixNano : 0n;
  return {
    traceID: jaegerTraceId(span.traceId),
    spanID: span.spanId,
    operationName: span.name,
    references: references(span),
    startTime: span.startUnixNano / 1000n,
    duration: duration / 1000n,
    tags: tags(span),
    logs: span.events.map((event) => ({
      timestamp: event.timeUnixNano / 1000n,
      fields: [
        ...(event.name === '' || findAttribute(event.attributes, 'event') !== undefined
          ? []
          : [textTag('event', event.name)]),
        ...event.attributes.map(tagJson),
      ],
    })),
    processID,
    warnings: warnings.length === 0 ? null : warnings,
  };
}

function references(span: Span): GoJson {
  const list: { refType: string; traceID: string; spanID: string }[] = [];
  const parent =
    span.parentSpanId === ''
      ? undefined
      : { refType: 'CHILD_OF', traceID: jaegerTraceId(span.traceId), spanID: span.parentSpanId as string };
  if (parent !== undefined) list.push(parent);
  for (const link of span.links) {
    const reference = {
      refType: linkType(link),
      traceID: jaegerTraceId(link.traceId),
      spanID: link.spanId.padStart(16, '0'),
    };
    // A link to the parent does not repeat it, but says what kind of reference it is.
    if (parent?.traceID === reference.traceID && parent.spanID === reference.spanID)
      parent.refType = reference.refType;
    else list.push(reference);
  }
  return list;
}

function linkType(link: SpanLink): string {
  const type = findAttribute(link.attributes, 'opentracing.ref_type');
  return type?.type === 'string' && type.value === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM';
}

function tags(span: Span): GoJson {
  const list: GoJson[] = [];
  if (span.scope.name !== '') list.push(textTag('otel.scope.name', span.scope.name));
  if (span.scope.version !== '') list.push(textTag('otel.scope.version', span.scope.version));
  for (const attribute of span.attributes) list.push(tagJson(attribute));
  const kind = SPAN_KINDS[span.kind];
  if (kind !== undefined && kind !== 'unspecified') list.push(textTag('span.kind', kind));
  if (span.statusCode === 1) list.push(textTag('otel.status_code', 'OK'));
  if (span.statusCode === 2) {
    list.push(textTag('otel.status_code', 'ERROR'), { key: 'error', type: 'bool', value: true });
  }
  if (span.statusMessage !== '') list.push(textTag('otel.status_description', span.statusMessage));
  if (span.traceState !== '') list.push(textTag('w3c.tracestate', span.traceState));
  return list;
}

function textTag(key: string, value: string): GoJson {
  return { key, type: 'string', value };
}

function tagJson({ key, value }: Attribute): GoJson {
  switch (value.type) {
    case 'string':
      return { key, type: 'string', value: value.value };
    case 'bool':
      return { key, type: 'bool', value: value.value };
    case 'int': {
      const isSafe = value.value <= INT_SAFE && value.value >= -INT_SAFE;
      return { key, type: 'int64', value: isSafe ? value.value : String(value.value) };
    }
    case 'double':
      return { key, type: 'float64', value: doubleJson(value.value) };
    case 'bytes':
      return { key, type: 'binary', value: base64(value.value) };
    case 'array':
    case 'map':
      return { key, type: 'string', value: printGoJson(plainJson(value)) };
    case 'empty':
      return { key, type: 'string', value: '' };
  }
}

/** Lists and maps in one string, with the keys of maps sorted and integers in full. */
function plainJson(value: AttributeValue): GoJson {
  switch (value.type) {
    case 'string':
    case 'bool':
    case 'int':
      return value.value;
    case 'double':
      return doubleJson(value.value);
    case 'bytes':
      return base64(value.value);
    case 'array':
      return value.value.map(plainJson);
    case 'map':
      return Object.fromEntries(sortByKey(value.value).map((entry) => [entry.key, plainJson(entry.value)]));
    case 'empty':
      return null;
  }
}

/** Go fails the whole answer at what JSON has no number for; a word in its place loses nothing else. */
function doubleJson(value: number): GoJson {
  return Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
