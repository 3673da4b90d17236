import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { test } from 'node:test';
import { decodeJsonRequest, decodeProtobufRequest } from '../generate/testing/decode-with-protobufjs.ts';
import { type LoadOptions, runLoad } from './run-load.ts';

const BASE: LoadOptions = {
  url: '',
  protocol: 'http/protobuf',
  workload: 'standard',
  rate: undefined,
  durationMs: undefined,
  spans: 64 * 10,
  connections: 2,
  batch: 64,
  attributes: 12,
  resourceAttributes: 12,
  seed: 3,
  scatter: 0,
  agoMs: 0,
  token: undefined,
  timeoutMs: 10_000,
  insecure: false,
};
const never = new AbortController().signal;

async function listen(server: Server, scheme = 'http'): Promise<{ url: string } & AsyncDisposable> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise((done) => server.close(() => done())),
  };
}

type Handle = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

function httpServer(handle: Handle): Server {
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => handle(request, Buffer.concat(parts), response));
  });
}

function grpcServer(
  answer: (message: Buffer, call: number) => { trailers: Record<string, string>; body?: Buffer },
): Server {
  const server = createHttp2Server();
  let calls = 0;
  server.on('stream', (stream: ServerHttp2Stream) => {
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      const frame = Buffer.concat(parts);
      assert.equal(frame.readUInt32BE(1), frame.length - 5);
      const { trailers, body } = answer(frame.subarray(5), calls++);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      const head = Buffer.alloc(5);
      head.writeUInt32BE(body?.length ?? 0, 1);
      stream.end(body === undefined ? undefined : Buffer.concat([head, body]));
    });
  });
  return server;
}

test('HTTP with protobuf and JSON: every span sent arrives once and is counted as accepted', async () => {
  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    const ids = new Set<string>();
    const seen: string[] = [];
    const server = httpServer((request, body, response) => {
      seen.push(
        `${request.method} ${request.url} ${request.headers['content-type']} ${request.headers.authorization}`,
      );
      const decode = protocol === 'http/json' ? decodeJsonRequest : decodeProtobufRequest;
      for (const span of decode(body)) ids.add(span.spanId);
      response
        .writeHead(200, { 'content-type': request.headers['content-type'] })
        .end(protocol === 'http/json' ? '{}' : '');
    });
    await using address = await listen(server);
    const result = await runLoad({ ...BASE, url: address.url, protocol, token: 't' }, never);
    assert.equal(ids.size, 640);
    assert.deepEqual(result.accounts, {
      requests: 10,
      sentSpans: 640,
      acceptedSpans: 640,
      rejectedSpans: 0,
      refusedSpans: 0,
      failedSpans: 0,
      lostSpans: 0,
    });
    assert.equal(result.latency.count, 10);
    assert.ok(result.latency.p50Ms > 0 && result.latency.maxMs >= result.latency.p50Ms);
    assert.deepEqual(
      [...result.acceptedBatches].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    const type = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
    assert.deepEqual(new Set(seen), new Set([`POST /v1/traces ${type} Bearer t`]));
  }
});

test('HTTP: partial success, refusal and failure each have their column', async () => {
  let requests = 0;
  const server = httpServer((_request, _body, response) => {
    requests++;
    if (requests === 1)
      response.writeHead(200).end(Buffer.from([0x0a, 0x06, 0x08, 0x05, 0x12, 0x02, 0x6e, 0x6f]));
    else if (requests === 2) response.writeHead(503, { 'retry-after': '0' }).end();
    else if (requests === 3)
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"message":"bad"}');
    else response.writeHead(200).end();
  });
  await using address = await listen(server);
  const { accounts, problems } = await runLoad({ ...BASE, url: address.url, connections: 1 }, never);
  assert.equal(accounts.rejectedSpans, 5);
  assert.equal(accounts.refusedSpans, 64);
  assert.equal(accounts.failedSpans, 64);
  assert.equal(accounts.acceptedSpans, 640 - 64 - 64 - 5);
  const words = problems.map((problem) => problem.what).sort();
  assert.deepEqual(words, ['failed (400): bad', 'refused (503): ', 'rejected: no']);
});

test('HTTP: a connection stays quiet for as long as Retry-After says', async () => {
  const times: number[] = [];
  const server = httpServer((_request, _body, response) => {
    times.push(performance.now());
    if (times.length === 1) response.writeHead(429, { 'retry-after': '1' }).end('slow down');
    else response.writeHead(200).end();
  });
  await using address = await listen(server);
  const { accounts } = await runLoad({ ...BASE, url: address.url, connections: 1, spans: 128 }, never);
  assert.equal(accounts.refusedSpans, 64);
  assert.equal(accounts.acceptedSpans, 64);
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 990);
});

test('HTTP: a connection that breaks loses its request, and the next one is tried on a new one', async () => {
  let requests = 0;
  const server = httpServer((request, _body, response) => {
    if (++requests === 2) request.socket.destroy();
    else response.writeHead(200).end();
  });
  await using address = await listen(server);
  const { accounts } = await runLoad({ ...BASE, url: address.url, connections: 1 }, never);
  assert.equal(accounts.lostSpans, 64);
  assert.equal(accounts.acceptedSpans, 640 - 64);
});

