/** Jaeger's legacy JSON API over a real HTTP server: envelopes, errors and content types, letter by letter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributes, resource, span } from '@tracewright/query/testing';
import { err, failure } from '@tracewright/std';
import { createMemoryReader } from '../testing/memory-reader.ts';
import { startApi } from '../testing/start-api.ts';

const T0 = 1_700_000_000_000_000_000n;
const cart = resource('cart/β');
const SPANS = [
  span({
    trace: 'a1',
    id: '1',
    name: 'GET /cart',
    kind: 2,
    resource: cart,
    startUnixNano: T0,
    endUnixNano: T0 + 50_000_000n,
  }),
  span({
    trace: 'a1',
    id: '2',
    parent: '1',
    name: 'charge',
    kind: 3,
    statusCode: 2,
    startUnixNano: T0,
    attributes: attributes({ 'http.status_code': 500n, ok: true }),
  }),
  span({
    trace: 'b2',
    id: '3',
    name: 'GET /cart',
    kind: 1,
    resource: cart,
    startUnixNano: T0 + 1_000_000_000n,
  }),
];

async function get(
  url: string,
  path: string,
): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetch(url + path);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

function refusal(code: number, msg: string): string {
  return `{"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":${code},"msg":${JSON.stringify(msg)}}]}\n`;
}

test('services and operations, with and without kinds', async () => {
  await using api = await startApi({
    spans: [...SPANS, span({ id: '9', name: '', resource: resource('unknown_service') })],
  });
  assert.deepEqual(await get(api.url, '/api/services'), {
    status: 200,
    type: 'application/json',
    text: '{"data":["cart/β","shop","unknown_service"],"total":3,"limit":0,"offset":0,"errors":null}',
  });
  const cartPath = encodeURIComponent('cart/β');
  const names = '{"data":["GET /cart"],"total":1,"limit":0,"offset":0,"errors":null}';
  assert.equal((await get(api.url, `/api/services/${cartPath}/operations`)).text, names);
  assert.equal((await get(api.url, `/api/services/${encodeURIComponent(cartPath)}/operations`)).text, names);
  assert.equal(
    (await get(api.url, `/api/operations?service=${cartPath}`)).text,
    '{"data":[{"name":"GET /cart","spanKind":"internal"},{"name":"GET /cart","spanKind":"server"}],"total":2,"limit":0,"offset":0,"errors":null}',
  );
  assert.equal(
    (await get(api.url, `/api/operations?service=${cartPath}&spanKind=server&prettyPrint=true`)).text,
    `{
    "data": [
        {
            "name": "GET /cart",
            "spanKind": "server"
        }
    ],
    "total": 1,
    "limit": 0,
    "offset": 0,
    "errors": null
}`,
  );
  assert.equal(
    (await get(api.url, '/api/services/unknown_service/operations')).text,
    '{"data":["empty-span-name"],"total":1,"limit":0,"offset":0,"errors":null}',
  );
  assert.deepEqual(await get(api.url, '/api/operations'), {
    status: 400,
    type: 'text/plain; charset=utf-8',
    text: refusal(400, "parameter 'service' is required"),
  });
});

test('an empty store answers empty lists', async () => {
  await using api = await startApi({});
  const empty = '{"data":[],"total":0,"limit":0,"offset":0,"errors":null}';
  assert.equal((await get(api.url, '/api/services')).text, empty);
  assert.equal((await get(api.url, '/api/services/x/operations')).text, empty);
  assert.equal((await get(api.url, '/api/traces?service=x')).text, empty);
});

test('a search finds whole traces, newest match first, up to the limit', async () => {
  await using api = await startApi({ spans: SPANS });
  const ids = async (query: string): Promise<string[]> => {
    const answer = await get(api.url, `/api/traces?${query}`);
    assert.equal(answer.status, 200, answer.text);
    const json = JSON.parse(answer.text) as { data: { traceID: string; spans: unknown[] }[]; total: number };
    assert.equal(json.total, 0);
    return json.data.map(({ traceID, spans }) => `${traceID}:${spans.length}`);
  };
  const a1 = '00000000000000a1:2';
  const b2 = '00000000000000b2:1';
  const service = `service=${encodeURIComponent('cart/β')}`;
  assert.deepEqual(await ids(service), [b2, a1]);
  assert.deepEqual(await ids(`${service}&limit=1`), [b2]);
  assert.deepEqual(await ids(`${service}&minDuration=10ms`), [a1]);
  assert.deepEqual(await ids(`${service}&operation=charge`), [], 'all conditions hold on one span');
  assert.deepEqual(await ids('service=shop&tag=http.status_code:500&tag=ok:true&tag=error:true'), [a1]);
  assert.deepEqual(await ids('service=shop&tags=%7B%22error%22%3A%22false%22%7D'), []);
  assert.deepEqual(await ids(`${service}&start=${T0 / 1000n + 1n}`), [b2]);
  assert.deepEqual(await ids(`${service}&end=${T0 / 1000n}`), [a1], 'the end is inclusive');
  assert.deepEqual(await ids(`${service}&end=${T0 / 1000n}&lookback=1h&raw=true`), [a1]);
});

test('a long list is read in pages and complete', async () => {
  const many = Array.from({ length: 45 }, (_, at) =>
    span({ trace: (at + 1).toString(16), id: '1', startUnixNano: T0 + BigInt(at) }),
  );
  await using api = await startApi({ spans: many });
  const all = JSON.parse((await get(api.url, '/api/traces?service=shop')).text) as { data: unknown[] };
  assert.equal(all.data.length, 45);
  const some = JSON.parse((await get(api.url, '/api/traces?service=shop&limit=33')).text) as {
    data: unknown[];
  };
  assert.equal(some.data.length, 33);
});

test('several traces by id: those that are there, and an error for each that is not', async () => {
  await using api = await startApi({ spans: SPANS });
  const answer = await get(api.url, '/api/traces?traceID=b2&traceID=FF&traceID=000a1&traceID=0');
  assert.equal(answer.status, 200);
  assert.match(answer.text, /^\{"data":\[\{"traceID":"00000000000000b2".*\},\{"traceID":"00000000000000a1"/);
  assert.ok(
    answer.text.endsWith(
      '"total":0,"limit":0,"offset":0,"errors":[{"msg":"trace not found","traceID":"0000000000000000"},{"msg":"trace not found","traceID":"00000000000000ff"}]}',
    ),
    answer.text.slice(-200),
  );
});

test('one trace by id, its pretty form, and the ways to miss it', async () => {
  await using api = await startApi({ spans: SPANS });
  const found = await get(api.url, '/api/traces/B2');
  assert.equal(found.status, 200);
  assert.equal(
    found.text,
    '{"data":[{"traceID":"00000000000000b2","spans":[{"traceID":"00000000000000b2","spanID":"0000000000000003","operationName":"GET /cart","references":[],"startTime":1700000001000000,"duration":1000,"tags":[{"key":"span.kind","type":"string","value":"internal"}],"logs":[],"processID":"p1","warnings":null}],"processes":{"p1":{"serviceName":"cart/β","tags":[]}},"warnings":null}],"total":0,"limit":0,"offset":0,"errors":null}',
  );
  const pretty = await get(api.url, '/api/traces/b2?prettyPrint=1');
  assert.deepEqual(JSON.parse(pretty.text), JSON.parse(found.text));
  assert.equal(pretty.text, JSON.stringify(JSON.parse(found.text), null, 4));
  assert.deepEqual(await get(api.url, '/api/traces/ff'), {
    status: 404,
    type: 'text/plain; charset=utf-8',
    text: refusal(404, 'trace not found'),
  });
  for (const [path, msg] of [
    ['/api/traces/xyz', 'strconv.ParseUint: parsing "xyz": invalid syntax'],
    [`/api/traces/${'a'.repeat(33)}`, `TraceID cannot be longer than 32 hex characters: ${'a'.repeat(33)}`],
    [
      '/api/traces/b2?start=x',
      `unable to parse param 'start': strconv.ParseInt: parsing "x": invalid syntax`,
    ],
    [
      '/api/traces/b2?raw=maybe',
      `unable to parse param 'raw': strconv.ParseBool: parsing "maybe": invalid syntax`,
    ],
  ] as const) {
    assert.deepEqual(await get(api.url, path), {
      status: 400,
      type: 'text/plain; charset=utf-8',
      text: refusal(400, msg),
    });
  }
});

test('other paths under /api, other methods, and the header against sniffing', async () => {
  await using api = await startApi({ spans: SPANS });
  assert.deepEqual(await get(api.url, '/api/nothing'), {
    status: 404,
    type: 'text/plain; charset=utf-8',
    text: '404 page not found\n',
  });
  const post = await fetch(`${api.url}/api/services`, { method: 'POST' });
  assert.deepEqual([post.status, await post.text()], [405, '']);
  const bad = await fetch(`${api.url}/api/traces`);
  assert.equal(bad.headers.get('x-content-type-options'), 'nosniff');
  const head = await fetch(`${api.url}/api/traces?service=shop`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  assert.deepEqual(api.faults, []);
});

test('a store that fails before the answer is an error, in its middle a broken connection', async () => {
  const whole = createMemoryReader({ spans: SPANS, logs: [] });
  const away = err(failure('unavailable', 'The store is starting'));
  await using starting = await startApi(
    {},
    { reader: { ...whole, searchTraces: async () => away, trace: async () => away } },
  );
  assert.deepEqual(await get(starting.url, '/api/traces?service=shop'), {
    status: 503,
    type: 'text/plain; charset=utf-8',
    text: refusal(503, 'The store is starting'),
  });
  assert.equal((await get(starting.url, '/api/traces/a1')).status, 503);
  const many = Array.from({ length: 45 }, (_, at) =>
    span({ trace: (at + 1).toString(16), startUnixNano: T0 + BigInt(at) }),
  );
  const full = createMemoryReader({ spans: many, logs: [] });
  let pages = 0;
  await using breaking = await startApi(
    {},
    {
      reader: {
        ...full,
        searchTraces: async (search, options) => (++pages > 1 ? away : full.searchTraces(search, options)),
      },
    },
  );
  await assert.rejects(async () => (await fetch(`${breaking.url}/api/traces?service=shop`)).text());
  assert.match(String(breaking.faults[0]), /The store is starting/);
});
