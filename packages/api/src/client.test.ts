/** The client where the server is not what it expects: away, foreign, refusing, slow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from './client.ts';
import { serve } from './serve.ts';
import { listen } from './testing/listen.ts';

test('a server that is away is unavailable, in words that name it', async () => {
  const gone = await listen(async () => {});
  await gone[Symbol.asyncDispose]();
  const answer = await createClient({ url: gone.url }).listServices({});
  assert.ok(!answer.ok);
  assert.equal(answer.failure.code, 'unavailable');
  assert.match(answer.failure.message, new RegExp(`^Cannot reach ${gone.url}: .*ECONNREFUSED`));
});

test('the token, the accepted type and every parameter go out as they should', async () => {
  let asked = '';
  await using server = await listen(
    serve(async (request) => {
      asked = `${request.method} ${request.path}?${request.query} ${request.header('authorization')} ${request.header('accept')}`;
      return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
    }),
  );
  const client = createClient({ url: `${server.url}/base/`, token: 't0k' });
  await client.search({ tag: ['a=1', 'b=2'], q: '{ .a = "&" }', limit: 5 });
  assert.equal(
    asked,
    'GET /base/api/tracewright/v1/search?tag=a%3D1&tag=b%3D2&q=%7B+.a+%3D+%22%26%22+%7D&limit=5 Bearer t0k application/json',
  );
  await client.getTrace({ id: 'a/b' });
  assert.match(asked, /^GET \/base\/api\/tracewright\/v1\/traces\/a%2Fb\? /);
});

test('answers that are no answers of this API are told apart', async () => {
  let next = { status: 200, body: '<html>' };
  await using server = await listen(
    serve(async () => ({ ...next, headers: { 'content-type': 'text/html' } })),
  );
  const client = createClient({ url: server.url });
  const html = await client.listServices({});
  assert.ok(!html.ok);
  assert.match(html.failure.message, /answered with something that is not JSON/);
  assert.ok(html.failure.cause instanceof SyntaxError);
  next = { status: 502, body: 'Bad gateway' };
  const gateway = await client.listServices({});
  assert.ok(!gateway.ok);
  assert.equal(gateway.failure.status, 502);
  assert.match(gateway.failure.message, /answered 502: Bad gateway/);
  next = { status: 401, body: '' };
  const refused = await client.listServices({});
  assert.ok(!refused.ok);
  assert.equal(refused.failure.code, 'unauthenticated');
});

test('a call can be cancelled', async () => {
  await using server = await listen(async () => {});
  const cancel = new AbortController();
  const answer = createClient({ url: server.url }).listServices({}, { signal: cancel.signal });
  cancel.abort();
  const result = await answer;
  assert.ok(!result.ok);
  assert.equal(result.failure.code, 'cancelled');
});
