/**
 * Clients of gRPC that abuse HTTP/2: floods of every kind of frame, streams without end, header blocks that blow up,
 * windows that are never opened. Each attack is bounded, and an honest client beside it is served all the while.
 */
import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { after, before, test } from 'node:test';
import { AttackBench, keepOn, listen, pour } from '../testing/attack-bench.ts';
import {
  callHeaders,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  headerBomb,
  number32,
  PREFACE,
  settings,
} from '../testing/http2-frames.ts';
import { GrpcSender } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan } from '../testing/span-messages.ts';

const GRPC = 'receivers.otlp.grpc';
const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const ATTACK_MS = 1_500;
const CONNECTIONS = 10;
const NOTHING = new Uint8Array(0);

let bench: AttackBench;
before(async () => {
  bench = await AttackBench.open();
});
after(() => bench[Symbol.asyncDispose]());

type Flood = {
  /** Bytes to be sent again and again; streams are numbered anew each time. */
  readonly make: (nextStream: () => number) => Uint8Array;
  /** Whether the connection must be ended by the server within the attack. */
  readonly isCutOff?: boolean;
  /** What comes before. */
  readonly first?: Uint8Array;
  readonly reads?: boolean;
};

/** Pours a flood over some connections, and tells how much of it was taken and how many connections were cut off. */
async function flood(
  tell: (words: string) => void,
  { make, first, isCutOff, reads = true }: Flood,
): Promise<void> {
  await bench.during(tell, async () => {
    const sockets = await bench.sockets(GRPC, CONNECTIONS);
    const sent = await Promise.all(
      sockets.map((socket) => {
        if (reads) listen(socket);
        else socket.pause();
        socket.write(Buffer.concat([PREFACE, settings(), first ?? NOTHING]));
        let stream = -1;
        const nextStream = (): number => {
          stream += 2;
          return stream;
        };
        return pour(socket, ATTACK_MS, () => make(nextStream));
      }),
    );
    const open = sockets.filter((socket) => socket.writable).length;
    const kib = Math.round(sent.reduce((sum, one) => sum + one, 0) / 1024);
    tell(`${kib} KiB were sent, ${CONNECTIONS - open} of ${CONNECTIONS} connections were cut off`);
    if (isCutOff === true) assert.equal(open, 0, 'the flood was borne');
  });
  // The port speaks gRPC to everybody else as before.
  using grpc = new GrpcSender(bench.server);
  assert.equal((await grpc.call('traces', new Uint8Array(0))).code, 0);
}

const many = (count: number, make: () => Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, make));

test('rapid reset: streams that are opened and given up in one breath', (t) =>
  flood(t.diagnostic.bind(t), {
    make: (nextStream) =>
      many(100, () => {
        const stream = nextStream();
        const headers = frame(FRAME.headers, END_HEADERS, stream, callHeaders(EXPORT));
        return Buffer.concat([headers, frame(FRAME.reset, 0, stream, number32(8))]);
      }),
    isCutOff: true,
  }));

test('a flood of settings', (t) =>
  flood(t.diagnostic.bind(t), { make: () => many(200, () => settings([4, 65_535], [3, 100])) }));

test('a flood of settings whose acknowledgements nobody reads', (t) =>
  flood(t.diagnostic.bind(t), { make: () => many(200, () => settings([4, 65_535])), reads: false }));

test('a flood of pings whose answers nobody reads', (t) =>
  flood(t.diagnostic.bind(t), {
    make: () => many(500, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
    reads: false,
  }));

test('a flood of priorities', (t) =>
  flood(t.diagnostic.bind(t), {
    make: (nextStream) => many(500, () => frame(FRAME.priority, 0, nextStream(), Buffer.of(0, 0, 0, 0, 16))),
  }));

test('headers that are continued without end', (t) =>
  flood(t.diagnostic.bind(t), {
    first: frame(FRAME.headers, 0, 1, callHeaders(EXPORT)),
    make: () => many(20, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(1_000, 0x82))),
    isCutOff: true,
  }));

