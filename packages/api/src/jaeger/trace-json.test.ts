/** Jaeger's trace JSON, written by hand from its documentation and compared letter by letter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTraceId, type Span, type SpanLink } from '@tracewright/model';
import { attributes, NO_SCOPE, resource, span } from '@tracewright/query/testing';
import { listSpans } from '@tracewright/storage';
import { adjustTrace } from '../testing/adjust-trace.ts';
import { printTrace } from './trace-json.ts';
import { viewSpans } from './trace-view.ts';

const T0 = 1_700_000_000_000_000_000n;

function print(spans: readonly Span[], raw: boolean = false, level?: number): string {
  const list = listSpans(spans);
  return [...printTrace(raw ? viewSpans(list) : adjustTrace(spans), level)].join('');
}

function link(trace: string, id: string, plain: Record<string, string> = {}): SpanLink {
  const attributesOfLink = attributes(plain);
  return {
    traceId: trace,
    spanId: id,
    traceState: '',
    attributes: attributesOfLink,
    droppedAttributes: 0,
    flags: 0,
  };
}

const FULL: Span = span({
  trace: '4bf92f3577b34da6a3ce929d0e0e4736',
  id: 'b7ad6b7169203331',
  parent: '00f067aa0ba902b7',
  name: 'POST /pay',
  kind: 2,
  startUnixNano: T0 + 123_456_789n,
  endUnixNano: T0 + 123_456_789n + 1_234_999n,
  statusCode: 2,
  statusMessage: 'card <refused>',
  traceState: 'vendor=1',
  scope: { ...NO_SCOPE, name: 'http', version: '1.2', attributes: attributes({ lost: 'yes' }) },
  resource: resource('payment', { 'host.name': 'h1', 'b.flag': true }),
  attributes: attributes({
    zeta: 'z',
    flag: false,
    count: 42n,
    huge: 2n ** 53n,
    low: -(2n ** 53n),
    safe: 2n ** 53n - 1n,
    ratio: 0.5,
    whole: 3,
    bytes: { type: 'bytes', value: new Uint8Array([1, 2, 255]) },
    list: {
      type: 'array',
      value: [
        { type: 'int', value: 2n ** 60n },
        { type: 'string', value: 'a&b' },
      ],
    },
    map: { type: 'map', value: attributes({ b: 1n, a: true }) },
    none: { type: 'empty' },
  }),
  events: [
    {
      timeUnixNano: T0 + 2_000n,
      name: 'later',
      attributes: attributes({ event: 'own' }),
      droppedAttributes: 0,
    },
    {
      timeUnixNano: T0 + 1_999n,
      name: 'exception',
      attributes: attributes({ 'exception.type': 'E', a: 1n }),
      droppedAttributes: 0,
    },
  ],
  links: [
    link('4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'),
    link('00000000000000000000000000000abc', '1'.padStart(16, '0'), { 'opentracing.ref_type': 'child_of' }),
    link('4bf92f3577b34da6a3ce929d0e0e4736', '2'.padStart(16, '0')),
    link('0'.repeat(32), '3'.padStart(16, '0')),
  ],
});

test('every kind of value, tag, event and reference has its place', () => {
  const string = (key: string, value: string): string =>
    `{"key":"${key}","type":"string","value":"${value}"}`;
  const expected = [
    '{"traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spans":[',
    '{"traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spanID":"b7ad6b7169203331","operationName":"POST /pay",',
    '"references":[',
    // The link to the parent does not repeat it but turns its type.
    '{"refType":"FOLLOWS_FROM","traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spanID":"00f067aa0ba902b7"},',
    '{"refType":"CHILD_OF","traceID":"0000000000000abc","spanID":"0000000000000001"},',
    '{"refType":"FOLLOWS_FROM","traceID":"4bf92f3577b34da6a3ce929d0e0e4736","spanID":"0000000000000002"}],',
    '"startTime":1700000000123456,"duration":1234,',
    '"tags":[',
    [
      string('otel.scope.name', 'http'),
      string('otel.scope.version', '1.2'),
      '{"key":"bytes","type":"binary","value":"AQL/"}',
      '{"key":"count","type":"int64","value":42}',
      '{"key":"flag","type":"bool","value":false}',
      '{"key":"huge","type":"int64","value":"9007199254740992"}',
      string('list', '[1152921504606846976,\\"a\\\\u0026b\\"]'),
      '{"key":"low","type":"int64","value":"-9007199254740992"}',
      string('map', '{\\"a\\":true,\\"b\\":1}'),
      string('none', ''),
      '{"key":"ratio","type":"float64","value":0.5}',
      '{"key":"safe","type":"int64","value":9007199254740991}',
      '{"key":"whole","type":"float64","value":3}',
      string('zeta', 'z'),
      string('span.kind', 'server'),
      string('otel.status_code', 'ERROR'),
      '{"key":"error","type":"bool","value":true}',
      string('otel.status_description', 'card \\u003crefused\\u003e'),
      string('w3c.tracestate', 'vendor=1'),
    ].join(','),
    '],"logs":[',
    `{"timestamp":1700000000000001,"fields":[${string('event', 'exception')},{"key":"a","type":"int64","value":1},${string('exception.type', 'E')}]},`,
    `{"timestamp":1700000000000002,"fields":[${string('event', 'own')}]}`,
    '],"processID":"p1","warnings":["parent span ID=00f067aa0ba902b7 is not in the trace; skipping clock skew adjustment","Invalid span link removed"]}',
    '],"processes":{"p1":{"serviceName":"payment","tags":[{"key":"b.flag","type":"bool","value":true},',
    `${string('host.name', 'h1')}]}},"warnings":null}`,
  ].join('');
  assert.equal(print([FULL]), expected);
});

test('raw shows attributes and events in their own order and keeps empty links', () => {
  const json = JSON.parse(print([FULL], true)) as {
    spans: {
      tags: { key: string }[];
      logs: { timestamp: number }[];
      references: unknown[];
      warnings: unknown;
    }[];
  };
  const only = json.spans[0];
  assert.deepEqual(
    only?.tags.slice(2, 5).map((tag) => tag.key),
    ['zeta', 'flag', 'count'],
  );
  assert.deepEqual(
    only?.logs.map((each) => each.timestamp),
    [1700000000000002, 1700000000000001],
  );
  assert.equal(only?.references.length, 4);
  assert.equal(only?.warnings, null);
});

test('a plain span: empty lists instead of null, ids with a zero high half shortened', () => {
  assert.equal(
    print([span({ trace: 'a1', id: '1', kind: 0, startUnixNano: T0, endUnixNano: T0 })]),
    '{"traceID":"00000000000000a1","spans":[{"traceID":"00000000000000a1","spanID":"0000000000000001","operationName":"work","references":[],"startTime":1700000000000000,"duration":0,"tags":[],"logs":[],"processID":"p1","warnings":null}],"processes":{"p1":{"serviceName":"shop","tags":[]}},"warnings":null}',
  );
});

test('indented, an answer has the shape of Go’s', () => {
  const text = print([span({ kind: 0, attributes: attributes({ a: 'b' }) })], false, 0);
  assert.equal(
    text,
    `{
    "traceID": "00000000000000a1",
    "spans": [
        {
            "traceID": "00000000000000a1",
            "spanID": "0000000000000001",
            "operationName": "work",
            "references": [],
            "startTime": 1700000000000000,
            "duration": 1000,
            "tags": [
                {
                    "key": "a",
                    "type": "string",
                    "value": "b"
                }
            ],
            "logs": [],
            "processID": "p1",
            "warnings": null
        }
    ],
    "processes": {
        "p1": {
            "serviceName": "shop",
            "tags": []
        }
    },
    "warnings": null
}`,
  );
});

test('processes are numbered by first use, shared when equal, and listed by their text', () => {
  const spans = Array.from({ length: 12 }, (_, at) =>
    span({ id: (at + 1).toString(16), resource: resource(`s${at % 11}`, { z: 1n, a: 2n }) }),
  );
  // The twelfth has the same content in another object, and in another order.
  const json = JSON.parse(print(spans)) as {
    spans: { processID: string }[];
    processes: Record<string, unknown>;
  };
  assert.equal(json.spans[11]?.processID, 'p1');
  assert.deepEqual(Object.keys(json.processes).slice(0, 4), ['p1', 'p10', 'p11', 'p2']);
});

test('a span without a name is named as Jaeger names it, a service name that is no text is a tag', () => {
  const odd = { ...resource('unknown_service'), attributes: attributes({ 'service.name': 7n }) };
  const json = JSON.parse(print([span({ name: '', resource: odd })])) as {
    spans: { operationName: string }[];
    processes: unknown;
  };
  assert.equal(json.spans[0]?.operationName, 'empty-span-name');
  assert.deepEqual(json.processes, {
    p1: { serviceName: 'unknown_service', tags: [{ key: 'service.name', type: 'int64', value: 7 }] },
  });
});

test('an end before the start, and numbers that JSON lacks, spoil nothing', () => {
  const json = print([
    span({
      startUnixNano: T0 + 500_000_000n,
      endUnixNano: T0,
      attributes: attributes({ a: Number.NaN, b: Number.NEGATIVE_INFINITY }),
    }),
  ]);
  const parsed = JSON.parse(json) as {
    spans: { duration: number; warnings: string[]; tags: { value: unknown }[] }[];
  };
  assert.equal(parsed.spans[0]?.duration, 0);
  assert.deepEqual(parsed.spans[0]?.warnings, [
    'Negative duration detected, sanitizing end timestamp. Original end timestamp: 2023-11-14 22:13:20 +0000 UTC, adjusted to: 2023-11-14 22:13:20.500000001 +0000 UTC',
  ]);
  assert.deepEqual(
    parsed.spans[0]?.tags.slice(0, 2).map((tag) => tag.value),
    ['NaN', '-Inf'],
  );
});

test('times up to the end of 64 bits stay exact', () => {
  const end = 2n ** 64n - 1n;
  const json = print([span({ startUnixNano: end, endUnixNano: end })]);
  assert.match(json, /"startTime":18446744073709551,/);
});

test('warnings and formats that a Jaeger wrote into attributes are not shown as tags', () => {
  const json = JSON.parse(
    print([
      span({
        kind: 0,
        attributes: attributes({
          '@jaeger@warnings': { type: 'array', value: [{ type: 'string', value: 'w1' }] },
          '@jaeger@format': 'proto',
          kept: 'x',
        }),
      }),
    ]),
  ) as { spans: { tags: { key: string }[]; warnings: string[] }[] };
  assert.deepEqual(
    json.spans[0]?.tags.map((tag) => tag.key),
    ['kept'],
  );
  assert.deepEqual(json.spans[0]?.warnings, ['w1']);
});

test('the id in the answer is the one of the trace', () => {
  assert.equal(parseTraceId('a1'), span().traceId);
});
