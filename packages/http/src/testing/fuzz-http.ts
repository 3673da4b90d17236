/**
 * Fuzz targets of the listeners: calls of gRPC cut and framed anyhow, frames of HTTP/2 in any order, requests of
 * HTTP/1.1 as no client writes them. What always holds: nothing throws in this program; a call is answered with one
 * status; a message that is handed on is whole; and whatever one connection did, the next request is served.
 */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import {
  type FuzzOutcome,
  type FuzzTarget,
  joinBytes,
  mutateBytes,
  mutateText,
  type Random,
} from '@tracewright/std/testing';
import { ByteBudget } from '../byte-budget.ts';
import { createGrpcListener } from '../grpc/grpc-listener.ts';
import type { GrpcMethod } from '../grpc/method.ts';
import { GRPC_CODE } from '../grpc/status.ts';
import { createHttpListener } from '../http-listener.ts';
import { readBody } from '../read-body.ts';
import { respond, textAnswer } from '../respond.ts';

const MESSAGE_BYTES_MAX = 4_096;
const ECHO = '/fuzz.Echo/Echo';
const ANSWER_TIMEOUT_MS = 20_000;
/** How long a connection may keep an input waiting that says nothing that must be answered. */
const QUIET_MS = 15;

const echo: GrpcMethod = {
  kind: 'unary',
  messageBytesMax: MESSAGE_BYTES_MAX,
  refuse: ({ message }) => ({ code: GRPC_CODE.invalidArgument, message }),
  handle: async ({ message }) => {
    assert.equal(message.buffer.byteLength, message.length, 'a message spans its buffer alone');
    return { ok: true, message };
  },
};

type Opened = { readonly url: string; readonly faults: unknown[]; readonly close: () => Promise<void> };

async function openGrpc(): Promise<Opened> {
  const faults: unknown[] = [];
  const listener = createGrpcListener({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'fuzz.port',
    methods: new Map([[ECHO, echo]]),
    checkToken: () => undefined,
    budget: new ByteBudget(MESSAGE_BYTES_MAX * 64),
    keepaliveIntervalMs: 10_000,
    keepaliveTimeoutMs: 10_000,
    http1Hint: 'gRPC only',
    onFault: (error) => void faults.push(error),
    limits: { headersTimeoutMs: 2_000 },
  });
  const listening = await listener.listen();
  assert.ok(listening.ok);
  return { url: listening.value.url, faults, close: () => listener.close(100) };
}

/** Opened by the first input, and closed by `close`. */
class Lazy {
  readonly #open: () => Promise<Opened>;
  #opened: Promise<Opened> | undefined;
  #session: ClientHttp2Session | undefined;

  constructor(open: () => Promise<Opened>) {
    this.#open = open;
  }

  get(): Promise<Opened> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  /** A connection of a client that behaves, one for all its calls. */
  async session(): Promise<ClientHttp2Session> {
    const { url } = await this.get();
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connectHttp2(url);
      this.#session.on('error', () => undefined);
    }
    return this.#session;
  }

  async close(): Promise<void> {
    this.#session?.destroy();
    const opened = await this.#opened;
    this.#opened = undefined;
    await opened?.close();
  }
}

/** The first byte chooses headers, the second says how many bytes each DATA frame has; the rest is the call's body. */
function grpcCalls(): FuzzTarget {
  const lazy = new Lazy(openGrpc);
  const encodings = [undefined, 'identity', 'gzip', 'deflate', 'zstd', 'br', '', 'gzip, gzip', '__proto__'];
  return {
    name: 'http-grpc-call',
    make: (random) => {
      const message = random.bytes(
        random.chance(0.1) ? MESSAGE_BYTES_MAX - 5 + random.below(10) : random.small(200),
      );
      const claimed = random.chance(0.6)
        ? message.length
        : random.pick([0, message.length + 1, 2 ** 31, 2 ** 32 - 1, random.below(300)]);
      const head = new Uint8Array(5);
      head[0] = random.pick([0, 0, 0, 1, 2, 255]);
      new DataView(head.buffer).setUint32(1, claimed);
      const body = joinBytes(
        head,
        message,
        random.chance(0.1) ? joinBytes(head, message) : new Uint8Array(0),
      );
      const sent = random.chance(0.2) ? mutateBytes(body, random) : body;
      return joinBytes(Uint8Array.of(random.below(64), 1 + random.small(255)), sent);
    },
    check: async (input) => {
      const { faults } = await lazy.get();
      const session = await lazy.session();
      const [choice = 0, size = 1] = input;
      const body = input.subarray(2);
      const encoding = encodings[choice % encodings.length];
      const stream = session.request({
        ':method': choice === 63 ? 'GET' : 'POST',
        ':path': choice === 62 ? '/nowhere' : ECHO,
        'content-type': choice === 61 ? 'text/plain' : 'application/grpc',
        te: 'trailers',
        ...(encoding === undefined ? {} : { 'grpc-encoding': encoding }),
      });
      const answered = answerOf(stream);
      for (let at = 0; at < body.length && stream.writable; at += Math.max(1, size))
        stream.write(body.subarray(at, at + Math.max(1, size)));
      stream.end();
      const { status, bytes } = await answered;
      assert.deepEqual(faults, []);
      if (status !== '0') return 'refused';
      // What was taken is what one whole message was.
      const claimed = new DataView(body.buffer, body.byteOffset, body.length).getUint32(1);
      assert.equal(body.length, claimed + 5);
      assert.deepEqual(bytes.subarray(5), Buffer.from(body.subarray(5)));
      return 'taken';
    },
    close: () => lazy.close(),
  };
}

