/** Requests that are damaged or made to hurt: refused whole, in words that name the place, within the limits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Acceptance, RecordBatch, type Span } from '@tracewright/model';
import { GROUP_DEPTH_MAX, VALUE_DEPTH_MAX } from '../limits.ts';
import { readSpans } from '../testing/read-batch.ts';
import { goodSpan, message, requestOf, type Write } from '../testing/span-message.ts';
import { testContext } from '../testing/test-context.ts';
import { decodeOtlpTraces } from './decode-traces.ts';

function decode(
  body: Uint8Array,
  batch: RecordBatch = new RecordBatch(),
): { acceptance: Acceptance; spans: Span[] } {
  const decoded = decodeOtlpTraces(body, batch, testContext());
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.failure.message);
  assert.equal(batch.spans.rows, decoded.value.accepted);
  return { acceptance: decoded.value, spans: readSpans(batch) };
}

function refuse(body: Uint8Array): string {
  const batch = new RecordBatch();
  const decoded = decodeOtlpTraces(body, batch, testContext());
  assert.ok(!decoded.ok, 'the request should have been refused');
  assert.deepEqual([decoded.failure.code, decoded.failure.retry], ['invalid', 'never']);
  assert.deepEqual([batch.rows('spans'), batch.rows('shared'), batch.known.size], [0, 0, 0]);
  return decoded.failure.message;
}

test('structural damage refuses the whole request and names the place', () => {
  const cases: [Uint8Array, RegExp][] = [
    [Uint8Array.of(0x0a), /^Cannot decode OTLP traces at byte 1: a varint runs past/],
    [Uint8Array.of(0x0a, 5, 1), /at byte 1: a length of 5 runs past/],
    [Uint8Array.of(0x08, 1), /field 1 has wire type 0/],
    [requestOf(goodSpan((writer) => writer.unsigned(5, 1))), /at span 0, byte \d+: field 5 has wire type 0/],
    [
      requestOf(
        goodSpan(),
        goodSpan((writer) => writer.raw(Uint8Array.of(0x2a, 9))),
      ),
      /at span 1, byte \d+: a length of 9/,
    ],
    [requestOf(goodSpan((writer) => writer.raw(Uint8Array.of(0x0f)))), /wire type 7/],
    [requestOf(goodSpan((writer) => writer.string(6, 'server'))), /field 6 has wire type 2/],
    [
      requestOf(goodSpan((writer) => message(writer, 11, () => writer.unsigned(1, 1)))),
      /field 1 has wire type 0/,
    ],
    [
      requestOf(goodSpan((writer) => message(writer, 13, () => writer.unsigned(6, 1)))),
      /field 6 has wire type 0/,
    ],
    [
      requestOf(goodSpan((writer) => message(writer, 15, () => writer.string(3, 'OK')))),
      /field 3 has wire type 2/,
    ],
    [
      requestOf(
        goodSpan((writer) => message(writer, 9, () => message(writer, 2, () => writer.fixed32(4, 0)))),
      ),
      /field 4 has wire type 5/,
    ],
    [requestOf(goodSpan(groups(GROUP_DEPTH_MAX + 1))), /groups are nested deeper/],
  ];
  for (const [body, expected] of cases) assert.match(refuse(body), expected);
});

function groups(depth: number): Write {
  return (writer) => {
    for (let at = 0; at < depth; at++) writer.raw(Uint8Array.of(0xa3, 0x1f));
    for (let at = 0; at < depth; at++) writer.raw(Uint8Array.of(0xa4, 0x1f));
  };
}

function nestedValue(kind: 'array' | 'map', depth: number): Write {
  return (writer) => {
    if (depth === 0) writer.string(1, 'bottom');
    else if (kind === 'array') {
      message(writer, 5, () => message(writer, 1, nestedValue(kind, depth - 1)));
    } else
      message(writer, 6, () => message(writer, 1, () => message(writer, 2, nestedValue(kind, depth - 1))));
  };
}

test('values nest to a limit, anywhere', () => {
  for (const kind of ['array', 'map'] as const) {
    const spanOf = (depth: number): Uint8Array =>
      requestOf(goodSpan((writer) => message(writer, 9, () => message(writer, 2, nestedValue(kind, depth)))));
    let value = decode(spanOf(VALUE_DEPTH_MAX)).spans[0]?.attributes[0]?.value;
    let depth = 0;
    while (value?.type === 'array' || value?.type === 'map') {
      const entry: unknown = value.value[0];
      value = value.type === 'array' ? value.value[0] : (entry as { value: typeof value }).value;
      depth++;
    }
    assert.deepEqual([depth, value], [VALUE_DEPTH_MAX, { type: 'string', value: 'bottom' }]);
    assert.match(refuse(spanOf(VALUE_DEPTH_MAX + 1)), /nested deeper than/);
    assert.match(refuse(spanOf(500)), /nested deeper than/);
  }
});
