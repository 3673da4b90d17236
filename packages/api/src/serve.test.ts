/** Serving over real sockets: back-pressure, clients that go away, compression, faults. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadBudget } from '@tracewright/storage';
import type { ApiAnswer, ApiRequest } from './exchange.ts';
import { serve } from './serve.ts';
import { listen } from './testing/listen.ts';

const CHUNK = 'x'.repeat(64 * 1024);

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `${what} did not happen in 10 s`);
    await sleep(5);
  }
}

type Endless = { readonly body: AsyncGenerator<string>; produced: number; ended: boolean };

function endless(): Endless {
  async function* produce(): AsyncGenerator<string> {
    try {
      for (;;) {
        state.produced += 1;
        yield CHUNK;
      }
    } finally {
      state.ended = true;
    }
  }
  const state: Endless = { body: produce(), produced: 0, ended: false };
  return state;
}

test('a client that reads nothing stops the answer, one that leaves ends it', async () => {
  const stream = endless();
  let signal: AbortSignal | undefined;
  const faults: unknown[] = [];
  await using server = await listen(
    serve(
      async (request) => {
        signal = request.signal;
        return { status: 200, headers: { 'content-type': 'application/json' }, body: stream.body };
      },
      { onFault: (fault) => faults.push(fault) },
    ),
  );
  const socket = connect(server.port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => stream.produced > 1, 'the first chunks');
  let before = -1;
  // Settled: two looks at the count, some time apart, see the same.
  while (before !== stream.produced) {
    before = stream.produced;
    await sleep(100);
  }
  assert.ok(stream.produced * CHUNK.length < 64 * 1024 * 1024, `${stream.produced} chunks for nobody`);
  assert.equal(stream.ended, false);
  socket.destroy();
  await until(() => stream.ended && signal?.aborted === true, 'the end of the answer');
  assert.deepEqual(faults, []);
});

test('a client that takes nothing for too long is given up, and its answer gives back its memory', async () => {
  const stream = endless();
  const answerBudget = new ReadBudget(1024);
  await using server = await listen(
    serve(
      async ({ account }) => {
        assert.ok(account.take(1000));
        return { status: 200, headers: { 'content-type': 'application/json' }, body: stream.body };
      },
      { answerBudget, stalledClientMs: 200 },
    ),
  );
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => answerBudget.taken === 1000, 'the answer');
  await until(() => stream.ended, 'the end of the answer');
  await until(() => answerBudget.taken === 0, 'the memory to be given back');
  socket.destroy();
});

test('a client that leaves before the answer is known to the handler', async () => {
  let signal: AbortSignal | undefined;
  let finish: (answer: ApiAnswer) => void = () => {};
  await using server = await listen(
    serve((request) => {
      signal = request.signal;
      return new Promise((resolve) => {
        finish = resolve;
      });
    }),
  );
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => signal !== undefined, 'the request');
  socket.destroy();
  await until(() => signal?.aborted === true, 'the abort');
  finish({ status: 200, headers: {}, body: 'too late' });
});

test('compression is asked for by name or star, refused by q=0, and skipped for small answers', async () => {
  const big = JSON.stringify('y'.repeat(5000));
  await using server = await listen(
    serve(async (request) => ({
      status: 200,
      headers: { 'content-type': request.path === '/png' ? 'image/png' : 'application/json' },
      body: request.path === '/small' ? '{}' : big,
    })),
  );
  const encoding = async (path: string, accept: string): Promise<string | null> => {
    const response = await fetch(server.url + path, { headers: { 'accept-encoding': accept } });
    assert.equal(await response.text(), path === '/small' ? '{}' : big);
    return response.headers.get('content-encoding');
  };
  assert.equal(await encoding('/', 'gzip, br'), 'gzip');
  assert.equal(await encoding('/', 'br, *;q=0.1'), 'gzip');
  assert.equal(await encoding('/', 'gzip;q=0, *'), null);
  assert.equal(await encoding('/', 'br'), null);
  assert.equal(await encoding('/small', 'gzip'), null);
  assert.equal(await encoding('/png', 'gzip'), null);
});

test('what a handler throws is a 500 that tells nothing, and a fault that tells all', async () => {
  const faults: unknown[] = [];
  await using server = await listen(
    serve(
      async (request: ApiRequest): Promise<ApiAnswer> => {
        throw new Error(`secret ${request.path}`);
      },
      { onFault: (fault) => faults.push(fault) },
    ),
  );
  const response = await fetch(`${server.url}/x`);
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
  assert.equal(String(faults[0]), 'Error: secret /x');
});
