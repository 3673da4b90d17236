/**
 * Malformed and hostile requests, sent to the real program: each gets the protocol's own answer, good spans beside
 * bad ones are kept, every span is in the accounts, and the server answers others all the while.
 */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type LiveWatch, watchLive } from '../testing/live-watch.ts';
import { decodeMessage, encodeMessage, type Message } from '../testing/otlp-messages.ts';
import { createRandom, idBytes, randomTraces } from '../testing/random-otlp.ts';
import { RunningServer, residentBytes } from '../testing/running-server.ts';
import { GrpcSender, type HttpAnswer, JSON_TYPE, postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan, hexId, tracesJson, tracesOf } from '../testing/span-messages.ts';

const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
/** The default of receivers.otlp.http.bodyBytesMax. */
const BODY_BYTES_MAX: number = 64 * 1024 * 1024;

let server: RunningServer;
let live: LiveWatch;
/** What this file knows to have been accepted and refused, span by span, and requests refused whole. */
const expected = { accepted: 0, rejected: 0, refusedRequests: 0 };

before(async () => {
  server = await RunningServer.start();
  live = watchLive(server);
});
after(async () => {
  await live.stop();
  await server.dispose();
});

function assertRefused(answer: HttpAnswer, status: number, code: number, words: RegExp, what: string): void {
  assert.equal(answer.status, status, `${what}: ${JSON.stringify(answer.body)}`);
  assert.ok(typeof answer.body !== 'string', `${what} is answered with a google.rpc.Status`);
  assert.equal(answer.body['code'], code, what);
  assert.match(String(answer.body['message']), words, what);
  expected.refusedRequests++;
}

async function post(body: Uint8Array | string, options: Parameters<typeof postOtlp>[3] = {}) {
  return postOtlp(server, 'traces', body, options);
}

