import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogRecord, RecordBatch } from '@tracewright/model';
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';
import { readLogs } from '../testing/read-batch.ts';
import { message, SPAN_ID, TRACE_ID, type Write } from '../testing/span-message.ts';
import { testContext } from '../testing/test-context.ts';
import { decodeOtlpLogs } from './decode-logs.ts';

function requestOf(...logs: readonly Write[]): Uint8Array {
  const writer = new ProtobufWriter();
  message(writer, 1, () => {
    message(writer, 2, () => {
      for (const log of logs) message(writer, 2, log);
    });
  });
  return writer.finish();
}

function decode(...logs: readonly Write[]): LogRecord[] {
  const batch = new RecordBatch();
  const decoded = decodeOtlpLogs(requestOf(...logs), batch, testContext());
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.failure.message);
  assert.deepEqual(decoded.value, { accepted: logs.length, rejected: 0, rejections: [] });
  return readLogs(batch);
}

test('a record with ids that cannot stand belongs to no trace, and is kept', () => {
  const logs = decode(
    (writer) => writer.bytes(9, TRACE_ID),
    (writer) => writer.bytes(9, TRACE_ID.subarray(0, 10)),
    (writer) => writer.bytes(9, new Uint8Array(16)),
    (writer) => {
      writer.bytes(9, TRACE_ID);
      writer.bytes(10, SPAN_ID.subarray(1));
    },
  );
  assert.deepEqual(
    logs.map(({ traceId, spanId }) => [traceId.slice(0, 4), spanId]),
    [
      ['0102', ''],
      ['', ''],
      ['', ''],
      ['0102', ''],
    ],
  );
});

test('no body, an empty body and an empty string differ', () => {
  const logs = decode(
    () => {},
    (writer) => message(writer, 5, () => {}),
    (writer) => message(writer, 5, () => writer.string(1, '')),
    (writer) => message(writer, 5, () => writer.unsigned(2, 1)),
  );
  assert.deepEqual(
    logs.map((log) => log.body),
    [undefined, { type: 'empty' }, { type: 'string', value: '' }, { type: 'bool', value: true }],
  );
});

test('a severity that fits no byte reads as unspecified', () => {
  const logs = decode(
    (writer) => writer.unsigned(2, 255),
    (writer) => writer.unsigned(2, 256),
    (writer) => writer.int32(2, -1),
  );
  assert.deepEqual(
    logs.map((log) => log.severityNumber),
    [255, 0, 0],
  );
});

test('structural damage refuses the whole request and names the record', () => {
  const batch = new RecordBatch();
  const body = requestOf(
    () => {},
    (writer) => writer.string(1, 'a time should be here'),
  );
  const decoded = decodeOtlpLogs(body, batch, testContext());
  assert.ok(!decoded.ok);
  assert.match(
    decoded.failure.message,
    /^Cannot decode OTLP logs at log record 1, byte \d+: field 1 has wire type 2/,
  );
  assert.deepEqual([batch.rows('logs'), batch.rows('shared'), batch.known.size], [0, 0, 0]);
});
