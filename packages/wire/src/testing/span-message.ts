/** Writes OTLP trace requests field by field, for tests that need what no encoder would write. */
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';

export const TRACE_ID: Uint8Array = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
export const SPAN_ID: Uint8Array = Uint8Array.from({ length: 8 }, (_, at) => at + 101);

export type Write = (writer: ProtobufWriter) => void;

export function message(writer: ProtobufWriter, field: number, write: Write): void {
  const mark = writer.open(field);
  write(writer);
  writer.close(mark);
}

/** A request with one resource and one scope, whose spans are written by `spans`. */
export function requestOf(...spans: readonly Write[]): Uint8Array {
  const writer = new ProtobufWriter();
  message(writer, 1, () => {
    message(writer, 1, () => attribute(writer, 1, 'service.name', 'test'));
    message(writer, 2, () => {
      for (const span of spans) message(writer, 2, span);
    });
  });
  return writer.finish();
}

/** Ids that stand, then whatever `more` writes. */
export function goodSpan(more: Write = () => {}): Write {
  return (writer) => {
    writer.bytes(1, TRACE_ID);
    writer.bytes(2, SPAN_ID);
    more(writer);
  };
}

export function attribute(writer: ProtobufWriter, field: number, key: string, value: string): void {
  message(writer, field, () => {
    writer.string(1, key);
    message(writer, 2, () => writer.string(1, value));
  });
}
