/** The exposition formats, letter by letter, and the port that serves them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from '../testing/listen.ts';
import { createMetrics } from './create-metrics.ts';
import type { MetricFamily } from './metric-family.ts';
import { printMetrics } from './print-metrics.ts';

const FAMILIES: readonly MetricFamily[] = [
  {
    name: 'tracewright_spans_received',
    help: 'Spans that arrived.\nAll "of" them, with a \\.',
    type: 'counter',
    samples: [
      { labels: { receiver: 'otlp/http', reason: 'a "b"\n\\c' }, value: 3 },
      { labels: { receiver: 'otlp/grpc' }, value: 2n ** 60n },
    ],
  },
  { name: 'tracewright_lag_seconds', help: 'Lag.', type: 'gauge', samples: [{ value: 0.25 }] },
  {
    name: 'tracewright_ack_seconds',
    help: 'Time to acknowledge.',
    type: 'histogram',
    samples: [
      {
        buckets: [
          { le: 0.5, count: 1 },
          { le: 1, count: 2 },
        ],
        sum: 3.5,
        count: 4,
      },
    ],
  },
  {
    name: 'edge',
    help: 'Edges.',
    type: 'gauge',
    samples: [{ value: Number.NaN }, { value: Number.NEGATIVE_INFINITY }],
  },
];

test('the text format', () => {
  assert.equal(
    printMetrics(FAMILIES, 'text'),
    [
      '# HELP tracewright_spans_received_total Spans that arrived.\\nAll "of" them, with a \\\\.',
      '# TYPE tracewright_spans_received_total counter',
      'tracewright_spans_received_total{receiver="otlp/http",reason="a \\"b\\"\\n\\\\c"} 3',
      'tracewright_spans_received_total{receiver="otlp/grpc"} 1152921504606846976',
      '# HELP tracewright_lag_seconds Lag.',
      '# TYPE tracewright_lag_seconds gauge',
      'tracewright_lag_seconds 0.25',
      '# HELP tracewright_ack_seconds Time to acknowledge.',
      '# TYPE tracewright_ack_seconds histogram',
      'tracewright_ack_seconds_bucket{le="0.5"} 1',
      'tracewright_ack_seconds_bucket{le="1"} 2',
      'tracewright_ack_seconds_bucket{le="+Inf"} 4',
      'tracewright_ack_seconds_sum 3.5',
      'tracewright_ack_seconds_count 4',
      '# HELP edge Edges.',
      '# TYPE edge gauge',
      'edge NaN',
      'edge -Inf',
      '',
    ].join('\n'),
  );
});

test('OpenMetrics names a counter without _total, spells bounds as floats and marks the end', () => {
  const text = printMetrics(FAMILIES, 'openmetrics');
  assert.match(text, /^# HELP tracewright_spans_received Spans that arrived\.\\nAll \\"of\\" them/);
  assert.match(text, /\n# TYPE tracewright_spans_received counter\ntracewright_spans_received_total\{/);
  assert.match(text, /_bucket\{le="1\.0"\} 2\n/);
  assert.ok(text.endsWith('\n# EOF\n'));
});

test('names that no scraper accepts are mistakes of the program', () => {
  const family = (name: string): MetricFamily[] => [{ name, help: '', type: 'counter', samples: [] }];
  assert.throws(() => printMetrics(family('a-b'), 'text'), /is no name of a metric/);
  assert.throws(() => printMetrics(family('a_total'), 'text'), /without its _total/);
});

test('the port answers in the format that is asked for, and a broken source is a 500', async () => {
  await using server = await listen(createMetrics(() => FAMILIES));
  const text = await fetch(`${server.url}/metrics`);
  assert.equal(text.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(await text.text(), printMetrics(FAMILIES, 'text'));
  const open = await fetch(`${server.url}/metrics`, {
    headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' },
  });
  assert.match(open.headers.get('content-type') ?? '', /^application\/openmetrics-text; version=1\.0\.0/);
  assert.equal((await fetch(`${server.url}/`)).status, 404);
  const faults: unknown[] = [];
  await using broken = await listen(
    createMetrics(
      () => {
        throw new Error('no numbers');
      },
      (fault) => faults.push(fault),
    ),
  );
  assert.equal((await fetch(`${broken.url}/metrics`)).status, 500);
  assert.equal(faults.length, 1);
});
