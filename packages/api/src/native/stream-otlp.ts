/**
 * OTLP answers in pieces, so that a trace of 100,000 spans needs the memory of a few hundred at a time.
 *
 * Spans are taken resource by resource and encoded in slices. A resource with many spans appears once per
 * slice, which OTLP allows and every reader merges; protobuf messages are simply joined, since joining
 * encoded messages joins their repeated fields.
 */
import type { LogRecord, Resource, Span } from '@tracewright/model';
import { assert } from '@tracewright/std';
import { encodeLogsJson, encodeTracesJson, encodeTracesProtobuf } from '@tracewright/wire';
import { STREAM_SPANS } from '../limits.ts';

export async function* streamTracesProtobuf(spans: readonly Span[]): AsyncGenerator<Uint8Array> {
  for (const slice of slices(spans)) yield encodeTracesProtobuf(slice);
}

/** With `logs`, pages of log records follow as `resourceLogs`. */
export async function* streamTracesJson(
  spans: readonly Span[],
  logs?: AsyncIterable<readonly LogRecord[]>,
): AsyncGenerator<string> {
  yield '{"resourceSpans":[';
  let first = true;
  for (const slice of slices(spans)) {
    yield (first ? '' : ',') + listItems(encodeTracesJson(slice), '{"resourceSpans":[');
    first = false;
  }
  yield ']';
  if (logs !== undefined) {
    yield ',"resourceLogs":[';
    first = true;
    for await (const page of logs) {
      for (const slice of slices(page)) {
        yield (first ? '' : ',') + listItems(encodeLogsJson(slice), '{"resourceLogs":[');
        first = false;
      }
    }
    yield ']';
  }
  yield '}';
}

function listItems(json: string, opening: string): string {
  assert(json.startsWith(opening) && json.endsWith(']}'), 'An encoded TracesData has an unexpected frame');
  return json.slice(opening.length, -2);
}

function* slices<R extends { readonly resource: Resource }>(records: readonly R[]): Generator<readonly R[]> {
  const groups = new Map<Resource, R[]>();
  for (const record of records) {
    const group = groups.get(record.resource);
    if (group === undefined) groups.set(record.resource, [record]);
    else group.push(record);
  }
  // Small resources travel together; only a large one is cut.
  let pending: R[] = [];
  for (const group of groups.values()) {
    for (let at = 0; at < group.length; at += STREAM_SPANS) {
      const slice = group.slice(at, at + STREAM_SPANS);
      if (pending.length > 0 && pending.length + slice.length > STREAM_SPANS) {
        yield pending;
        pending = [];
      }
      pending = pending.length === 0 ? slice : pending.concat(slice);
    }
  }
  if (pending.length > 0) yield pending;
}
