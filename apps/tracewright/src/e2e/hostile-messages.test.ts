/**
 * Malformed messages, sent to the real program: what is wrong with one span costs that span, what is wrong with the
 * message costs the message, every span is in the accounts, and the server answers others all the while.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeMessage, encodeMessage, type Message } from '../testing/otlp-messages.ts';
import { createRandom, idBytes, randomTraces } from '../testing/random-otlp.ts';
import { INVALID_ARGUMENT, RefusalBench, spansOf } from '../testing/refusal-bench.ts';
import { GrpcSender, JSON_TYPE, postOtlp, rejectedIn } from '../testing/send-otlp.ts';
import { encodeTraces, goodSpan, hexId, tracesJson, tracesOf } from '../testing/span-messages.ts';

let bench: RefusalBench;
before(async () => {
  bench = await RefusalBench.open();
});
after(() => bench[Symbol.asyncDispose]());

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
  using grpc = new GrpcSender(bench.server);
  for (const [at, [what, change, words]] of bad.entries()) {
    const spans = [goodSpan(10, at * 2 + 1), goodSpan(10, 9000, change), goodSpan(10, at * 2 + 2)];
    const bytes = encodeTraces('ids', spans);
    const answers = [
      await bench.post(bytes),
      await bench.post(tracesJson('ids', spans), { type: JSON_TYPE }),
    ];
    for (const answer of answers) {
      assert.equal(rejectedIn(answer), 1, what);
      const partial = (answer.body as Message)['partialSuccess'] as Message;
      assert.match(String(partial['errorMessage']), /span 1: /, what);
      assert.match(String(partial['errorMessage']), words, what);
    }
    const called = await grpc.call('traces', bytes);
    assert.equal(called.code, 0);
    assert.deepEqual(Object(called.body?.['partialSuccess'])['rejected'], '1', what);
    bench.accepted += 6;
    bench.rejected += 3;
  }
  await bench.server.settled();
  assert.equal((await bench.idsInTrace(10)).length, bad.length * 2);
});

test('ids in JSON that are no hex are refused alone, too', async () => {
  for (const traceId of ['W47/94gAAAAAAAAAAAAAAQ==', 'x'.repeat(32), '', '0'.repeat(32), 'a'.repeat(31)]) {
    const json = tracesJson('ids', [goodSpan(11, 1), goodSpan(11, 2, { traceId })]);
    assert.equal(rejectedIn(await bench.post(json, { type: JSON_TYPE })), 1, traceId);
    bench.accepted += 1;
    bench.rejected += 1;
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
    const answer = await bench.post(cut);
    if (left === undefined)
      bench.assertRefused(answer, 400, INVALID_ARGUMENT, /at (?:span \d+, )?byte \d+: /, `cut at ${at}`);
    else {
      assert.equal(rejectedIn(answer), 0, `cut at ${at}`);
      bench.accepted += left;
    }
  });
  const json = tracesJson('cut', [goodSpan(21, 1)]);
  await inParallel(
    Array.from({ length: json.length - 1 }, (_, at) => at + 1),
    async (at) => {
      const answer = await bench.post(json.slice(0, at), { type: JSON_TYPE });
      bench.assertRefused(answer, 400, INVALID_ARGUMENT, /JSON/, `JSON cut at ${at}`);
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
    const answer = await bench.post(bytes);
    assert.ok([200, 400].includes(answer.status), `${answer.status} ${JSON.stringify(answer.body)}`);
    if (answer.status === 400) bench.refusedRequests++;
    else {
      const rejected = rejectedIn(answer);
      bench.rejected += rejected;
      // How many spans are left in it only the accounts know; the last test compares them.
      bench.accepted = Number.NaN;
    }
  });
  const { accounts } = await bench.server.settled();
  assert.equal(accounts.spans.rejected, bench.rejected);
  bench.accepted = accounts.spans.accepted;
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
      bench.assertRefused(
        await bench.post(inside(bytes, ...path)),
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
  assert.equal(rejectedIn(await bench.post(spanWith(64))), 0);
  bench.accepted += 1;
  for (const levels of [65, 1000, 20_000]) {
    const answer = await bench.post(spanWith(levels));
    bench.assertRefused(answer, 400, INVALID_ARGUMENT, /nested deeper than 64/, `${levels} levels`);
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
    bench.assertRefused(
      await bench.post(json, { type: JSON_TYPE }),
      400,
      INVALID_ARGUMENT,
      /JSON/,
      json.slice(0, 120),
    );
  const badUtf8 = Buffer.from(span(`{${ids},"name":"\xff"}`), 'latin1');
  const answer = await bench.post(badUtf8, { type: JSON_TYPE });
  assert.ok(answer.status === 200 || answer.status === 400, `${answer.status}`);
  if (answer.status === 200) bench.accepted++;
  else bench.refusedRequests++;
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
    assert.equal(rejectedIn(await bench.post(json, { type: JSON_TYPE })), 0, json);
    if (json.includes('spans')) bench.accepted++;
  }
});

test('log records are kept whatever their ids, and damaged requests of logs are refused whole', async () => {
  const bad: Message[] = [
    { traceId: Buffer.alloc(10, 1), spanId: Buffer.alloc(8, 1) },
    { traceId: Buffer.alloc(16), spanId: Buffer.alloc(8) },
    { spanId: Buffer.alloc(9, 1) },
    { timeUnixNano: '0', severityNumber: 4000 },
    {},
  ];
  const records = bad.map((record, at) => ({ body: { stringValue: `hostile ${at}` }, ...record }));
  const message = encodeMessage('LogsData', { resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] });
  const logs = (body: Uint8Array) => postOtlp(bench.server, 'logs', body);
  assert.equal(rejectedIn(await logs(message)), 0);
  for (let at = 1; at < message.length; at++) {
    const answer = await logs(message.slice(0, at));
    bench.assertRefused(
      answer,
      400,
      INVALID_ARGUMENT,
      /logs at (?:log record \d+, )?byte \d+/,
      `logs cut at ${at}`,
    );
  }
  const { accounts } = await bench.server.settled();
  assert.deepEqual([accounts.logs.accepted, accounts.logs.stored], [bad.length, bad.length]);
  const found = await fetch(bench.server.api('/logs?grep=hostile'));
  const shown = ((await found.json()) as { logs: Message[] }).logs;
  assert.equal(shown.length, bad.length);
  assert.ok(shown.every(({ traceId }) => traceId === undefined));
});

test('after all of it the accounts add up, and the server was alive and is quick', (t) =>
  bench.assertSound((words) => t.diagnostic(words)));

/** Eight at a time, in order. */
async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) await act(items[next++] as T);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
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
