// Encodes the shape of a batch as an OTLP ExportTraceServiceRequest in protobuf, field numbers written out by hand
// from opentelemetry/proto/trace/v1/trace.proto. Ids, times and values that change stay as holes.

import { ProtobufWriter } from './protobuf-writer.ts';
import { HoleCollector, type Template } from './template.ts';
import { type Attribute, type BatchShape, digitWidth, type SpanShape } from './workload.ts';

const NO_ID = new Uint8Array(16);

/** Span flags: the W3C "sampled" bit, and "it is known whether the parent is remote" with the answer no. */
const SAMPLED_LOCAL_PARENT = 0x101;

/** The template of a batch; `headroom` bytes stay free in front of the message (gRPC's frame header). */
export function encodeProtobufTemplate(batch: BatchShape, headroom: number): Template {
  const writer = new ProtobufWriter();
  const holes = new HoleCollector();
  batch.resources.forEach((resource, index) => {
    const spans = batch.spans.filter((span) => span.resource === index);
    if (spans.length === 0) return;
    writer.message(1, () => {
      writer.message(1, () => {
        for (const attribute of resource.attributes) writeAttribute(writer, holes, 1, attribute);
      });
      writer.message(2, () => {
        writer.message(1, () => {
          writer.text(1, resource.scope.name);
          writer.text(2, resource.scope.version);
        });
        for (const span of spans) writer.message(2, () => writeSpan(writer, holes, span));
      });
    });
  });
  return holes.finish('protobuf', writer.finish(headroom), headroom, (mark) => writer.offsetOf(mark));
}

function writeSpan(writer: ProtobufWriter, holes: HoleCollector, span: SpanShape): void {
  const traceId = writer.data(1, NO_ID);
  const spanId = writer.data(2, NO_ID.subarray(0, 8));
  const parentId = span.parentIndex < 0 ? -1 : writer.data(4, NO_ID.subarray(0, 8));
  writer.text(5, span.name);
  writer.unsigned(6, span.kind);
  const start = writer.fixed64(7);
  const end = writer.fixed64(8);
  let unique = -1;
  let rare = -1;
  for (const attribute of span.attributes) {
    const mark = writeAttribute(writer, holes, 9, attribute);
    if (attribute.value.kind === 'unique') unique = mark;
    if (attribute.value.kind === 'rare') rare = mark;
  }
  for (const event of span.events) {
    writer.message(11, () => {
      holes.event(writer.fixed64(1), event.offsetNs);
      writer.text(2, event.name);
      for (const attribute of event.attributes) writeAttribute(writer, holes, 3, attribute);
    });
  }
  if (span.error !== undefined) {
    const message = span.error;
    writer.message(15, () => {
      writer.text(2, message);
      writer.unsigned(3, 2);
    });
  }
  writer.fixed32(16, SAMPLED_LOCAL_PARENT);
  holes.span(
    [span.traceSlot, span.spanIndex, span.parentIndex, traceId, spanId, parentId, start, end, unique, rare],
    span.startOffsetNs,
    span.endOffsetNs,
  );
}

/** Writes one KeyValue; returns the mark of its value where that is a hole, otherwise −1. */
function writeAttribute(
  writer: ProtobufWriter,
  holes: HoleCollector,
  field: number,
  attribute: Attribute,
): number {
  let mark = -1;
  writer.message(field, () => {
    writer.text(1, attribute.key);
    writer.message(2, () => {
      const { value } = attribute;
      switch (value.kind) {
        case 'string':
          writer.text(1, value.text);
          break;
        case 'bool':
          writer.bool(2, value.value);
          break;
        case 'int':
          writer.unsigned(3, value.value);
          break;
        case 'double':
          writer.double(4, value.value);
          break;
        case 'unique':
          mark = writer.text(1, '0'.repeat(16));
          break;
        case 'rare':
          mark = writer.text(1, value.usual);
          break;
        case 'digits': {
          const width = digitWidth(value.below);
          writer.text(1, value.prefix + '0'.repeat(width));
          mark = writer.markBefore(width);
          holes.digits(mark, width, value.below, value.salt);
          break;
        }
      }
    });
  });
  return mark;
}
