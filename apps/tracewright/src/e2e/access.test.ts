/** Who may send and who may look: tokens, and pages that a browser was led to. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { type ListenerKey, RunningServer } from '../testing/running-server.ts';
import { GrpcSender, JSON_TYPE, postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan, hexId, tracesJson } from '../testing/span-messages.ts';

const UNAUTHENTICATED = 16;

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(url, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

test('a token guards sending and looking, and health stays open', async () => {
  const server = await RunningServer.start(['--auth.token', 'open-sesame'], 'open-sesame');
  try {
    const body = encodeTraces('guarded', [goodSpan(1, 1)]);
    for (const headers of [
      {},
      bearer('wrong'),
      bearer(''),
      { authorization: 'open-sesame' },
      { authorization: 'Basic b3Blbg==' },
    ]) {
      for (const type of [undefined, JSON_TYPE]) {
        const answer = await postOtlp(server, 'traces', body, {
          headers,
          ...(type === undefined ? {} : { type }),
        });
        assert.equal(answer.status, 401);
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
        assert.equal(Object(answer.body)['code'], UNAUTHENTICATED);
      }
      using sender = new GrpcSender(server);
      for (const method of ['traces', 'logs', 'metrics'] as const) {
        const called = await sender.call(method, body, headers);
        assert.equal(called.code, UNAUTHENTICATED);
        assert.equal(called.details?.['code'], UNAUTHENTICATED);
      }
      const looking = [
        server.api('/services'),
        server.api('/status'),
        server.api(`/traces/${hexId(16, 1)}`),
        server.api('/nothing'),
        server.url('api', '/api/services'),
        server.url('metrics', '/metrics'),
      ];
      for (const url of looking) assert.equal(await statusOf(url, headers), 401, url);
    }
    for (const path of ['/live', '/ready', '/status'])
      assert.equal(await statusOf(server.url('health', path)), 200);

    assert.equal(rejectedIn(await postOtlp(server, 'traces', body, { headers: bearer('open-sesame') })), 0);
    using sender = new GrpcSender(server);
    const second = encodeTraces('guarded', [goodSpan(1, 2)]);
    assert.equal((await sender.call('traces', second, bearer('open-sesame'))).code, 0);
    const { accounts } = await server.settled();
    assert.deepEqual([accounts.spans.accepted, accounts.spans.stored], [2, 2]);
    assert.equal(accounts.discarded.metricsRequests, 0);
    assert.ok(accounts.rejectedByReason.every(({ reason }) => reason === 'request: unauthenticated'));
    assert.equal(await statusOf(server.api(`/traces/${hexId(16, 1)}`), bearer('open-sesame')), 200);
    assert.equal(await statusOf(server.url('metrics', '/metrics'), bearer('open-sesame')), 200);
    assert.ok(!server.log.includes('open-sesame'), 'the token is in no log');
  } finally {
    await server.dispose();
  }
});

test('sending and looking may have tokens of their own', async () => {
  const flags = ['--auth.ingestToken', 'in', '--auth.queryToken', 'out', '--auth.token', 'both'];
  const server = await RunningServer.start(flags, 'out');
  try {
    const body = encodeTraces('two', [goodSpan(2, 1)]);
    assert.equal((await postOtlp(server, 'traces', body, { headers: bearer('in') })).status, 200);
    assert.equal(await statusOf(server.api('/services'), bearer('out')), 200);
    for (const token of ['out', 'both'])
      assert.equal((await postOtlp(server, 'traces', body, { headers: bearer(token) })).status, 401);
    for (const token of ['in', 'both'])
      assert.equal(await statusOf(server.api('/services'), bearer(token)), 401);
  } finally {
    await server.dispose();
  }
});

test('a page of another site reaches nothing, by its origin or by a name that was rebound', async () => {
  const server = await RunningServer.start();
  try {
    const places: [ListenerKey, string, string][] = [
      ['api', 'GET', '/api/services'],
      ['api', 'GET', '/api/tracewright/v1/status'],
      ['api', 'GET', '/'],
      ['health', 'GET', '/status'],
      ['metrics', 'GET', '/metrics'],
      ['receivers.otlp.http', 'POST', '/v1/traces'],
      ['receivers.otlp.http', 'OPTIONS', '/v1/traces'],
    ];
    const json = tracesJson('foreign', [goodSpan(3, 1)]);
    for (const [key, method, path] of places) {
      const url = server.url(key, path);
      const port = server.port(key);
      const good = method === 'OPTIONS' ? 204 : 200;
      const ask = (headers: Record<string, string>) => raw(url, method, headers, json);
      for (const host of [
        'evil.example',
        `evil.example:${port}`,
        'localhost.evil.example',
        '127.0.0.1.nip.example',
      ]) {
        const { status, allowed } = await ask({ host });
        assert.deepEqual([status, allowed], [403, undefined], `${key} ${method} ${path} as ${host}`);
      }
      for (const origin of ['http://evil.example', 'null', `http://localhost.evil.example:${port}`]) {
        const { status, allowed } = await ask({ host: `localhost:${port}`, origin });
        assert.deepEqual([status, allowed], [403, undefined], `${key} ${method} ${path} from ${origin}`);
      }
      for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
        assert.equal((await ask({ host })).status, good, `${key} ${method} ${path} as ${host}`);
    }
    // A page of a development server on this machine may send from the browser.
    const { status, allowed } = await raw(
      server.url('receivers.otlp.http', '/v1/traces'),
      'POST',
      { origin: 'http://localhost:5173' },
      json,
    );
    assert.deepEqual([status, allowed], [200, 'http://localhost:5173']);
    const report = await server.settled();
    assert.equal(report.accounts.spans.accepted, 4);
  } finally {
    await server.dispose();
  }
});

/** One request with headers that `fetch` does not let one set. */
function raw(
  url: string,
  method: string,
  headers: Record<string, string>,
  json: string,
): Promise<{ readonly status: number | undefined; readonly allowed: string | undefined }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method,
      headers: { ...(method === 'POST' ? { 'content-type': JSON_TYPE } : {}), ...headers },
    });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          allowed: response.headers['access-control-allow-origin'],
        }),
      );
    });
    request.on('error', reject);
    request.end(method === 'POST' ? json : undefined);
  });
}
