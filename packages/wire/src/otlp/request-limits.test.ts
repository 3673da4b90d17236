/** Requests that are small as bytes and large as rows: refused whole, in words, with nothing of them kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordBatch } from '@tracewright/model';
import type { Result } from '@tracewright/std';
import {
  COLUMN_BYTES_PER_REQUEST_MAX,
  ENTRIES_PER_RECORD_MAX,
  RECORDS_PER_REQUEST_MAX,
  RESOURCES_PER_REQUEST_MAX,
  SCOPES_PER_REQUEST_MAX,
} from '../limits.ts';
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';
import { attribute, goodSpan, message, requestOf, type Write } from '../testing/span-message.ts';
import { testContext } from '../testing/test-context.ts';
import { decodeOtlpLogsJson, decodeOtlpTracesJson } from './decode-json.ts';
import { decodeOtlpLogs } from './decode-logs.ts';
import { decodeOtlpTraces } from './decode-traces.ts';

type Decode = (body: Uint8Array, batch: RecordBatch) => Result<{ readonly accepted: number }>;
const traces: Decode = (body, batch) => decodeOtlpTraces(body, batch, testContext());
const logs: Decode = (body, batch) => decodeOtlpLogs(body, batch, testContext());

/** Refused as too large for ever, in these words, and the batch is as it was, with the row that stood before. */
function refuse(decode: Decode, body: Uint8Array, words: string): void {
  const batch = new RecordBatch();
  assert.ok(traces(requestOf(goodSpan()), batch).ok);
  const before = [
    batch.bytes(),
    batch.rows('spans'),
    batch.rows('logs'),
    batch.rows('shared'),
    batch.known.size,
  ];
  const decoded = decode(body, batch);
  assert.ok(!decoded.ok, 'the request should have been refused');
  assert.deepEqual(
    [decoded.failure.code, decoded.failure.retry, decoded.failure.message],
    ['too-large', 'never', words],
  );
  const after = [
    batch.bytes(),
    batch.rows('spans'),
    batch.rows('logs'),
    batch.rows('shared'),
    batch.known.size,
  ];
  assert.deepEqual(after, before);
  batch.reset();
  assert.ok(traces(requestOf(goodSpan()), batch).ok);
}

function accept(decode: Decode, body: Uint8Array, rows: number): void {
  const batch = new RecordBatch();
  const decoded = decode(body, batch);
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.failure.message);
  assert.equal(decoded.value.accepted, rows);
  assert.ok(batch.bytes() < COLUMN_BYTES_PER_REQUEST_MAX);
}

/** One resource with one scope that holds `count` empty log records, and a service name of some length. */
function emptyLogs(count: number, service: string = ''): Uint8Array {
  const writer = new ProtobufWriter();
  message(writer, 1, () => {
    if (service !== '') message(writer, 1, () => attribute(writer, 1, 'service.name', service));
    message(writer, 2, () => writer.raw(repeated(0x12, count)));
  });
  return writer.finish();
}

/** A field that is an empty message, again and again. */
function repeated(tag: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count * 2);
  for (let at = 0; at < bytes.length; at += 2) bytes[at] = tag;
  return bytes;
}

test('empty log records are refused beyond the limit, though they are 2 bytes each', () => {
  accept(logs, emptyLogs(RECORDS_PER_REQUEST_MAX), RECORDS_PER_REQUEST_MAX);
  const words = `Cannot accept OTLP logs: more than ${RECORDS_PER_REQUEST_MAX} log records in one request`;
  refuse(logs, emptyLogs(RECORDS_PER_REQUEST_MAX + 1), words);
  refuse(logs, emptyLogs(2_000_000), words);
});

test('a trace of 100,000 spans passes in one request', () => {
  accept(traces, requestOf(...new Array<Write>(100_000).fill(goodSpan())), 100_000);
});

test('spans that are refused one by one count too', () => {
  const writer = new ProtobufWriter();
  message(writer, 1, () => message(writer, 2, () => writer.raw(repeated(0x12, RECORDS_PER_REQUEST_MAX + 1))));
  refuse(
    traces,
    writer.finish(),
    `Cannot accept OTLP traces: more than ${RECORDS_PER_REQUEST_MAX} spans in one request`,
  );
});

