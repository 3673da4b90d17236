import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Acceptance, REJECTIONS_TOLD_MAX, RecordBatch, type Span } from '@tracewright/model';
import { VALUE_DEPTH_MAX } from '../limits.ts';
import { readLogs, readSpans } from '../testing/read-batch.ts';
import { testContext } from '../testing/test-context.ts';
import { decodeOtlpLogsJson, decodeOtlpTracesJson } from './decode-json.ts';
import { jsonToOtlpProtobuf, translateJson } from './json-to-protobuf.ts';

const encoder = new TextEncoder();
const IDS = '"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"';

function request(...spans: readonly string[]): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[${spans.join(',')}]}]}]}`;
}

function decode(json: string): { acceptance: Acceptance; spans: Span[] } {
  const batch = new RecordBatch();
  const decoded = decodeOtlpTracesJson(encoder.encode(json), batch, testContext());
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.failure.message);
  return { acceptance: decoded.value, spans: readSpans(batch) };
}

function span(fields: string): Span {
  const [first] = decode(request(`{${IDS},${fields}}`)).spans;
  assert.ok(first !== undefined);
  return first;
}

function refuse(json: string | Uint8Array): string {
  const batch = new RecordBatch();
  const bytes = typeof json === 'string' ? encoder.encode(json) : json;
  const decoded = decodeOtlpTracesJson(bytes, batch, testContext());
  assert.ok(!decoded.ok, 'the request should have been refused');
  assert.deepEqual([decoded.failure.code, batch.rows('spans'), batch.rows('shared')], ['invalid', 0, 0]);
  return decoded.failure.message;
}

function value(json: string): unknown {
  return span(`"attributes":[{"key":"k","value":${json}}]`).attributes[0]?.value;
}

test('64-bit numbers keep every digit, as strings and as numbers', () => {
  for (const form of ['"18446744073709551615"', '18446744073709551615']) {
    assert.equal(span(`"startTimeUnixNano":${form}`).startUnixNano, 2n ** 64n - 1n);
  }
  for (const form of ['"-9007199254740993"', '-9007199254740993']) {
    assert.deepEqual(value(`{"intValue":${form}}`), { type: 'int', value: -9007199254740993n });
  }
  assert.equal(span('"startTimeUnixNano":1.76e18').startUnixNano, 1_760_000_000_000_000_000n);
});

test('names are understood in both spellings, others are passed over, null is absence', () => {
  const read = span(
    '"parent_span_id":"1112131415161718","start_time_unix_nano":"5","dropped_links_count":2,"kind":null,' +
      '"attributes":null,"status":null,"unknown":{"a":[1,{"b":null}]},"trace_state":"a=1"',
  );
  assert.deepEqual(
    [read.parentSpanId, read.startUnixNano, read.droppedLinks, read.kind, read.traceState],
    ['1112131415161718', 5n, 2, 0, 'a=1'],
  );
  const json = `{"resource_spans":[{"resource":{"dropped_attributes_count":1},"scope_spans":[{"scope":{"name":"s"},"spans":[{${IDS}}],"schema_url":"urn:s"}],"schema_url":"urn:r"}]}`;
  const [other] = decode(json).spans;
  assert.deepEqual(
    [other?.resource.schemaUrl, other?.resource.droppedAttributes, other?.scope.name, other?.scope.schemaUrl],
    ['urn:r', 1, 's', 'urn:s'],
  );
  assert.equal(span('"na\\u006de":"escaped key"').name, 'escaped key');
});

test('enums are numbers, or names', () => {
  assert.equal(span('"kind":3').kind, 3);
  assert.equal(span('"kind":"SPAN_KIND_CONSUMER"').kind, 5);
  assert.equal(span('"status":{"code":"STATUS_CODE_ERROR","message":"m"}').statusCode, 2);
  assert.match(refuse(request(`{${IDS},"kind":"SERVER"}`)), /spans\[0\]\.kind: "SERVER" names no value/);
  assert.match(
    refuse(request(`{${IDS},"kind":4294967296}`)),
    /spans\[0\]\.kind: "4294967296" does not fit 32 bits/,
  );
});

test('every type of value is read, and what is set twice or not at all', () => {
  assert.deepEqual(value('{"stringValue":""}'), { type: 'string', value: '' });
  assert.deepEqual(value('{"stringValue":"a\\u0000\\ud834\\udd1e"}'), { type: 'string', value: 'a\0𝄞' });
  assert.deepEqual(value('{"boolValue":false}'), { type: 'bool', value: false });
  assert.deepEqual(value('{"doubleValue":-0}'), { type: 'double', value: -0 });
  assert.deepEqual(value('{"doubleValue":"1.5"}'), { type: 'double', value: 1.5 });
  assert.deepEqual(value('{"doubleValue":"NaN"}'), { type: 'double', value: Number.NaN });
  assert.deepEqual(value('{"doubleValue":"-Infinity"}'), { type: 'double', value: Number.NEGATIVE_INFINITY });
  assert.deepEqual(value('{"bytesValue":"AP8="}'), { type: 'bytes', value: Uint8Array.of(0, 255) });
  assert.deepEqual(value('{"bytesValue":"_w"}'), { type: 'bytes', value: Uint8Array.of(255) });
  assert.deepEqual(value('{"arrayValue":{}}'), { type: 'array', value: [] });
  assert.deepEqual(value('{"arrayValue":{"values":[{},{"intValue":1}]}}'), {
    type: 'array',
    value: [{ type: 'empty' }, { type: 'int', value: 1n }],
  });
  assert.deepEqual(value('{"kvlistValue":{"values":[{"key":"a"}]}}'), {
    type: 'map',
    value: [{ key: 'a', value: { type: 'empty' } }],
  });
  assert.deepEqual(value('{}'), { type: 'empty' });
  assert.deepEqual(value('null'), { type: 'empty' });
  assert.deepEqual(value('{"stringValue":null}'), { type: 'empty' });
  assert.deepEqual(value('{"stringValue":"x","intValue":"7"}'), { type: 'int', value: 7n });
});

test('an id that is not hex refuses its span alone, in words', () => {
  const spans = [
    `{${IDS},"name":"first"}`,
    '{"traceId":"abc","spanId":"0102030405060708"}',
    '{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"0102030405060708"}',
    '{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"not hex!"}',
    `{${IDS},"parentSpanId":"xyzw"}`,
    `{${IDS},"links":[{"traceId":"zz"}]}`,
    '{"traceId":"01020304050607080910","spanId":"0102030405060708"}',
    `{${IDS.toUpperCase().replaceAll('ID"', 'Id"').replace('TRACE', 'trace').replace('SPAN', 'span')},"name":"last"}`,
  ];
  const { acceptance, spans: kept } = decode(request(...spans));
  assert.deepEqual(
    acceptance.rejections.map(({ kind }) => kind),
    [...new Array<string>(5).fill('id-not-hex'), 'trace-id-length'],
  );
  assert.deepEqual(
    acceptance.rejections.map(({ index, reason }) => [index, reason]),
    [
      [1, 'Cannot accept span 1: traceId "abc" has an odd count of digits, 3'],
      [2, 'Cannot accept span 2: traceId "AQIDBAUGBwgJCgsMDQ4PEA==" is not hexadecimal'],
      [3, 'Cannot accept span 3: spanId "not hex!" is not hexadecimal'],
      [4, 'Cannot accept span 4: parentSpanId "xyzw" is not hexadecimal'],
      [5, 'Cannot accept span 5: traceId "zz" is not hexadecimal'],
      [6, 'Cannot accept span 6: trace id is 10 bytes, expected 16'],
    ],
  );
  assert.deepEqual(
    kept.map(({ name, traceId }) => [name, traceId]),
    [
      ['first', '0102030405060708090a0b0c0d0e0f10'],
      ['last', '0102030405060708090a0b0c0d0e0f10'],
    ],
  );
});

test('of many refusals only as many are kept in words as an answer tells', () => {
  const bad = '{"traceId":"xyz0"}';
  const json = encoder.encode(request('{}', ...new Array<string>(1000).fill(bad)));
  const translated = translateJson('traces', json);
  assert.ok(translated.ok);
  assert.equal(translated.value.refusals.size, REJECTIONS_TOLD_MAX);
  const { acceptance } = decode(request('{}', ...new Array<string>(1000).fill(bad)));
  assert.deepEqual([acceptance.rejected, acceptance.rejections.length], [1001, REJECTIONS_TOLD_MAX]);
  assert.deepEqual(
    acceptance.rejections.map(({ kind }) => kind),
    ['trace-id-missing', ...new Array<string>(REJECTIONS_TOLD_MAX - 1).fill('id-not-hex')],
  );
});

test('a log record with an id that is not hex belongs to no trace', () => {
  const batch = new RecordBatch();
  const json =
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"xyz","spanId":"!","severityNumber":"SEVERITY_NUMBER_WARN2"}]}]}]}';
  const decoded = decodeOtlpLogsJson(encoder.encode(json), batch, testContext());
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.value, { accepted: 1, rejected: 0, rejections: [] });
  assert.deepEqual(
    readLogs(batch).map(({ traceId, spanId, severityNumber }) => [traceId, spanId, severityNumber]),
    [['', '', 14]],
  );
});

test('a wrong type refuses the request and names the place', () => {
  const cases: [string, string][] = [
    ['', 'Cannot decode OTLP/JSON: the text ends where a value should be'],
    ['[]', 'Cannot decode OTLP/JSON: the request is not an object'],
    ['{} {}', 'Cannot decode OTLP/JSON: something follows the end of the value'],
    ['{"resourceSpans":{}}', 'Cannot decode OTLP/JSON at resourceSpans: expected an array, found an object'],
    [
      '{"resourceSpans":[null]}',
      'Cannot decode OTLP/JSON at resourceSpans[0]: expected an object, found null',
    ],
    [
      `{"resourceSpans":[{"scopeSpans":[{},{"spans":[{${IDS}},{${IDS}},{"traceId":5}]}]}]}`,
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[1].spans[2].traceId: expected a string of hex digits, found a number',
    ],
    [
      request(`{${IDS},"name":7}`),
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[0].spans[0].name: expected a string, found a number',
    ],
    [
      request(`{${IDS},"attributes":[{"key":"k","value":{"boolValue":"true"}}]}`),
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.boolValue: expected true or false, found a string',
    ],
    [
      request(`{${IDS},"attributes":[{"key":"k","value":{"intValue":"9223372036854775808"}}]}`),
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.intValue: "9223372036854775808" is not a 64-bit integer',
    ],
    [
      request(`{${IDS},"attributes":[{"key":"k","value":{"bytesValue":"*"}}]}`),
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.bytesValue: "*" is not base64',
    ],
    [
      request(`{${IDS},"attributes":[{"key":"k","value":{"doubleValue":1e999}}]}`),
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.doubleValue: "1e999" is not a double',
    ],
    [
      request(`{${IDS},"startTimeUnixNano":-1}`),
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano: "-1" is not an unsigned 64-bit integer',
    ],
    [
      request(`{${IDS},"flags":4294967296}`),
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[0].spans[0].flags: "4294967296" does not fit 32 bits',
    ],
    [
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{${IDS},"events":[{"name":"x"`,
      'Cannot decode OTLP/JSON at resourceSpans[0].scopeSpans[0].spans[0].events[0].name: the text ends within it',
    ],
  ];
  for (const [json, expected] of cases) assert.equal(refuse(json), expected);
});

