/**
 * Clients of HTTP/1.1 that are slow, many, endless, deaf or half gone. Each attack is bounded, and an honest client
 * beside it is served all the while.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { AttackBench, keepOn, listen, pour } from '../testing/attack-bench.ts';
import { encodeTraces, goodSpan } from '../testing/span-messages.ts';

const HTTP = 'receivers.otlp.http';
const ATTACK_MS = 1_500;

let bench: AttackBench;
before(async () => {
  bench = await AttackBench.open();
});
after(() => bench[Symbol.asyncDispose]());

function head(...lines: readonly string[]): string {
  const first = ['POST /v1/traces HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-protobuf'];
  return `${[...first, ...lines].join('\r\n')}\r\n\r\n`;
}

test('five hundred connections at once are all answered', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const sockets = await bench.sockets(HTTP, 500);
    const heard = sockets.map(listen);
    for (const socket of sockets) socket.write(`${head('Content-Length: 2')}\n\0`);
    const endMs = performance.now() + 15_000;
    while (heard.some((one) => !one.text().includes('200 OK')) && performance.now() < endMs)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(heard.filter((one) => one.text().includes('200 OK')).length, 500);
  }));

test('headers and bodies that come byte by byte', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const slowHeads = await bench.sockets(HTTP, 200);
    const slowBodies = await bench.sockets(HTTP, 200);
    for (const socket of slowBodies) socket.write(head('Content-Length: 67108864'));
    const text = head('Content-Length: 2');
    await keepOn([...slowHeads, ...slowBodies], ATTACK_MS, 50, (socket, round) => {
      socket.write(text[round % text.length] ?? 'x');
    });
  }));

test('connections that are half closed, at any point of a request', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const whole = `${head('Content-Length: 2')}\n\0`;
    const sockets = await Promise.all(
      Array.from({ length: 300 }, () => bench.socket(HTTP, { allowHalfOpen: true })),
    );
    const heard = sockets.map(listen);
    for (const [at, socket] of sockets.entries()) socket.end(whole.slice(0, at % (whole.length + 1)));
    const closed = await Promise.all(heard.map((one) => one.closed(10_000)));
    assert.ok(closed.every(Boolean), 'the server kept a connection that its client had ended');
  }));

test('clients that send requests and never read an answer', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const requests = Buffer.from('GET /api/services HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200));
    const posts = Buffer.from(`${head('Content-Length: 2')}\n\0`.repeat(200), 'latin1');
    const readers = await bench.sockets('api', 20);
    const senders = await bench.sockets(HTTP, 20);
    for (const socket of [...readers, ...senders]) socket.pause();
    const sent = await Promise.all([
      ...readers.map((socket) => pour(socket, ATTACK_MS, () => requests)),
      ...senders.map((socket) => pour(socket, ATTACK_MS, () => posts)),
    ]);
    t.diagnostic(`${Math.round(sent.reduce((sum, one) => sum + one, 0) / 1024)} KiB of requests were taken`);
  }));

test('floods of headers: many, long, and without end', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const many = Buffer.from(
      `${head('Content-Length: 2', ...Array.from({ length: 6_000 }, () => 'a:'))}\n\0`,
    );
    const sockets = await bench.sockets(HTTP, 30);
    await Promise.all([
      ...sockets.slice(0, 10).map((socket) => pour(socket, ATTACK_MS, () => many)),
      ...sockets.slice(10, 20).map(async (socket) => {
        const heard = listen(socket);
        socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ');
        await pour(socket, ATTACK_MS, () => Buffer.alloc(16_384, 'x'));
        assert.ok(await heard.closed(5_000), 'a header without end is not cut off');
        assert.match(heard.text(), /^(?:HTTP\/1\.1 431 |$)/);
      }),
      ...sockets.slice(20).map(async (socket) => {
        const heard = listen(socket);
        await pour(socket, ATTACK_MS, () => Buffer.from(`GET /${'y'.repeat(60_000)}`));
        assert.ok(await heard.closed(5_000), 'an address without end is not cut off');
      }),
    ]);
  }));

test('bodies in chunks without end, and chunks that are mostly extensions', (t) =>
  bench.during(
    t.diagnostic.bind(t),
    async () => {
      const sockets = await bench.sockets(HTTP, 24);
      const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536), Buffer.from('\r\n')]);
      const extended = Buffer.from(`1;${'x'.repeat(8_000)}\r\na\r\n`);
      await Promise.all(
        sockets.map(async (socket, at) => {
          const heard = listen(socket);
          socket.write(head('Transfer-Encoding: chunked'));
          await pour(socket, ATTACK_MS * 2, () => (at % 2 === 0 ? chunk : extended));
          if (at % 2 === 0) assert.match(heard.text(), /^HTTP\/1\.1 (?:413|503) |^$/);
        }),
      );
    },
    { growthBytesMax: 512 * 1024 * 1024 },
  ));

test('bombs: huge, nested, of many members, fifty at a time', (t) =>
  bench.during(
    t.diagnostic.bind(t),
    async () => {
      const zeros = Buffer.alloc(80 * 1024 * 1024);
      const small = gzipSync(Buffer.alloc(1024 * 1024));
      const bombs: readonly (readonly [string, Uint8Array])[] = [
        ['gzip', gzipSync(zeros, { level: 9 })],
        ['gzip', gzipSync(gzipSync(zeros, { level: 9 }))],
        ['gzip', Buffer.concat(Array.from({ length: 100 }, () => small))],
        ['zstd', zstdCompressSync(zeros)],
        [
          'zstd',
          Buffer.concat(Array.from({ length: 100 }, () => zstdCompressSync(Buffer.alloc(1024 * 1024)))),
        ],
        // A frame that asks for a window of 2 TiB, and one of a dictionary that nobody has.
        ['zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0x01, 0x00, 0x00)],
        ['zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x03, 0x58, 0x01, 0x02, 0x03, 0x04, 0x01, 0x00, 0x00)],
      ];
      const url = bench.server.url(HTTP, '/v1/traces');
      const statuses = await Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          const [coding, body] = bombs[at % bombs.length] ?? ['gzip', small];
          const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': coding };
          const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
          await answer.arrayBuffer();
          return answer.status;
        }),
      );
      assert.ok(
        statuses.every((status) => status === 413 || status === 400),
        statuses.join(' '),
      );
    },
    { growthBytesMax: 512 * 1024 * 1024 },
  ));

test('five hundred idle connections cost next to nothing', (t) =>
  bench.during(
    t.diagnostic.bind(t),
    async () => {
      const sockets = [...(await bench.sockets(HTTP, 250)), ...(await bench.sockets('api', 250))];
      for (const socket of sockets) socket.write('GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, ATTACK_MS));
      assert.ok(sockets.every((socket) => socket.readyState === 'open'));
    },
    { growthBytesMax: 128 * 1024 * 1024 },
  ));

test('JSON that is deep, wide, or full of names that mean something to the language', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const bodies = [
      '['.repeat(4_000_000),
      '{"resourceSpans":'.repeat(300_000),
      `{"resourceSpans":[${'{},'.repeat(1_000_000)}{}]}`,
      `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"resourceSpans":[{"__proto__":[]}]}`,
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":${'9'.repeat(1_000_000)}}]}]}]}`,
      `{"a":"${'\\ud800'.repeat(300_000)}"}`,
    ];
    for (const body of bodies) {
      const answer = await fetch(bench.server.url(HTTP, '/v1/traces'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      assert.ok([200, 400, 413].includes(answer.status), `${answer.status}: ${body.slice(0, 40)}`);
      await answer.arrayBuffer();
    }
  }));

test('an honest request in the middle of nothing but garbage', (t) =>
  bench.during(t.diagnostic.bind(t), async () => {
    const good = encodeTraces('honest', [goodSpan(78, 1)]);
    const sockets = [...(await bench.sockets(HTTP, 40)), ...(await bench.sockets('api', 20))];
    await Promise.all(
      sockets.map(async (socket, at) => {
        const bytes = Buffer.alloc(4_096, at);
        await pour(socket, ATTACK_MS / 3, () => bytes);
      }),
    );
    assert.ok(good.length > 0);
  }));

test('after all of it everything honest is stored, and no fault of this program is in its log', () =>
  bench.assertSound());
