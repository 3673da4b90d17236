/**
 * The routes over the real store: every answer equals the one over rows in memory, where plans are evaluated by
 * brute force.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { attributes, log, NO_SCOPE, resource, span } from '@tracewright/query/testing';
import type { MemoryRows } from './testing/memory-reader.ts';
import { openRealStore, type RealStore } from './testing/open-real-store.ts';
import { type StartedApi, startApi } from './testing/start-api.ts';

const T0 = 1_700_000_000_000_000_000n;
const MS = 1_000_000n;
const TENANT = 'default';

/** Forty traces of three spans; what they hold varies with their number. */
function makeRows(): MemoryRows {
  const web = resource('web', { region: 'eu', 'host.name': 'h1' });
  const pay = resource('payment', { region: 'us', replicas: 3n, 'host.name': 'h2' });
  const lib = { ...NO_SCOPE, name: 'lib', version: '2.1', attributes: attributes({ inScope: true }) };
  const spans = Array.from({ length: 40 }, (_, at) => {
    const trace = (at + 1).toString(16).padStart(at % 2 === 0 ? 32 : 16, at % 2 === 0 ? 'f' : '0');
    const start = T0 + BigInt(at) * 100n * MS;
    return [
      span({
        trace,
        id: '1',
        name: at % 3 === 0 ? 'GET /cart' : 'POST /orders',
        kind: 2,
        resource: web,
        startUnixNano: start,
        endUnixNano: start + BigInt(at) * MS,
        traceState: at % 7 === 0 ? 'v=1' : '',
        attributes: attributes({
          'http.request.method': at % 3 === 0 ? 'GET' : 'POST',
          'http.response.status_code': BigInt(200 + (at % 4) * 100),
          n: BigInt(at),
          ratio: at / 8,
          even: at % 2 === 0,
          tags: { type: 'array', value: [{ type: 'string', value: 'x' }] },
        }),
      }),
      span({
        trace,
        id: '2',
        parent: '1',
        name: 'charge',
        kind: 3,
        resource: pay,
        scope: lib,
        startUnixNano: start + 1n,
        endUnixNano: start + 2n * MS,
        statusCode: at % 5 === 0 ? 2 : at % 5 === 1 ? 1 : 0,
        statusMessage: at % 5 === 0 ? 'refused' : '',
        attributes: attributes({ n: String(at), 'user.id': `u${at % 6}` }),
        events:
          at % 4 === 0
            ? [
                {
                  timeUnixNano: start + 5n,
                  name: 'exception',
                  attributes: attributes({ 'exception.type': `E${at % 8}` }),
                  droppedAttributes: 0,
                },
              ]
            : [],
        links:
          at % 9 === 0
            ? [
                {
                  traceId: 'ab'.repeat(16),
                  spanId: 'cd'.repeat(8),
                  traceState: '',
                  attributes: attributes({ why: 'retry' }),
                  droppedAttributes: 0,
                  flags: 0,
                },
              ]
            : [],
      }),
      span({
        trace,
        id: '3',
        parent: '2',
        name: '',
        kind: 1,
        resource: pay,
        startUnixNano: start + 2n,
        endUnixNano: start + 3n,
      }),
    ];
  }).flat();
  const logs = Array.from({ length: 30 }, (_, at) =>
    log({
      timeUnixNano: T0 + BigInt(at),
      severityNumber: 1 + (at % 24),
      body:
        at % 3 === 0
          ? { type: 'map', value: attributes({ n: BigInt(at), deep: 'down' }) }
          : { type: 'string', value: `line ${at}` },
      resource: at % 2 === 0 ? web : pay,
      attributes: attributes({ n: BigInt(at), who: `u${at % 3}` }),
      ...(at % 4 === 0 ? { traceId: spans[at]?.traceId ?? '', spanId: spans[at]?.spanId ?? '' } : {}),
    }),
  );
  return { spans, logs };
}

let store: RealStore;
let real: StartedApi;
let memory: StartedApi;

before(async () => {
  const rows = makeRows();
  store = await openRealStore(rows, TENANT);
  real = await startApi({}, { reader: store.reader, tenant: TENANT });
  memory = await startApi(rows, { tenant: TENANT });
});