test('window updates of nothing, and beyond what a window may be', async (t) => {
  await flood(t.diagnostic.bind(t), {
    make: () => many(500, () => frame(FRAME.windowUpdate, 0, 0, number32(1))),
  });
  await flood(t.diagnostic.bind(t), {
    make: () => frame(FRAME.windowUpdate, 0, 0, number32(0x7fff_ffff)),
    isCutOff: true,
  });
});

test('more streams than are allowed, none of which ends', (t) =>
  flood(t.diagnostic.bind(t), {
    make: (nextStream) =>
      many(100, () => frame(FRAME.headers, END_HEADERS, nextStream(), callHeaders(EXPORT))),
  }));

test('header blocks that are bombs', (t) =>
  flood(t.diagnostic.bind(t), {
    make: (nextStream) => frame(FRAME.headers, END_HEADERS | END_STREAM, nextStream(), headerBomb(EXPORT)),
  }));

test('frames of data with nothing in them', (t) =>
  flood(t.diagnostic.bind(t), {
    first: frame(FRAME.headers, END_HEADERS, 1, callHeaders(EXPORT)),
    make: () => many(500, () => frame(FRAME.data, 0, 1, NOTHING)),
  }));

test('messages that lie about their length, on many streams', (t) =>
  flood(t.diagnostic.bind(t), {
    make: (nextStream) =>
      many(20, () => {
        const stream = nextStream();
        const message = Buffer.concat([Buffer.of(0, 0x03, 0xff, 0xff, 0xff), Buffer.alloc(500)]);
        return Buffer.concat([
          frame(FRAME.headers, END_HEADERS, stream, callHeaders(EXPORT)),
          frame(FRAME.data, stream % 4 === 1 ? END_STREAM : 0, stream, message),
        ]);
      }),
  }));

test('answers that cannot be sent since their client opens no window', (t) =>
  flood(t.diagnostic.bind(t), {
    first: settings([4, 0]),
    make: (nextStream) =>
      many(20, () => {
        const stream = nextStream();
        return Buffer.concat([
          frame(FRAME.headers, END_HEADERS, stream, callHeaders(EXPORT)),
          frame(FRAME.data, END_STREAM, stream, Buffer.alloc(5)),
        ]);
      }),
  }));

test('prefaces that trickle, and connections that say nothing', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const sockets = await bench.sockets(GRPC, 300);
    await keepOn(sockets, ATTACK_MS, 50, (socket, round) => {
      if (round < 20) socket.write(PREFACE.subarray(round, round + 1));
    });
  }));

test('two hundred and fifty streams of one connection and one stream of another are served alike', async (t) => {
  const session = connectHttp2(bench.server.url(GRPC));
  session.on('error', () => undefined).setMaxListeners(0);
  const message = encodeTraces('crowd', [goodSpan(79, 1)]);
  const framed = Buffer.concat([Buffer.of(0, 0, 0, message.length >> 8, message.length & 255), message]);
  let stopping = false;
  let crowd = 0;
  const call = (): Promise<void> =>
    new Promise((resolve) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': EXPORT,
        'content-type': 'application/grpc',
      });
      stream.on('error', () => undefined).on('close', () => resolve());
      stream.resume();
      stream.end(framed);
    });
  await bench.during(t.diagnostic.bind(t), async () => {
    const running = Array.from({ length: 250 }, async () => {
      while (!stopping) {
        await call();
        crowd++;
      }
    });
    using grpc = new GrpcSender(bench.server);
    const endMs = performance.now() + ATTACK_MS;
    let alone = 0;
    while (performance.now() < endMs) {
      assert.equal((await grpc.call('traces', new Uint8Array(0))).code, 0);
      alone++;
    }
    stopping = true;
    await Promise.all(running);
    t.diagnostic(`${crowd} calls of the crowd, ${alone} of the other one`);
    assert.ok(alone > 3);
  });
  session.destroy();
  bench.countSpans(crowd);
});

test('after all of it everything honest is stored, and no fault of this program is in its log', () =>
  bench.assertSound());