test('the limit of records holds for JSON, before anything is translated to the end', () => {
  const json = (from: string, count: number, to: string): Uint8Array =>
    new TextEncoder().encode(from + new Array(count).fill('{}').join(',') + to);
  refuse(
    (body, batch) => decodeOtlpLogsJson(body, batch, testContext()),
    json('{"resourceLogs":[{"scopeLogs":[{"logRecords":[', RECORDS_PER_REQUEST_MAX + 1, ']}]}]}'),
    `Cannot accept OTLP logs: more than ${RECORDS_PER_REQUEST_MAX} log records in one request`,
  );
  refuse(
    (body, batch) => decodeOtlpTracesJson(body, batch, testContext()),
    json('{"resourceSpans":[{"scopeSpans":[{"spans":[', RECORDS_PER_REQUEST_MAX + 1, ']}]}]}'),
    `Cannot accept OTLP traces: more than ${RECORDS_PER_REQUEST_MAX} spans in one request`,
  );
});

test('resources and scopes are refused beyond their limits, with records in them or without', () => {
  accept(traces, repeated(0x0a, RESOURCES_PER_REQUEST_MAX), 0);
  refuse(
    traces,
    repeated(0x0a, RESOURCES_PER_REQUEST_MAX + 1),
    `Cannot accept OTLP traces: more than ${RESOURCES_PER_REQUEST_MAX} resources in one request`,
  );
  const writer = new ProtobufWriter();
  for (const count of [SCOPES_PER_REQUEST_MAX, 1])
    message(writer, 1, () => writer.raw(repeated(0x12, count)));
  refuse(
    traces,
    writer.finish(),
    `Cannot accept OTLP traces: more than ${SCOPES_PER_REQUEST_MAX} scopes in one request`,
  );
});

test('a long service name, which every row repeats, ends at the limit of bytes', () => {
  const service = 'x'.repeat(1 << 20);
  accept(logs, emptyLogs(200, service), 200);
  const decoded = logs(emptyLogs(300, service), new RecordBatch());
  assert.ok(!decoded.ok);
  const place = /^Cannot accept OTLP logs at log record (\d+): /.exec(decoded.failure.message)?.[1];
  assert.ok(Number(place) >= 250 && Number(place) <= 256, decoded.failure.message);
  refuse(
    logs,
    emptyLogs(300, service),
    `Cannot accept OTLP logs at log record ${place}: the rows of the request take more than ${COLUMN_BYTES_PER_REQUEST_MAX} bytes`,
  );
});

test('what shared values take counts: resources of one request may not repeat the limit', () => {
  const writer = new ProtobufWriter();
  const service = 'x'.repeat(1 << 19);
  for (let resource = 0; resource < 200; resource++) {
    message(writer, 1, () => {
      message(writer, 1, () => attribute(writer, 1, 'service.name', `${resource}${service}`));
      message(writer, 2, () => writer.raw(repeated(0x12, 1)));
    });
  }
  const decoded = logs(writer.finish(), new RecordBatch());
  assert.ok(!decoded.ok);
  assert.match(decoded.failure.message, /at log record 1[0-9]{2}: the rows of the request take more than/);
});

test('100,000 attributes on a span pass, and more than the limit are refused', () => {
  const span = (count: number): Uint8Array =>
    requestOf(goodSpan((writer) => writer.raw(repeated(0x4a, count))));
  accept(traces, span(100_000), 1);
  accept(traces, span(ENTRIES_PER_RECORD_MAX), 1);
  refuse(
    traces,
    span(ENTRIES_PER_RECORD_MAX + 1),
    `Cannot accept OTLP traces at span 0: it has more than ${ENTRIES_PER_RECORD_MAX} attributes`,
  );
});

test('events, links and their attributes are refused beyond the limit of one span', () => {
  const words = `Cannot accept OTLP traces at span 0: it has more than ${ENTRIES_PER_RECORD_MAX} events, links and attributes of these`;
  accept(traces, requestOf(goodSpan((writer) => writer.raw(repeated(0x5a, 100_000)))), 1);
  for (const tag of [0x5a, 0x6a]) {
    const body = requestOf(goodSpan((writer) => writer.raw(repeated(tag, ENTRIES_PER_RECORD_MAX + 1))));
    refuse(traces, body, words);
  }
  const attributes: Write = (writer) =>
    message(writer, 11, () => writer.raw(repeated(0x1a, ENTRIES_PER_RECORD_MAX)));
  refuse(traces, requestOf(goodSpan(attributes)), words);
});
