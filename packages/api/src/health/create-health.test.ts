/** Health over a real HTTP server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from '../testing/listen.ts';
import { createHealth, type HealthReport } from './create-health.ts';

const START = 1_700_000_000_000;

function report(parts: Partial<HealthReport>): HealthReport {
  return { state: 'ready', startedUnixMs: START, sinceUnixMs: START + 1500, components: [], ...parts };
}

test('a ready program is healthy, live and ready', async () => {
  await using server = await listen(createHealth(() => report({})));
  const status = await fetch(`${server.url}/status`);
  assert.equal(status.status, 200);
  assert.equal(status.headers.get('content-type'), 'application/json');
  assert.equal(
    await status.text(),
    '{"start_time":"2023-11-14T22:13:20.000Z","healthy":true,"status":"StatusOK","status_time":"2023-11-14T22:13:21.500Z"}',
  );
  assert.equal((await fetch(`${server.url}/live`)).status, 200);
  const ready = await fetch(`${server.url}/ready`);
  assert.deepEqual([ready.status, await ready.json()], [200, { ready: true, state: 'ready' }]);
  assert.equal((await fetch(`${server.url}/nothing`)).status, 404);
  assert.equal((await fetch(`${server.url}/status`, { method: 'POST' })).status, 405);
});

test('a program whose store is away is live, not ready, and says what it waits for', async () => {
  const components = [
    { id: 'storage', healthy: false, error: 'the engine is restarting', sinceUnixMs: START },
    { id: 'otlp/http', healthy: true, sinceUnixMs: START },
  ];
  await using server = await listen(createHealth(() => report({ state: 'degraded', components })));
  assert.equal((await fetch(`${server.url}/live`)).status, 200);
  const ready = await fetch(`${server.url}/ready`);
  assert.deepEqual(
    [ready.status, await ready.json()],
    [503, { ready: false, state: 'degraded', waiting: ['storage: the engine is restarting'] }],
  );
  const plain = (await (await fetch(`${server.url}/status`)).json()) as Record<string, unknown>;
  assert.equal(plain['components'], undefined);
  const verbose = await fetch(`${server.url}/status?verbose`);
  assert.equal(verbose.status, 503);
  assert.deepEqual(await verbose.json(), {
    start_time: '2023-11-14T22:13:20.000Z',
    healthy: false,
    status: 'StatusRecoverableError',
    error: 'the engine is restarting',
    status_time: '2023-11-14T22:13:21.500Z',
    components: {
      storage: {
        healthy: false,
        status: 'StatusRecoverableError',
        error: 'the engine is restarting',
        status_time: '2023-11-14T22:13:20.000Z',
      },
      'otlp/http': { healthy: true, status: 'StatusOK', status_time: '2023-11-14T22:13:20.000Z' },
    },
  });
});

test('starting and stopping are 503 in the words of the Collector', async () => {
  for (const [state, word] of [
    ['starting', 'StatusStarting'],
    ['stopping', 'StatusStopping'],
  ] as const) {
    await using server = await listen(createHealth(() => report({ state })));
    const answer = await fetch(`${server.url}/status`);
    assert.equal(answer.status, 503);
    assert.equal(((await answer.json()) as { status: string }).status, word);
  }
});
