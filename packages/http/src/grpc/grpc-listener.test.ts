/** Clients that say goodbye and stay, and frames that come in an unlucky order: nothing of it may escape. */
import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ByteBudget } from '../byte-budget.ts';
import { openRawSocket } from '../testing/raw-socket.ts';
import { createGrpcListener, type GrpcListener, type GrpcListenerOptions } from './grpc-listener.ts';
import type { GrpcMethod } from './method.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';
const GOAWAY = '\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0';
const SETTINGS_ACKNOWLEDGED = new RegExp(String.fromCharCode(0, 4, 1));
/** A header block of literals without indexing: POST, http, a path that nobody serves, an authority. */
const HEADER_BLOCK = '\x83\x86\x04\x02/x\x01\x01y\x0f\x10\x10application/grpc';

type Open = AsyncDisposable & { listener: GrpcListener; url: string; faults: unknown[] };

async function open(change: Partial<GrpcListenerOptions> = {}): Promise<Open> {
  const faults: unknown[] = [];
  const listener = createGrpcListener({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'test.port',
    methods: new Map(),
    checkToken: () => undefined,
    budget: new ByteBudget(1024 * 1024),
    keepaliveIntervalMs: 50,
    keepaliveTimeoutMs: 1_000,
    http1Hint: 'gRPC only',
    onFault: (error) => void faults.push(error),
    ...change,
    limits: { checkIntervalMs: 10, lingerTimeoutMs: 100, ...change.limits },
  });
  const listening = await listener.listen();
  assert.ok(listening.ok);
  return { listener, url: listening.value.url, faults, [Symbol.asyncDispose]: () => listener.close(100) };
}

async function isServed(url: string): Promise<boolean> {
  const session = connect(url);
  try {
    return await new Promise<boolean>((resolve) => {
      session
        .on('error', () => resolve(false))
        .on('connect', () => session.ping((error) => resolve(error === null)));
    });
  } finally {
    session.destroy();
  }
}

function rawFrame(type: number, flags: number, stream: number, payload: string): string {
  return String.fromCharCode(0, 0, payload.length, type, flags, 0, 0, 0, stream) + payload;
}

test('a client that says goodbye and stays silent is let go, and harms nobody', async () => {
  await using server = await open();
  const mute = await openRawSocket(server.url, { allowHalfOpen: true });
  mute.write(PREFACE + GOAWAY);
  // A socket that is gone says so only to who sends once more.
  const knocking = setInterval(() => mute.write('\0'), 20);
  await mute.closed().finally(() => clearInterval(knocking));
  assert.ok(await isServed(server.url));
  assert.deepEqual(server.faults, []);
});

test('closing does not wait for clients that keep their end of the connection open', async () => {
  await using server = await open({ keepaliveIntervalMs: 60_000, limits: { lingerTimeoutMs: 60_000 } });
  const mutes = await Promise.all([1, 2].map(() => openRawSocket(server.url, { allowHalfOpen: true })));
  mutes[0]?.write(PREFACE + GOAWAY);
  mutes[1]?.write(PREFACE);
  for (const mute of mutes) await mute.until(SETTINGS_ACKNOWLEDGED);
  await server.listener.close(50);
  for (const mute of mutes) mute.destroy();
});

test('a call that is reset in the same breath is dropped, whether its method exists or not', async () => {
  let begun = 0;
  const method: GrpcMethod = {
    kind: 'unary',
    messageBytesMax: 100,
    begin: () => void begun++,
    refuse: (cause) => ({ code: 13, message: cause.message }),
    handle: async () => ({ ok: true, message: new Uint8Array(0) }),
  };
  for (const methods of [new Map<string, GrpcMethod>(), new Map([['/x', method]])]) {
    await using server = await open({ methods });
    const socket = await openRawSocket(server.url);
    let frames = PREFACE;
    for (let stream = 1; stream < 100; stream += 2)
      frames += rawFrame(1, 4, stream, HEADER_BLOCK) + rawFrame(3, 0, stream, '\0\0\0\x08');
    socket.write(frames);
    await socket.until(SETTINGS_ACKNOWLEDGED);
    for (let at = 0; at < 20; at++) await turn();
    assert.ok(await isServed(server.url));
    socket.destroy();
    assert.deepEqual(server.faults, []);
  }
  assert.equal(begun, 0);
});