function answerOf(stream: ClientHttp2Stream): Promise<{ readonly status: string; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let status = '';
    const timer = setTimeout(() => reject(new Error('a call was never answered')), ANSWER_TIMEOUT_MS);
    stream.on('response', (headers) => {
      status ||= String(
        headers['grpc-status'] ?? (headers[':status'] === 200 ? '' : `http ${headers[':status']}`),
      );
    });
    stream.on('trailers', (headers) => {
      status ||= String(headers['grpc-status'] ?? '');
    });
    stream.on('data', (part: Buffer) => void parts.push(part));
    stream.on('error', () => undefined);
    stream.on('close', () => {
      clearTimeout(timer);
      resolve({ status: status || 'reset', bytes: Buffer.concat(parts) });
    });
  });
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** POST, http, the path, a content type, as literals; what an encoder without a table would send. */
const HEADER_BLOCK = joinBytes(
  Uint8Array.of(0x83, 0x86),
  literal(4, ECHO),
  literal(1, 'localhost'),
  literal(31, 'application/grpc'),
);

function literal(index: number, value: string): Uint8Array {
  const name = index < 15 ? Uint8Array.of(index) : Uint8Array.of(15, index - 15);
  return joinBytes(name, Uint8Array.of(value.length), Buffer.from(value));
}

function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array,
  claimed?: number,
): Uint8Array {
  const head = new Uint8Array(9);
  const view = new DataView(head.buffer);
  view.setUint32(0, ((claimed ?? payload.length) << 8) | type);
  head[4] = flags;
  view.setUint32(5, stream);
  return joinBytes(head, payload);
}

const SETTINGS_VALUES = [0, 1, 100, 16_384, 65_535, 2 ** 24 - 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

function makeFrame(random: Random): Uint8Array {
  const stream = random.pick([0, 1, 1, 1, 3, 5, 2, 2 ** 31 - 1]);
  const flags = random.pick([0, 1, 4, 5, 8, 0x20, 0xff]);
  switch (random.below(12)) {
    case 0:
      return frame(0, flags, stream, random.bytes(random.small(60)));
    case 1:
    case 2:
      return frame(1, random.pick([4, 5, 5, 0]), stream, HEADER_BLOCK);
    case 3:
      return frame(2, 0, stream, random.bytes(random.pick([5, 5, 4])));
    case 4:
      return frame(3, 0, stream, random.bytes(random.pick([4, 4, 3])));
    case 5: {
      const entry = new Uint8Array(6);
      new DataView(entry.buffer).setUint16(0, random.below(10));
      new DataView(entry.buffer).setUint32(2, random.pick(SETTINGS_VALUES));
      return frame(
        4,
        random.pick([0, 0, 1]),
        random.pick([0, 0, 1]),
        random.chance(0.8) ? entry : random.bytes(5),
      );
    }
    case 6:
      return frame(5, 4, stream, joinBytes(Uint8Array.of(0, 0, 0, 2), HEADER_BLOCK));
    case 7:
      return frame(6, random.pick([0, 1]), random.pick([0, 1]), random.bytes(random.pick([8, 8, 7])));
    case 8:
      return frame(7, 0, 0, random.bytes(8 + random.small(20)));
    case 9:
      return frame(8, 0, stream, Uint8Array.of(random.below(256), random.below(256), 0, random.below(2)));
    case 10:
      return frame(9, random.pick([0, 4]), stream, random.bytes(random.small(40)));
    default:
      return frame(random.below(256), flags, stream, random.bytes(random.small(30)), random.below(2 ** 24));
  }
}

function http2Frames(): FuzzTarget {
  const lazy = new Lazy(openGrpc);
  return {
    name: 'http2-frames',
    make: (random) => {
      const message = random.chance(0.4)
        ? [frame(1, 4, 1, HEADER_BLOCK), frame(0, 1, 1, new Uint8Array(5))]
        : [];
      const frames = [
        Buffer.from(PREFACE, 'latin1'),
        frame(4, 0, 0, new Uint8Array(0)),
        ...message,
        ...random.list(random.below(8), () => makeFrame(random)),
      ];
      const bytes = joinBytes(...frames);
      return random.chance(0.3) ? mutateBytes(bytes, random) : bytes;
    },
    check: async (input) => {
      const { url, faults } = await lazy.get();
      const text = await exchangeQuietly(url, input);
      const served = answerOf(
        (await lazy.session())
          .request({ ':method': 'POST', ':path': ECHO, 'content-type': 'application/grpc' })
          .end(new Uint8Array(5)),
      );
      assert.equal((await served).status, '0', 'the next client is not served');
      assert.deepEqual(faults, []);
      return framesOf(text).some(({ type, stream }) => type === 1 && stream === 1) ? 'taken' : 'refused';
    },
    close: () => lazy.close(),
  };
}

/** The heads of the frames that came, one character a byte. */
function framesOf(text: string): { readonly type: number; readonly stream: number }[] {
  const bytes = Buffer.from(text, 'latin1');
  const frames: { type: number; stream: number }[] = [];
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3))
    frames.push({ type: bytes[at + 3] ?? 0, stream: bytes.readUInt32BE(at + 5) });
  return frames;
}

