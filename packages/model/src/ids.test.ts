import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSpanId, parseTraceId, parseTraceReference } from './ids.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

test('every spelling of a trace id means the same trace', () => {
  const spellings = [
    TRACE,
    TRACE.toUpperCase(),
    ` ${TRACE}\n`,
    `0x${TRACE}`,
    '4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
    '1-4bf92f35-77b34da6a3ce929d0e0e4736',
  ];
  for (const text of spellings)
    assert.deepEqual(parseTraceReference(text), { traceId: TRACE, lowOnly: false }, text);
});

test('a traceparent names a span too', () => {
  const spanId = '00f067aa0ba902b7';
  assert.deepEqual(parseTraceReference(`00-${TRACE}-${spanId}-01`), {
    traceId: TRACE,
    lowOnly: false,
    spanId,
  });
  assert.deepEqual(parseTraceReference(`00-${TRACE}-0000000000000000-01`), {
    traceId: TRACE,
    lowOnly: false,
  });
});

test('up to 16 digits are the low half of an id', () => {
  assert.deepEqual(parseTraceReference('a3ce929d0e0e4736'), {
    traceId: '0000000000000000a3ce929d0e0e4736',
    lowOnly: true,
  });
  assert.deepEqual(parseTraceReference('7B')?.traceId, '0000000000000000000000000000007b');
});

test('other text, ids that are too long, and zero ids are no ids', () => {
  const none = [
    '',
    ' ',
    'xyz',
    '0',
    '0'.repeat(32),
    `${TRACE}0`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    '4bf9 2f35',
  ];
  for (const text of none) assert.equal(parseTraceReference(text), undefined, text);
  for (const text of ['', '0', 'g', '1'.repeat(33)]) assert.equal(parseTraceId(text), undefined, text);
  for (const text of ['', '0000', '-1', '1'.repeat(17)]) assert.equal(parseSpanId(text), undefined, text);
  assert.equal(parseSpanId('AB'), '00000000000000ab');
});