async function idsInTrace(trace: number): Promise<string[]> {
  const answer = await fetch(server.api(`/traces/${hexId(16, trace)}`), {
    headers: { accept: 'application/x-protobuf' },
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (answer.status !== 200) return [];
  return spansOf(decodeMessage('TracesData', bytes)).map(({ spanId }) =>
    Buffer.from(spanId as Uint8Array).toString('hex'),
  );
}

function spansOf(message: Message): Message[] {
  const list = (value: unknown): Message[] => (Array.isArray(value) ? value : []);
  return list(message['resourceSpans']).flatMap((resource) =>
    list(resource['scopeSpans']).flatMap((scope) => list(scope['spans'])),
  );
}

test('spans with ids that cannot stand are refused one by one, in every encoding', async () => {
  const bad: [string, Message, RegExp][] = [
    ['no trace id', { traceId: undefined }, /trace id is missing/],
    ...[1, 10, 15, 17, 32].map((length): [string, Message, RegExp] => [
      `a trace id of ${length} bytes`,
      { traceId: Buffer.alloc(length, 1) },
      new RegExp(`trace id is ${length} bytes, expected 16`),
    ]),
    ['a trace id of zeros', { traceId: Buffer.alloc(16) }, /trace id is all zeros|zero/],
    ['no span id', { spanId: undefined }, /span id is missing/],
    ['a span id of 10 bytes', { spanId: Buffer.alloc(10, 1) }, /span id is 10 bytes, expected 8/],
    ['a span id of zeros', { spanId: Buffer.alloc(8) }, /span id is all zeros|zero/],
    ['a parent id of 7 bytes', { parentSpanId: Buffer.alloc(7, 1) }, /parent span id is 7 bytes/],
  ];
  using grpc = new GrpcSender(server);
  for (const [at, [what, change, words]] of bad.entries()) {
    const spans = [goodSpan(10, at * 2 + 1), goodSpan(10, 9000, change), goodSpan(10, at * 2 + 2)];
    const bytes = encodeTraces('ids', spans);
    const answers = [await post(bytes), await post(tracesJson('ids', spans), { type: JSON_TYPE })];
    for (const answer of answers) {
      assert.equal(rejectedIn(answer), 1, what);
      const partial = (answer.body as Message)['partialSuccess'] as Message;
      assert.match(String(partial['errorMessage']), /span 1: /, what);
      assert.match(String(partial['errorMessage']), words, what);
    }
    const called = await grpc.call('traces', bytes);
    assert.equal(called.code, 0);
    assert.deepEqual(Object(called.body?.['partialSuccess'])['rejected'], '1', what);
    expected.accepted += 6;
    expected.rejected += 3;
  }
  await server.settled();
  assert.equal((await idsInTrace(10)).length, bad.length * 2);
});

test('ids in JSON that are no hex are refused alone, too', async () => {
  for (const traceId of ['W47/94gAAAAAAAAAAAAAAQ==', 'x'.repeat(32), '', '0'.repeat(32), 'a'.repeat(31)]) {
    const json = tracesJson('ids', [goodSpan(11, 1), goodSpan(11, 2, { traceId })]);
    assert.equal(rejectedIn(await post(json, { type: JSON_TYPE })), 1, traceId);
    expected.accepted += 1;
    expected.rejected += 1;
  }
});

test('a message that is cut off anywhere is refused whole, unless what is left is a message', async () => {
  const whole = encodeMessage('TracesData', {
    resourceSpans: [
      tracesOf('cut', [goodSpan(20, 1)]),
      randomTraces(createRandom(5), idBytes(16, 20), 4),
    ].flatMap((part) => part['resourceSpans'] as Message[]),
  });
  const cuts = Array.from({ length: whole.length }, (_, at) => at).filter((at) => at < 200 || at % 7 === 0);
  await inParallel(cuts, async (at) => {
    const cut = whole.slice(0, at);
    let left: number | undefined;
    try {
      left = spansOf(decodeMessage('TracesData', cut)).length;
    } catch {
      left = undefined;
    }
    const answer = await post(cut);
    if (left === undefined)
      assertRefused(answer, 400, INVALID_ARGUMENT, /at (?:span \d+, )?byte \d+: /, `cut at ${at}`);
    else {
      assert.equal(rejectedIn(answer), 0, `cut at ${at}`);
      expected.accepted += left;
    }
  });
  const json = tracesJson('cut', [goodSpan(21, 1)]);
  await inParallel(
    Array.from({ length: json.length - 1 }, (_, at) => at + 1),
    async (at) => {
      const answer = await post(json.slice(0, at), { type: JSON_TYPE });
      assertRefused(answer, 400, INVALID_ARGUMENT, /JSON/, `JSON cut at ${at}`);
    },
  );
});

test('damaged bytes are refused or taken, and nothing else happens', async () => {
  const random = createRandom(77);
  const whole = encodeMessage('TracesData', randomTraces(random, idBytes(16, 22), 8));
  const damaged = Array.from({ length: 400 }, () => {
    const bytes = whole.slice();
    for (let flips = 0; flips <= random.below(4); flips++)
      bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  });
  await inParallel(damaged, async (bytes) => {
    const answer = await post(bytes);
    assert.ok([200, 400].includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`);
    if (answer.status === 400) expected.refusedRequests++;
    else {
      const rejected = rejectedIn(answer);
      expected.rejected += rejected;
      // How many spans are left in it only the accounts know; the last test compares them.
      expected.accepted = Number.NaN;
    }
  });
  const { accounts } = await server.settled();
  assert.equal(accounts.spans.rejected, expected.rejected);
  expected.accepted = accounts.spans.accepted;
});

test('protobuf that is wrong at any level is refused with the place', async () => {
  const levels: [string, number[]][] = [
    ['resourceSpans', []],
    ['resource', [1, 1]],
    ['attribute', [1, 1, 1]],
    ['value', [1, 1, 1, 2]],
    ['scopeSpans', [1, 2]],
    ['scope', [1, 2, 1]],
    ['span', [1, 2, 2]],
    ['span attribute', [1, 2, 2, 9]],
    ['event', [1, 2, 2, 11]],
    ['event attribute', [1, 2, 2, 11, 3]],
    ['link', [1, 2, 2, 13]],
    ['status', [1, 2, 2, 15]],
  ];
  const damages: [string, number[]][] = [
    ['wire type 7', [0x0f]],
    ['field number 0', [0x02, 0x00]],
    ['an endless varint', [0x78, ...Array<number>(11).fill(0xff)]],
    ['a length of 4 GiB', [0x7a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a length beyond 64 bits', [0x7a, ...Array<number>(9).fill(0xff), 0x01]],
    ['a group that does not end', [0xa3, 0x06]],
    ['a group that does not begin', [0xa4, 0x06]],
  ];
  for (const [level, path] of levels) {
    for (const [damage, bytes] of damages)
      assertRefused(
        await post(inside(bytes, ...path)),
        400,
        INVALID_ARGUMENT,
        /byte \d+: /,
        `${damage} in ${level}`,
      );
  }
  const spanWith = (levels: number): Uint8Array => {
    const arrays = Array.from({ length: levels }, () => [5, 1]).flat();
    const attribute = inside([0x0a, 1, 0x78], 9, 2, ...arrays);
    const { traceId, spanId } = goodSpan(23, 1);
    const ids = Buffer.concat([
      Buffer.from([0x0a, 16]),
      traceId as Buffer,
      Buffer.from([0x12, 8]),
      spanId as Buffer,
    ]);
    return inside([...ids, ...attribute], 1, 2, 2);
  };
  assert.equal(rejectedIn(await post(spanWith(64))), 0);
  expected.accepted += 1;
  for (const levels of [65, 1000, 20_000]) {
    const answer = await post(spanWith(levels));
    assertRefused(answer, 400, INVALID_ARGUMENT, /nested deeper than 64/, `${levels} levels`);
  }
});

test('JSON that is wrong at any level is refused with the place', async () => {
  const span = (json: string): string => `{"resourceSpans":[{"scopeSpans":[{"spans":[${json}]}]}]}`;
  const ids = `"traceId":"${hexId(16, 24)}","spanId":"${hexId(8, 1)}"`;
  const wrong = [
    'null',
    '[]',
    '"text"',
    '1',
    '{',
    '{}}',
    '{"resourceSpans":1}',
    '{"resourceSpans":[1]}',
    '{"resourceSpans":[{"resource":[]}]}',
    '{"resourceSpans":[{"resource":{"attributes":{}}}]}',
    '{"resourceSpans":[{"resource":{"attributes":[{"key":1}]}}]}',
    '{"resourceSpans":[{"scopeSpans":{}}]}',
    '{"resourceSpans":[{"scopeSpans":[{"scope":"x"}]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":["x"]}]}]}',
    span(`{${ids},"name":{}}`),
    span(`{${ids},"startTimeUnixNano":"soon"}`),
    span(`{${ids},"startTimeUnixNano":-1}`),
    span(`{${ids},"startTimeUnixNano":1.5}`),
    span(`{${ids},"startTimeUnixNano":"18446744073709551616"}`),
    span(`{${ids},"kind":"SPAN_KIND_UNHEARD"}`),
    span(`{${ids},"attributes":[{"key":"a","value":{"intValue":"9223372036854775808"}}]}`),
    span(`{${ids},"attributes":[{"key":"a","value":{"intValue":"1x"}}]}`),
    span(`{${ids},"attributes":[{"key":"a","value":{"bytesValue":"*"}}]}`),
    span(`{${ids},"attributes":[{"key":"a","value":{"arrayValue":[]}}]}`),
    span(`{${ids},"events":[{"timeUnixNano":true}]}`),
    span(`{${ids},"links":[{"spanId":7}]}`),
    span(`{${ids},"status":3}`),
    span(`{"traceId":12,"spanId":"${hexId(8, 1)}"}`),
    '['.repeat(100_000),
    '{"a":'.repeat(100_000),
    `{"unknown":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    '{"resourceSpans":[]} x',
    '\u0000',
    `{"a":"${'\u0001'}"}`,
  ];
  for (const json of wrong)
    assertRefused(await post(json, { type: JSON_TYPE }), 400, INVALID_ARGUMENT, /JSON/, json.slice(0, 120));
  const badUtf8 = Buffer.from(span(`{${ids},"name":"\xff"}`), 'latin1');
  const answer = await post(badUtf8, { type: JSON_TYPE });
  assert.ok(answer.status === 200 || answer.status === 400, `${answer.status}`);
  if (answer.status === 200) expected.accepted++;
  else expected.refusedRequests++;
  // What only looks wrong: unknown fields, both spellings, null, text for numbers, a name that objects have.
  const right = [
    '{}',
    '{"resourceSpans":[]}',
    '{"resourceSpans":null,"unknown":{"deep":[{}]}}',
    span(`{${ids},"__proto__":{"x":1},"constructor":1,"toString":null}`),
    span(
      `{"trace_id":"${hexId(16, 24).toUpperCase()}","span_id":"${hexId(8, 2)}","kind":"SPAN_KIND_SERVER"}`,
    ),
    span(`{${ids},"attributes":[{"key":"__proto__","value":{"stringValue":"x"}}],"flags":"1"}`),
  ];
  for (const json of right) {
    assert.equal(rejectedIn(await post(json, { type: JSON_TYPE })), 0, json);
    if (json.includes('spans')) expected.accepted++;
  }
});

test('the wrong method, path, type and coding are answered as HTTP says', async () => {
  const body = encodeTraces('http', [goodSpan(25, 1)]);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await post(body, { method });
    assert.equal(answer.status, 405, method);
    assert.match(answer.headers.get('allow') ?? '', /POST/);
    expected.refusedRequests++;
  }
  for (const type of ['', 'text/plain', 'application/grpc', 'application/x-protobuffer', 'application/xml']) {
    const answer = await post(body, { type });
    assert.equal(answer.status, 415, type);
    expected.refusedRequests++;
  }
  const withParameter = await post(body, { type: 'application/x-protobuf; charset=utf-8' });
  assert.equal(withParameter.status, 200);
  expected.accepted++;
  for (const coding of ['br', 'compress', 'gzip, gzip', 'nonsense'])
    assertRefused(await post(body, { coding }), 415, UNIMPLEMENTED, /supported/, coding);
  for (const coding of ['gzip', 'deflate', 'zstd'])
    assertRefused(await post(body, { coding }), 400, INVALID_ARGUMENT, /decompress/, `no ${coding} at all`);
  for (const packed of [gzipSync(body), zstdCompressSync(body)]) {
    const coding = packed[0] === 0x1f ? 'gzip' : 'zstd';
    const cut = packed.subarray(0, packed.length - 6);
    assertRefused(await post(cut, { coding }), 400, INVALID_ARGUMENT, /decompress/, `${coding} cut off`);
  }
  const elsewhere = await fetch(server.url('receivers.otlp.http', '/v1/profiles'), {
    method: 'POST',
    body: 'x',
  });
  assert.equal(elsewhere.status, 404);
  for (const coding of ['gzip', 'deflate', 'zstd']) {
    const pack = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync }[coding] ?? gzipSync;
    assert.equal(rejectedIn(await post(pack(body), { coding })), 0, coding);
    expected.accepted++;
  }
  assert.equal((await post(new Uint8Array(0))).status, 200);
  assert.equal((await postOtlp(server, 'metrics', 'rubbish')).status, 200);
});

test('bodies that are too large, or grow so when unpacked, are refused without being held', async () => {
  const zeros = Buffer.alloc(BODY_BYTES_MAX + 1024 * 1024);
  const packed: [string, Uint8Array][] = [
    ['gzip', gzipSync(zeros, { level: 1 })],
    ['deflate', deflateSync(zeros, { level: 1 })],
    ['zstd', zstdCompressSync(zeros)],
  ];
  const before = residentBytes(server.pid);
  for (const [coding, body] of packed) {
    for (const type of [undefined, JSON_TYPE]) {
      const answer = await post(body, { coding, ...(type === undefined ? {} : { type }) });
      assertRefused(answer, 413, RESOURCE_EXHAUSTED, /more than 67108864 bytes when decompressed/, coding);
    }
  }
  // A message that never ends, and one that claims a terabyte.
  assert.equal(await statusOfStream({}, 80), 413);
  assert.equal(await statusOfStream({ 'content-length': String(1024 ** 4) }, 0), 413);
  expected.refusedRequests += 2;
  const grown = residentBytes(server.pid) - before;
  assert.ok(grown < 1024 ** 3, `the server has grown by ${grown} bytes`);
  using grpc = new GrpcSender(server);
  const answer = await grpc.call('traces', zeros);
  assert.equal(answer.code, RESOURCE_EXHAUSTED);
  assert.match(answer.message, /more than the limit of 67108864/);
  expected.refusedRequests++;
});

test('gRPC calls that are wrong are answered with the status that says so', async () => {
  using grpc = new GrpcSender(server);
  const rubbish = await grpc.call('traces', Buffer.from('rubbish'));
  assert.equal(rubbish.code, INVALID_ARGUMENT);
  assert.equal(rubbish.details?.['code'], INVALID_ARGUMENT);
  assert.equal(rubbish.details?.['message'], rubbish.message);
  expected.refusedRequests++;
  const unknown = await grpc.call(
    '/opentelemetry.proto.collector.profiles.v1.ProfilesService/Export',
    new Uint8Array(0),
  );
  assert.equal(unknown.code, UNIMPLEMENTED);
  assert.equal((await grpc.call('metrics', Buffer.from('rubbish'))).code, 0);
  assert.equal((await grpc.call('logs', new Uint8Array(0))).code, 0);
});

test('after all of it the accounts add up, and the server was alive and is quick', async (t) => {
  const watched = await live.stop();
  t.diagnostic(`asked ${watched.asked} times whether it lives, slowest answer ${watched.slowestMs} ms`);
  assert.equal(watched.failed, 0);
  assert.ok(watched.slowestMs < 5_000, `the event loop was held up for ${watched.slowestMs} ms`);
  const { accounts, receivers, wal } = await server.settled();
  const { spans } = accounts;
  assert.deepEqual(
    { accepted: spans.accepted, rejected: spans.rejected },
    { accepted: expected.accepted, rejected: expected.rejected },
  );
  assert.equal(spans.received, spans.accepted + spans.rejected);
  assert.equal(spans.accepted, spans.stored + spans.sampledOut + spans.quarantined + spans.inFlight);
  assert.equal(spans.stored, spans.accepted);
  assert.deepEqual(wal.quarantined, []);
  const sum = (pick: (reason: string) => boolean): number =>
    accounts.rejectedByReason
      .filter(({ reason }) => pick(reason))
      .reduce((total, { count }) => total + count, 0);
  assert.equal(
    sum((reason) => reason.startsWith('request: ')),
    expected.refusedRequests,
  );
  assert.equal(
    sum((reason) => !reason.startsWith('request: ')),
    expected.rejected,
  );
  assert.equal(
    receivers.reduce((total, { rejected }) => total + rejected, 0),
    expected.rejected,
  );
  assert.equal(
    receivers.reduce((total, { accepted }) => total + accepted, 0),
    expected.accepted,
  );
  const began = performance.now();
  assert.equal(rejectedIn(await post(encodeTraces('after', [goodSpan(99, 1)]))), 0);
  await server.until('a span is found', async () => (await idsInTrace(99)).length === 1);
  t.diagnostic(`a span sent afterwards is found after ${Math.round(performance.now() - began)} ms`);
});

/** Eight at a time, in order. */
async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await act(items[next++] as T);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** The status of a request whose body is sent in megabytes until the server has answered. */
function statusOfStream(headers: Record<string, string>, megabytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(server.url('receivers.otlp.http', '/v1/traces'), {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...headers },
    });
    let status: number | undefined;
    request.on('response', (response) => {
      status = response.statusCode;
      response.resume();
      resolve(status ?? 0);
      request.destroy();
    });
    request.on('error', (error) => {
      if (status === undefined) reject(error);
    });
    request.flushHeaders();
    const chunk = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const write = (): void => {
      while (sent < megabytes && status === undefined) {
        sent++;
        if (!request.write(chunk)) {
          request.once('drain', write);
          return;
        }
      }
    };
    write();
  });
}

/** `bytes` as the innermost of messages that lie in each other under these field numbers. */
function inside(bytes: readonly number[], ...numbers: readonly number[]): Uint8Array {
  const heads: number[][] = [];
  let length = bytes.length;
  for (const number of numbers.toReversed()) {
    const head = [...varint(number * 8 + 2), ...varint(length)];
    heads.push(head);
    length += head.length;
  }
  return Uint8Array.from([...heads.toReversed().flat(), ...bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return bytes;
}
