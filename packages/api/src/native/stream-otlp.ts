/**
 * OTLP answers in pieces, so that of a trace of 100,000 spans a few hundred are made at a time.
 *
 * Spans are taken resource by resource and encoded in slices. A resource with many spans appears once per
 * slice, which OTLP allows and every reader merges; protobuf messages are simply joined, since joining
 * encoded messages joins their repeated fields.
 */
import type { LogRecord, Resource } from '@tracewright/model';
import { assert } from '@tracewright/std';
import type { SpanList } from '@tracewright/storage';
import { encodeLogsJson, encodeTracesJson, encodeTracesProtobuf } from '@tracewright/wire';
import { STREAM_SPANS, STREAM_SPANS_BYTES } from '../limits.ts';

export async function* streamTracesProtobuf(spans: SpanList): AsyncGenerator<Uint8Array> {
  for (const slice of slices(spans)) yield encodeTracesProtobuf(slice);
}

/** With `logs`, pages of log records follow as `resourceLogs`. */
export async function* streamTracesJson(
  spans: SpanList,
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
      for (const slice of slices(recordsOf(page))) {
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

/** Records that are made when they are asked for. */
type Records<R> = {
  readonly length: number;
  readonly bytes: number;
  at(place: number): R;
  resourceAt(place: number): Resource;
};

function recordsOf(page: readonly LogRecord[]): Records<LogRecord> {
  const at = (place: number): LogRecord => page[place] as LogRecord;
  return { length: page.length, bytes: 0, at, resourceAt: (place) => at(place).resource };
}

function* slices<R>(records: Records<R>): Generator<readonly R[]> {
  const groups = new Map<Resource, number[]>();
  for (let place = 0; place < records.length; place++) {
    const resource = records.resourceAt(place);
    const group = groups.get(resource);
    if (group === undefined) groups.set(resource, [place]);
    else group.push(place);
  }
  const fitting = Math.floor((STREAM_SPANS_BYTES * records.length) / Math.max(1, records.bytes));
  const size = Math.max(1, Math.min(STREAM_SPANS, fitting));
  const made = (places: readonly number[]): readonly R[] => places.map((place) => records.at(place));
  // Small resources travel together; only a large one is cut.
  let pending: number[] = [];
  for (const group of groups.values()) {
    for (let at = 0; at < group.length; at += size) {
      const slice = group.slice(at, at + size);
      if (pending.length > 0 && pending.length + slice.length > size) {
        yield made(pending);
        pending = [];
      }
      pending = pending.length === 0 ? slice : pending.concat(slice);
    }
  }
  if (pending.length > 0) yield made(pending);
}
