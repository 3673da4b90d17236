// Encodes the shape of a batch as OTLP/JSON: ids in hexadecimal, 64-bit integers as strings, enumerations as
// numbers. Only ASCII is written, so that an offset in the text is an offset in the bytes.

import { HoleCollector, type Template } from './template.ts';
import { type Attribute, type BatchShape, digitWidth, type SpanShape } from './workload.ts';

/** Nanoseconds since 1970 have nineteen digits from 2001 to 2286. */
const TIME_DIGITS = '0'.repeat(19);

/** The template of a batch as one line of JSON. */
export function encodeJsonTemplate(batch: BatchShape): Template {
  const out = new JsonText();
  const holes = new HoleCollector();
  const resources = batch.resources
    .map((resource, index) => ({ resource, spans: batch.spans.filter((span) => span.resource === index) }))
    .filter(({ spans }) => spans.length > 0);
  out.add('{"resourceSpans":');
  out.list(resources, ({ resource, spans }) => {
    out.add('{"resource":{"attributes":');
    out.list(resource.attributes, (attribute) => addAttribute(out, holes, attribute));
    out.add(`},"scopeSpans":[{"scope":${JSON.stringify(resource.scope)},"spans":`);
    out.list(spans, (span) => addSpan(out, holes, span));
    out.add('}]}');
  });
  out.add('}');
  return holes.finish('json', out.bytes(), 0, (offset) => offset);
}

function addSpan(out: JsonText, holes: HoleCollector, span: SpanShape): void {
  const traceId = out.hole('{"traceId":"', '0'.repeat(32));
  const spanId = out.hole('","spanId":"', '0'.repeat(16));
  const parentId = span.parentIndex < 0 ? -1 : out.hole('","parentSpanId":"', '0'.repeat(16));
  out.add(`","name":${JSON.stringify(span.name)},"kind":${span.kind},`);
  const start = out.hole('"startTimeUnixNano":"', TIME_DIGITS);
  const end = out.hole('","endTimeUnixNano":"', TIME_DIGITS);
  out.add('","attributes":');
  let unique = -1;
  let rare = -1;
  out.list(span.attributes, (attribute) => {
    const at = addAttribute(out, holes, attribute);
    if (attribute.value.kind === 'unique') unique = at;
    if (attribute.value.kind === 'rare') rare = at;
  });
  if (span.events.length > 0) {
    out.add(',"events":');
    out.list(span.events, (event) => {
      holes.event(out.hole('{"timeUnixNano":"', TIME_DIGITS), event.offsetNs);
      out.add(`","name":${JSON.stringify(event.name)},"attributes":`);
      out.list(event.attributes, (attribute) => addAttribute(out, holes, attribute));
      out.add('}');
    });
  }
  if (span.error !== undefined) out.add(`,"status":{"message":${JSON.stringify(span.error)},"code":2}`);
  out.add(',"flags":257}');
  holes.span(
    [span.traceSlot, span.spanIndex, span.parentIndex, traceId, spanId, parentId, start, end, unique, rare],
    span.startOffsetNs,
    span.endOffsetNs,
  );
}

/** Adds one KeyValue; returns the offset of its value where that is a hole, otherwise −1. */
function addAttribute(out: JsonText, holes: HoleCollector, attribute: Attribute): number {
  out.add(`{"key":${JSON.stringify(attribute.key)},"value":{`);
  const { value } = attribute;
  let at = -1;
  switch (value.kind) {
    case 'string':
      out.add(`"stringValue":${JSON.stringify(value.text)}`);
      break;
    case 'bool':
      out.add(`"boolValue":${value.value}`);
      break;
    case 'int':
      out.add(`"intValue":"${value.value}"`);
      break;
    case 'double':
      out.add(`"doubleValue":${value.value}`);
      break;
    case 'unique':
      at = out.hole('"stringValue":"', '0'.repeat(16));
      out.add('"');
      break;
    case 'rare':
      at = out.hole('"stringValue":"', value.usual);
      out.add('"');
      break;
    case 'digits': {
      const width = digitWidth(value.below);
      at = out.hole(`"stringValue":"${value.prefix}`, '0'.repeat(width));
      out.add('"');
      holes.digits(at, width, value.below, value.salt);
      break;
    }
  }
  out.add('}}');
  return at;
}

/** Text that knows its length. */
class JsonText {
  readonly #parts: string[] = [];
  #length = 0;

  add(part: string): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  /** Adds `before` and then `placeholder`, whose offset it returns. */
  hole(before: string, placeholder: string): number {
    this.add(before);
    const at = this.#length;
    this.add(placeholder);
    return at;
  }

  list<T>(items: readonly T[], add: (item: T) => void): void {
    this.add('[');
    items.forEach((item, index) => {
      if (index > 0) this.add(',');
      add(item);
    });
    this.add(']');
  }

  bytes(): Buffer {
    const bytes = Buffer.from(this.#parts.join(''), 'utf8');
    if (bytes.length !== this.#length) throw new Error('A JSON template may only hold ASCII');
    return bytes;
  }
}
