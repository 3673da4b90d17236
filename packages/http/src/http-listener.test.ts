import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import {
  createHttpListener,
  type HttpHandler,
  type HttpListener,
  type HttpListenerOptions,
} from './http-listener.ts';
import { readBody } from './read-body.ts';
import { respond, textAnswer } from './respond.ts';
import { openRawSocket } from './testing/raw-socket.ts';

const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\n';

type Open = AsyncDisposable & { listener: HttpListener; url: string };

async function open(handler: HttpHandler, change: Partial<HttpListenerOptions> = {}): Promise<Open> {
  const listener = createHttpListener({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'test.port',
    guard: { allowedHosts: [], allowedOrigins: [] },
    handler,
    ...change,
  });
  const listening = await listener.listen();
  assert.ok(listening.ok);
  return { listener, url: listening.value.url, [Symbol.asyncDispose]: () => listener.close(100) };
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request, response, { bytesMax: 100_000 });
  if (!body.ok) {
    respond(request, response, textAnswer(413, body.failure.message));
    return;
  }
  assert.equal(body.value.buffer.byteLength, body.value.length);
  respond(request, response, { status: 200, body: body.value });
}

test('bodies come whole, with a length and in chunks, and the connection stays', async () => {
  await using open1 = await open(echo);
  const socket = await openRawSocket(open1.url);
  socket.write(`${POST}Content-Length: 5\r\n\r\nhel`);
  socket.write('lo');
  await socket.until(/hello$/);
  socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  socket.write('2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n');
  await socket.until(/abcde$/);
  socket.write(`${POST}\r\n`);
  await socket.until(/Content-Length: 0\r\n/);
  socket.destroy();
});

test('a handler that throws is reported and answered 500, and the next request is served', async () => {
  const faults: unknown[] = [];
  let mode = 0;
  const handler: HttpHandler = (request, response) => {
    if (mode++ === 0) throw new Error('at once');
    if (mode === 2) return Promise.reject(new Error('later'));
    return echo(request, response);
  };
  await using server = await open(handler, { onFault: (error) => void faults.push(String(error)) });
  for (const status of [500, 500, 200]) {
    const answer = await fetch(server.url, { method: 'POST', body: 'x' });
    assert.equal(answer.status, status);
    await answer.arrayBuffer();
  }
  assert.deepEqual(faults, ['Error: at once', 'Error: later']);
});

test('an answer before the end of a body is read by its sender, however long the body', async () => {
  await using server = await open((request, response) =>
    respond(request, response, textAnswer(401, 'Who are you?')),
  );
  for (const size of [10, 100_000, 30_000_000]) {
    const answer = await fetch(server.url, { method: 'POST', body: new Uint8Array(size) });
    assert.equal(answer.status, 401);
    assert.match(await answer.text(), /Who are you/);
  }
});

test('closing lets a request in flight finish, refuses new connections, and ends idle ones', async () => {
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using server = await open(async (request, response) => {
    arrived.resolve();
    await gate.promise;
    respond(request, response, textAnswer(200, 'done'));
  });
  const idle = await openRawSocket(server.url);
  const busy = await openRawSocket(server.url);
  busy.write(`${POST}\r\n`);
  await arrived.promise;
  const closed = server.listener.close(10_000);
  assert.equal(server.listener.address(), undefined);
  await assert.rejects(openRawSocket(server.url));
  gate.resolve();
  assert.match(await busy.closed(), /200 OK[\s\S]*done/);
  await idle.closed();
  await closed;
});

test('closing cuts off what does not finish before the deadline', async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = await open(() => arrived.resolve());
  const socket = await openRawSocket(server.url);
  socket.write(`${POST}\r\n`);
  await arrived.promise;
  await server.listener.close(20);
  assert.equal(await socket.closed(), '');
});

test('a keep-alive connection ends with the answer that it waited for when the server closes', async () => {
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  let asked = 0;
  await using server = await open(async (request, response) => {
    arrived.resolve();
    asked++;
    if (asked === 1) await gate.promise;
    respond(request, response, textAnswer(200, `answer ${asked}`));
  });
  const socket = await openRawSocket(server.url);
  socket.write(`${POST}\r\n`);
  await arrived.promise;
  const closed = server.listener.close(10_000);
  gate.resolve();
  await socket.closed();
  await closed;
  assert.match(socket.text(), /answer 1/);
});

test('the guard refuses before the handler hears of a request', async () => {
  let heard = 0;
  await using server = await open((request, response) => {
    heard++;
    respond(request, response, textAnswer(200, 'ok'));
  });
  const foreign = await fetch(server.url, { headers: { origin: 'https://attacker.example' } });
  assert.equal(foreign.status, 403);
  assert.match(await foreign.text(), /listen\.allowedOrigins/);
  assert.equal(heard, 0);
  assert.equal((await fetch(server.url)).status, 200);
});

test('who sends requests without end ahead of their answers is cut off, a hundred are served', async () => {
  let started = 0;
  const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
  await using open1 = await open(async (request, response) => {
    started++;
    await gate;
    respond(request, response, textAnswer(200, 'ok'));
  });
  const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const patient = await openRawSocket(open1.url);
  patient.write(request.repeat(100));
  const greedy = await openRawSocket(open1.url);
  greedy.write(request.repeat(5_000));
  await greedy.closed();
  assert.ok(started <= 200, `${started} were begun`);
  openGate();
  const deadlineMs = performance.now() + 10_000;
  while (patient.text().split('HTTP/1.1 200 ').length <= 100 && performance.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(patient.text().split('HTTP/1.1 200 ').length, 101);
  patient.destroy();
});

test('hundreds of header lines are served, thousands refused before anybody reads them', async () => {
  let served = 0;
  await using open1 = await open((request, response) => {
    served++;
    respond(request, response, textAnswer(200, `${request.rawHeaders.length / 2} lines`));
  });
  const lines = (count: number): string =>
    `GET / HTTP/1.1\r\nHost: localhost\r\n${'a:\r\n'.repeat(count)}\r\n`;
  const socket = await openRawSocket(open1.url);
  socket.write(lines(400));
  await socket.until(/401 lines\n$/);
  socket.write(lines(5_000));
  assert.match(await socket.closed(), /HTTP\/1\.1 431 /);
  assert.equal(served, 1);
});