after(async () => {
  await real?.[Symbol.asyncDispose]();
  await memory?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

async function compare(path: string, init?: RequestInit): Promise<void> {
  const [found, expected] = await Promise.all([walk(real, path, init), walk(memory, path, init)]);
  assert.deepEqual(real.faults, [], path);
  assert.deepEqual(found, expected, path);
}

/** All pages of an answer, in a form in which equal answers are equal. Cursors are each server's own. */
async function walk(api: StartedApi, path: string, init?: RequestInit): Promise<unknown[]> {
  const pages: unknown[] = [];
  let cursor = '';
  do {
    const response = await fetch(api.url + path + (cursor === '' ? '' : `&cursor=${cursor}`), init);
    const json = (await response.json()) as { next?: string };
    assert.equal(response.status, 200, `${path}: ${JSON.stringify(json)}`);
    const { next, ...page } = json;
    pages.push(inOrder(page));
    cursor = next ?? '';
    assert.ok(pages.length < 50, `${path} has no end`);
  } while (cursor !== '' && init === undefined);
  return pages;
}

/** The store does not keep the order of attributes, nor that of the services of a trace. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    const named = items.every(
      (item) =>
        typeof item === 'object' && item !== null && ('key' in item || ('errors' in item && 'name' in item)),
    );
    return named ? items.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inOrder(each)]));
}

function nameOf(item: unknown): string {
  const { key, name } = item as { key?: string; name?: string };
  return key ?? name ?? '';
}

const FILTERS = [
  '{ }',
  '{ resource.service.name = "web" && .n > 20 }',
  '{ .n = 7 || .n = "7" }',
  '{ .http.response.status_code >= 400 && .http.request.method = "POST" }',
  '{ .http.response.status_code = nil && kind = client }',
  '{ !(.even) && name =~ "GET.*" }',
  '{ .even = true && .ratio >= 2.5 && duration > 20ms }',
  '{ status = error && statusMessage != "" }',
  '{ event:name = "exception" && event.exception.type =~ "E[04]" }',
  '{ event.nothing = nil }',
  '{ link.why = "retry" }',
  '{ .region = "us" && .replicas < 3.5 && instrumentation:version = "2.1" && instrumentation.inScope = true }',
  '{ .user.id !~ "u[0-3]" }',
  '{ .tags != nil && .n != 3 }',
  '{ name = "" && span:parentID = "2" }',
  '{ trace:id = "2" }',
  '{ .missing != "x" }',
];

test('filters find the same traces and spans, page by page', async () => {
  for (const filter of FILTERS) {
    const q = encodeURIComponent(filter);
    for (const what of ['traces', 'spans']) {
      await compare(`/api/tracewright/v1/search?of=${what}&limit=25&q=${q}`);
    }
  }
});

test('parameters and trees of predicates find the same', async () => {
  for (const query of [
    'service=payment&status=error',
    'kind=server&minDuration=10ms&maxDuration=20ms',
    'tag=n=7',
    'tag=even=true&tag=n=10.0',
    'tag=exception.type',
    'tag=region=us&name=charge',
    `from=${T0 / 1_000_000n + 500n}&to=${T0 / 1_000_000n + 1500n}`,
    'name=charge&of=spans&limit=5',
  ]) {
    await compare(`/api/tracewright/v1/search?${query}`);
  }
  const where = {
    kind: 'or',
    of: [
      { kind: 'attribute', key: 'n', operator: '<', value: 3 },
      {
        kind: 'and',
        of: [
          { kind: 'attributeText', key: 'n', text: '30' },
          { kind: 'not', of: { kind: 'field', field: 'kind', value: 'server' } },
        ],
      },
      { kind: 'field', field: 'eventName', operator: 'contains', value: 'cept' },
    ],
  };
  await compare('/api/tracewright/v1/search', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ where, of: 'spans', limit: 100 }),
  });
});

test('Jaeger’s API answers the same', async () => {
  for (const path of [
    '/api/services',
    '/api/services/payment/operations',
    '/api/operations?service=payment',
    '/api/traces?service=payment',
    '/api/traces?service=web&operation=GET%20%2Fcart&limit=7',
    '/api/traces?service=web&tag=n:7&tag=even:false',
    '/api/traces?service=payment&tags=%7B%22exception.type%22%3A%22E0%22%2C%22region%22%3A%22us%22%7D',
    '/api/traces?service=payment&tag=error:true&tag=scope.name:lib&prettyPrint=true',
    '/api/traces?service=payment&operation=empty-span-name&limit=3',
    '/api/traces?service=web&minDuration=5ms&maxDuration=9ms&raw=true',
    '/api/traces?traceID=2&traceID=ff&traceID=4',
    '/api/traces/2',
    `/api/traces/${'1'.padStart(32, 'f')}?raw=true`,
  ]) {
    await compare(path);
  }
});

test('a trace comes back as the OTLP that went in, with its logs; logs are found alike', async () => {
  await compare(`/api/tracewright/v1/traces/${'1'.padStart(32, 'f')}?logs=true`);
  for (const query of [
    'limit=50',
    'order=oldest&limit=7',
    'severity=warn',
    'grep=line%201',
    'grep=dow',
    'service=web&trace=2',
    `q=${encodeURIComponent('{ severity >= error && log.who = "u1" && resource.region != "us" }')}`,
    `q=${encodeURIComponent('{ body =~ "line 1.*" || body = "line 2" || .n < 3 }')}`,
  ]) {
    await compare(`/api/tracewright/v1/logs?${query}`);
  }
});