test('long text of a sender is repeated in part only', () => {
  const message = refuse(request(`{${IDS},"kind":"${'K'.repeat(10_000)}"}`));
  assert.ok(message.length < 300, message);
});

test('values nest to a limit', () => {
  const nested = (depth: number): string =>
    `${'{"arrayValue":{"values":['.repeat(depth)}{"intValue":1}${']}}'.repeat(depth)}`;
  const map = (depth: number): string =>
    `${'{"kvlistValue":{"values":[{"value":'.repeat(depth)}{"intValue":1}${'}]}}'.repeat(depth)}`;
  for (const build of [nested, map]) {
    assert.ok(value(build(VALUE_DEPTH_MAX)) !== undefined);
    const body = (depth: number): string =>
      request(`{${IDS},"attributes":[{"key":"k","value":${build(depth)}}]}`);
    assert.match(refuse(body(VALUE_DEPTH_MAX + 1)), /a value is nested deeper than 64/);
    assert.match(refuse(body(50_000)), /nested deeper than/);
  }
  assert.match(refuse(`{"other":${'['.repeat(100_000)}`), /nested deeper than/);
});

test('the protobuf is that of the one decoder: a refused span has lost its trace id', () => {
  const translated = jsonToOtlpProtobuf(
    'traces',
    encoder.encode(request('{"traceId":"abc","spanId":"0102030405060708"}')),
  );
  assert.ok(translated.ok);
  assert.deepEqual([...translated.value.subarray(-2)], [0x0a, 0]);
});