/** Writes all, and gives what came back once the other side is done or has nothing more to say. */
async function exchangeQuietly(url: string, bytes: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let text = '';
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, QUIET_MS);
    socket.on('data', (part: Buffer) => {
      text += part.toString('latin1');
      timer.refresh();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.write(bytes);
  });
  socket.destroy();
  return text;
}

const HTTP_WORDS = [
  ...['\r\n', '\n', '\r', ' ', '\t', ':', '\u0000', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/9.9', 'GET ', 'PRI * '],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: chunked, identity\r\n', 'Content-Length: 5\r\n'],
  ...['Content-Length: -1\r\n', 'Content-Length: 99999999999999999999\r\n', 'Expect: 100-continue\r\n'],
  ...[
    '0\r\n\r\n',
    'ffffffffffffffff\r\n',
    '5;ext="\r\n',
    'Upgrade: h2c\r\nConnection: Upgrade\r\n',
    'Host: b\r\n',
  ],
];

async function openHttp(): Promise<Opened> {
  const faults: unknown[] = [];
  const budget = new ByteBudget(MESSAGE_BYTES_MAX * 64);
  const handler = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, response, { bytesMax: MESSAGE_BYTES_MAX, budget });
    if (body.ok) respond(request, response, textAnswer(200, `${body.value.length}`));
    else if (body.failure.code !== 'cancelled')
      respond(request, response, textAnswer(400, body.failure.code));
  };
  const listener = createHttpListener({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'fuzz.port',
    guard: { allowedHosts: [], allowedOrigins: [] },
    handler,
    onFault: (error) => void faults.push(error),
    limits: { headersTimeoutMs: 2_000, requestTimeoutMs: 4_000 },
  });
  const listening = await listener.listen();
  assert.ok(listening.ok);
  return {
    url: listening.value.url,
    faults,
    close: async () => {
      assert.equal(budget.taken, 0, 'memory was never given back');
      await listener.close(100);
    },
  };
}

function httpRequests(): FuzzTarget {
  const lazy = new Lazy(openHttp);
  return {
    name: 'http1-request',
    make: (random) => {
      const request = (): string => {
        const body = 'x'.repeat(random.small(60));
        const framing = random.chance(0.5)
          ? `Content-Length: ${body.length}\r\n\r\n${body}`
          : `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
        const extra = random.chance(0.2) ? random.pick(HTTP_WORDS.slice(12, 18)) : '';
        return `${random.pick(['POST', 'PUT', 'GET'])} /v1/traces HTTP/1.1\r\nHost: localhost\r\n${extra}${framing}`;
      };
      const text = random.list(1 + random.small(3), request).join('');
      return Buffer.from(random.chance(0.6) ? mutateText(text, random, HTTP_WORDS) : text, 'latin1');
    },
    check: async (input): Promise<FuzzOutcome> => {
      const { url, faults } = await lazy.get();
      const text = await exchangeQuietly(url, input);
      const next = await fetch(url, { method: 'POST', body: 'four' });
      assert.equal(await next.text(), '4\n', 'the next client is not served');
      assert.deepEqual(faults, []);
      assert.ok(text === '' || /^HTTP\/1\.1 [1-5]\d\d /.test(text), text.slice(0, 80));
      return text.startsWith('HTTP/1.1 200 ') ? 'taken' : 'refused';
    },
    close: () => lazy.close(),
  };
}

export const httpFuzzTargets: readonly FuzzTarget[] = [grpcCalls(), http2Frames(), httpRequests()];