test('HTTP: an answer that comes before the body was taken frees the request', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(413, { connection: 'close' }).end();
  });
  await using address = await listen(server);
  const { accounts } = await runLoad({ ...BASE, url: address.url, batch: 4096, spans: 3 * 4096 }, never);
  assert.equal(accounts.sentSpans, 3 * 4096);
  assert.equal(accounts.acceptedSpans, 0);
  assert.equal(accounts.failedSpans + accounts.lostSpans, 3 * 4096);
});

test('a rate is kept: every slot of the timetable is sent or told as missed', async () => {
  const server = httpServer((_request, _body, response) => response.writeHead(200).end());
  await using address = await listen(server);
  const result = await runLoad(
    { ...BASE, url: address.url, spans: undefined, durationMs: 1_000, rate: 64 * 40 },
    never,
  );
  assert.equal(result.accounts.requests + result.missedRequests, 40);
  assert.equal(result.latency.count, 40);
  assert.ok(result.durationMs >= 900);
});

test('an open loop counts the waiting that a stalled server causes', async () => {
  let requests = 0;
  const server = httpServer((_request, _body, response) => {
    setTimeout(() => response.writeHead(200).end(), ++requests === 1 ? 500 : 0);
  });
  await using address = await listen(server);
  const result = await runLoad(
    { ...BASE, url: address.url, spans: undefined, durationMs: 700, rate: 64 * 100, connections: 1 },
    never,
  );
  // One request stalls for half a second: the fifty that were due meanwhile waited too, not only that one.
  assert.ok(result.latency.p50Ms > 100, `p50 ${result.latency.p50Ms}`);
  assert.equal(result.latency.count, 70);
});

test('stopping ends the run and keeps the accounts', async () => {
  const server = httpServer((_request, _body, response) => response.writeHead(200).end());
  await using address = await listen(server);
  const stop = new AbortController();
  const running = runLoad(
    { ...BASE, url: address.url, spans: undefined, durationMs: 60_000, rate: 64 },
    stop.signal,
  );
  stop.abort();
  const { accounts } = await running;
  assert.equal(accounts.sentSpans, accounts.acceptedSpans);
});

test('gRPC: frames, trailers, partial success, RetryInfo and failure are understood', async () => {
  const ids = new Set<string>();
  // google.rpc.Status { code 14, details: Any { type.googleapis.com/google.rpc.RetryInfo { retry_delay { nanos 10 ms } } } }
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
  const delay = Buffer.from([0x0a, 0x05, 0x10, 0x80, 0xad, 0xe2, 0x04]);
  const any = Buffer.concat([
    Buffer.from([0x0a, type.length]),
    type,
    Buffer.from([0x12, delay.length]),
    delay,
  ]);
  const details = Buffer.concat([Buffer.from([0x08, 0x0e, 0x1a, any.length]), any]).toString('base64');
  const server = grpcServer((message, call) => {
    for (const span of decodeProtobufRequest(message)) ids.add(span.spanId);
    if (call === 0) return { trailers: { 'grpc-status': '0' }, body: Buffer.from([0x0a, 0x02, 0x08, 0x03]) };
    if (call === 1) return { trailers: { 'grpc-status': '14', 'grpc-status-details-bin': details } };
    if (call === 2) return { trailers: { 'grpc-status': '3', 'grpc-message': 'bad%20span' } };
    return { trailers: { 'grpc-status': '0' }, body: Buffer.alloc(0) };
  });
  await using address = await listen(server);
  const result = await runLoad({ ...BASE, url: address.url, protocol: 'grpc', connections: 1 }, never);
  assert.equal(ids.size, 640);
  assert.equal(result.accounts.rejectedSpans, 3);
  assert.equal(result.accounts.refusedSpans, 64);
  assert.equal(result.accounts.failedSpans, 64);
  assert.equal(result.accounts.acceptedSpans, 640 - 128 - 3);
  assert.ok(result.problems.some((problem) => problem.what === 'failed (3): bad span'));
});

test('where nobody listens nothing was taken: that is a refusal, not a loss', async () => {
  const server = createServer();
  const address = await listen(server);
  await address[Symbol.asyncDispose]();
  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    const result = await runLoad({ ...BASE, url: address.url, protocol, spans: 64 }, never);
    assert.equal(result.accounts.refusedSpans, 64);
    assert.match(result.problems[0]?.what ?? '', /unreachable.*ECONNREFUSED/);
  }
});

test('gRPC: a call that breaks off is lost, and the next one is made on a new connection', async () => {
  const server = createHttp2Server();
  let calls = 0;
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    stream.resume();
    if (++calls === 2) {
      stream.session?.destroy();
      return;
    }
    stream.on('end', () => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end();
    });
  });
  await using address = await listen(server);
  const { accounts } = await runLoad({ ...BASE, url: address.url, protocol: 'grpc', connections: 1 }, never);
  assert.equal(accounts.lostSpans, 64);
  assert.equal(accounts.acceptedSpans, 640 - 64);
});
