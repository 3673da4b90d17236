/** The page over a real HTTP server: what it says, what it lets in, and that nothing breaks out of its text. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { resource, span } from '@tracewright/query/testing';
import { err, failure } from '@tracewright/std';
import { createMemoryReader } from '../testing/memory-reader.ts';
import { startApi } from '../testing/start-api.ts';
import { accounts, statusReport } from '../testing/status-report.ts';
import { assignColours, escapeHtml, printAgo, printSpanOfTime } from './html.ts';
import { PAGE_SCRIPT } from './page-script.ts';

const EVIL = `<script>alert(1)</script>"'&\u0000`;

test('the page says what arrived and how to send, with the ports of this server', async () => {
  await using api = await startApi({
    spans: [span({ trace: 'a1', name: 'GET /cart', statusCode: 2, resource: resource('cart') })],
  });
  const response = await fetch(api.url);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  const html = await response.text();
  assert.match(html, /1 service is on record/);
  assert.match(html, /Since this start, 12 spans and 3 log records arrived\./);
  assert.match(html, /GET \/cart <span>cart<\/span>/);
  assert.match(html, /10 s ago<\/time> · 1 span · <span class="failed">1 error<\/span>/);
  assert.match(html, /OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/127\.0\.0\.1:4318/);
  assert.match(html, /over gRPC: http:\/\/127\.0\.0\.1:4317/);
  assert.ok(html.includes(`curl -G ${api.url}/api/traces`), 'the address of the page itself');
  assert.match(html, /4 requests with metrics accepted and discarded/);
  assert.match(html, /otlp-http rejected 2 of its spans: bad-trace-id/);
  assert.doesNotMatch(html, /authorization/i);
  assert.equal((await fetch(api.url, { method: 'HEAD' })).status, 200);
  assert.equal((await fetch(api.url, { method: 'POST' })).status, 405);
  assert.equal((await fetch(`${api.url}/nothing`)).status, 404);
  assert.deepEqual(api.faults, []);
});

test('an empty and a starting server say so', async () => {
  await using empty = await startApi({});
  assert.match(await (await fetch(empty.url)).text(), /Nothing has arrived yet/);
  const away = async (): Promise<ReturnType<typeof err<ReturnType<typeof failure>>>> =>
    err(failure('unavailable', 'The store is starting'));
  await using starting = await startApi(
    {},
    {
      reader: { ...createMemoryReader({ spans: [], logs: [] }), services: away, searchTraces: away },
      status: async () => statusReport({ ready: false }),
      sendNeedsToken: true,
    },
  );
  const html = await (await fetch(starting.url)).text();
  assert.match(html, /The store is starting/);
  assert.match(html, /data-state="starting">Starting/);
  assert.match(html, /OTEL_EXPORTER_OTLP_HEADERS=&#39;authorization=Bearer%20TOKEN&#39;/);
});

test('the policy lets in exactly the style and the script of the page, and nothing from outside', async () => {
  await using api = await startApi({});
  const response = await fetch(api.url);
  const policy = response.headers.get('content-security-policy') ?? '';
  const html = await response.text();
  for (const [tag, directive] of [
    ['style', 'style-src'],
    ['script', 'script-src'],
  ] as const) {
    const parts = [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))];
    assert.equal(parts.length, 1, `one ${tag}`);
    const hash = createHash('sha256')
      .update(parts[0]?.[1] ?? '')
      .digest('base64');
    assert.ok(policy.includes(`${directive} 'sha256-${hash}'`), policy);
  }
  for (const part of [
    `default-src 'none'`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ]) {
    assert.ok(policy.includes(part), part);
  }
  assert.doesNotMatch(policy, /unsafe/);
  // No inline style or handler could run under that policy, and nothing is fetched from elsewhere.
  assert.doesNotMatch(
    html.replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, ''),
    /\s(?:style|on\w+)=/,
  );
  assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//);
  assert.doesNotMatch(PAGE_SCRIPT, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
});

test('names from outside stay text, wherever they stand', async () => {
  await using api = await startApi(
    {
      spans: [
        span({ name: EVIL, resource: resource(EVIL) }),
        span({ trace: 'b', resource: { ...resource(''), attributes: [] } }),
      ],
    },
    {
      status: async () =>
        statusReport({
          dataPath: EVIL,
          version: EVIL,
          accounts: {
            spans: accounts(1),
            logs: accounts(0),
            rejectedByReason: [{ signal: 'spans', receiver: EVIL, reason: EVIL, count: 1 }],
            discarded: { metricsRequests: 0 },
          },
          receivers: [
            {
              id: EVIL,
              endpoint: EVIL,
              listening: false,
              error: EVIL,
              requests: 0,
              accepted: 0,
              rejected: 0,
            },
          ],
          wal: {
            segmentsOpen: 0,
            segmentsWaiting: 0,
            bytesWaiting: 0,
            oldestWaitingMs: 0,
            oldestUnansweredMs: 0,
            quarantined: [{ segment: EVIL, reason: EVIL, rows: 1 }],
          },
        }),
    },
  );
  const html = await (await fetch(api.url)).text();
  assert.equal(html.split('<script>').length, 2, 'the page has its one script and no other');
  assert.equal(html.split('alert(1)').length > 8, true, 'the name is there, as text');
  assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\ufffd'));
  assert.ok(
    html.includes('service=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22&#39;%26%00"'),
    'and in the address',
  );
  assert.match(html, /\(without a name\)/);
});

test('a strange Host is not repeated, and a listener on all addresses is reached by the name of the page', async () => {
  await using api = await startApi(
    {},
    {
      status: async () =>
        statusReport({
          receivers: [
            {
              id: 'otlp/http',
              endpoint: 'http://0.0.0.0:5318',
              listening: true,
              requests: 0,
              accepted: 0,
              rejected: 0,
            },
            {
              id: 'otlp/grpc',
              endpoint: 'http://[::]:5317',
              listening: true,
              requests: 0,
              accepted: 0,
              rejected: 0,
            },
          ],
        }),
    },
  );
  const port = new URL(api.url).port;
  const get = async (host: string): Promise<string> => {
    const { request } = await import('node:http');
    return new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', headers: { host } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
  };
  const named = await get('traces.example:80');
  assert.match(named, /OTLP_ENDPOINT=http:\/\/traces\.example:5318/);
  assert.match(named, /over gRPC: http:\/\/traces\.example:5317/);
  const strange = await get('a"onload=x');
  assert.match(strange, /OTLP_ENDPOINT=http:\/\/localhost:5318/);
  assert.doesNotMatch(strange, /onload/);
});

test('small prints', () => {
  assert.equal(escapeHtml('a\n<b>\u0007'), 'a\n&lt;b&gt;\ufffd');
  assert.deepEqual([999n, 850_000n, 12_345_678n, 1_250_000_000n, 125_000_000_000n].map(printSpanOfTime), [
    '1 µs',
    '850 µs',
    '12.3 ms',
    '1.25 s',
    '2 min 5 s',
  ]);
  assert.deepEqual([0, 59_000, 61_000, 7_200_000, 200_000_000].map(printAgo), [
    'now',
    '59 s ago',
    '1 min ago',
    '2 h ago',
    '2 d ago',
  ]);
  const names = Array.from({ length: 10 }, (_, at) => `service-${at}`);
  const colours = assignColours(names);
  assert.equal(new Set(names.map(colours)).size, 10, 'ten services have ten colours');
  assert.equal(colours('elsewhere'), assignColours([])('elsewhere'));
  assert.equal(
    assignColours([...names, ...names.map((name) => `${name}x`)])('service-0'),
    colours('service-0'),
  );
});
