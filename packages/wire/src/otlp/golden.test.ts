/**
 * Real bytes of named producers and versions → the spans and log records that protobuf's own decoder reads
 * from them → the same again after encoding and decoding once more. See fixtures/otlp/README.md.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RecordBatch } from '@tracewright/model';
import { OTEL_JS, produceLogs, produceTraces } from '../testing/otel-js-producer.ts';
import { plainLog, plainSpan, sortPlain } from '../testing/plain-record.ts';
import { readLogs, readSpans } from '../testing/read-batch.ts';
import { testContext } from '../testing/test-context.ts';
import { decodeOtlpLogsJson, decodeOtlpTracesJson } from './decode-json.ts';
import { decodeOtlpLogs } from './decode-logs.ts';
import { decodeOtlpTraces } from './decode-traces.ts';
import { encodeLogsJson, encodeTracesJson } from './encode-json.ts';
import { encodeLogsProtobuf, encodeTracesProtobuf } from './encode-protobuf.ts';
import { jsonToOtlpProtobuf } from './json-to-protobuf.ts';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/otlp/', import.meta.url));
const encoder = new TextEncoder();

const SIGNALS = {
  traces: {
    protobuf: decodeOtlpTraces,
    json: decodeOtlpTracesJson,
    read: (batch: RecordBatch) => readSpans(batch).map(plainSpan),
    toProtobuf: (batch: RecordBatch) => encodeTracesProtobuf(readSpans(batch)),
    toJson: (batch: RecordBatch) => encoder.encode(encodeTracesJson(readSpans(batch))),
  },
  logs: {
    protobuf: decodeOtlpLogs,
    json: decodeOtlpLogsJson,
    read: (batch: RecordBatch) => readLogs(batch).map(plainLog),
    toProtobuf: (batch: RecordBatch) => encodeLogsProtobuf(readLogs(batch)),
    toJson: (batch: RecordBatch) => encoder.encode(encodeLogsJson(readLogs(batch))),
  },
};

if (process.env['TRACEWRIGHT_WRITE_FIXTURES'] !== undefined) {
  for (const [signal, produced] of Object.entries({ traces: produceTraces(), logs: produceLogs() })) {
    writeFileSync(`${FIXTURES}${OTEL_JS}-${signal}.pb`, produced.protobuf);
    writeFileSync(`${FIXTURES}${OTEL_JS}-${signal}.json`, produced.json);
  }
}

const names = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.pb'))
  .map((file) => file.slice(0, -3));

test('there are fixtures of several producers', () => {
  assert.ok(names.length >= 8, names.join(', '));
});

for (const name of names) {
  const signal = SIGNALS[name.endsWith('-traces') ? 'traces' : 'logs'];
  const bytes = (suffix: string): Uint8Array => new Uint8Array(readFileSync(`${FIXTURES}${name}${suffix}`));
  const expected = (): unknown[] =>
    (
      JSON.parse(readFileSync(`${FIXTURES}${name}.expected.json`, 'utf8')) as { [name: string]: unknown }[]
    ).map(sortPlain);

  test(`${name}: protobuf`, () => {
    const batch = new RecordBatch();
    const decoded = signal.protobuf(bytes('.pb'), batch, testContext());
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value, { accepted: expected().length, rejected: 0, rejections: [] });
    assert.deepEqual(signal.read(batch), expected());
  });

  test(`${name}: JSON`, () => {
    const batch = new RecordBatch();
    const decoded = signal.json(bytes('.json'), batch, testContext());
    assert.ok(decoded.ok);
    assert.equal(decoded.value.rejected, 0);
    assert.deepEqual(
      signal.read(batch),
      expected().map((record) => withEmptyBody(record, bytes('.json'))),
    );
  });

  test(`${name}: encoded and decoded again, by either encoding`, () => {
    const batch = new RecordBatch();
    signal.protobuf(bytes('.pb'), batch, testContext());
    const viaProtobuf = new RecordBatch();
    assert.ok(signal.protobuf(signal.toProtobuf(batch), viaProtobuf, testContext()).ok);
    assert.deepEqual(signal.read(viaProtobuf).sort(byText), expected().sort(byText));
    const viaJson = new RecordBatch();
    assert.ok(signal.json(signal.toJson(batch), viaJson, testContext()).ok);
    assert.deepEqual(signal.read(viaJson).sort(byText), expected().sort(byText));
  });
}

for (const [signal, produced] of Object.entries({ traces: produceTraces(), logs: produceLogs() })) {
  test(`the ${signal} of the JavaScript SDK in this repository are the stored ones`, () => {
    assert.deepEqual(
      new Uint8Array(readFileSync(`${FIXTURES}${OTEL_JS}-${signal}.pb`)),
      Uint8Array.from(produced.protobuf),
    );
    assert.equal(
      readFileSync(`${FIXTURES}${OTEL_JS}-${signal}.json`, 'utf8'),
      new TextDecoder().decode(produced.json),
    );
  });
}

test('JSON that lists its fields in the order of their numbers becomes the bytes that protobuf writes', () => {
  const ordered = names.filter((name) => name.startsWith('every-field') || name.includes('python'));
  assert.ok(ordered.length >= 4);
  for (const name of ordered) {
    const signal = name.endsWith('-traces') ? 'traces' : 'logs';
    const translated = jsonToOtlpProtobuf(signal, new Uint8Array(readFileSync(`${FIXTURES}${name}.json`)));
    assert.ok(translated.ok);
    assert.deepEqual(translated.value, new Uint8Array(readFileSync(`${FIXTURES}${name}.pb`)), name);
  }
});

/** Producers write the missing body of a log record as `"body":{}`, which says that there is one, and it is empty. */
function withEmptyBody(record: unknown, json: Uint8Array): unknown {
  const plain = record as { [name: string]: unknown };
  const isLog = 'severityText' in plain;
  if (!isLog || 'body' in plain || !new TextDecoder().decode(json).includes('"body":{}')) return record;
  return { ...plain, body: { type: 'empty' } };
}

function byText(left: unknown, right: unknown): number {
  const texts = [left, right].map((each) => JSON.stringify(Object.entries(each as object).sort())) as [
    string,
    string,
  ];
  return texts[0] < texts[1] ? -1 : texts[0] > texts[1] ? 1 : 0;
}
