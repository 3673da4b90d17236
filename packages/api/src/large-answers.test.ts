/**
 * Many large answers at the same time over the real engine: each is given whole or refused in the protocol's words, no
 * more are held than there is room for, and small questions are answered meanwhile.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { attributes, resource, span } from '@tracewright/query/testing';
import { ReadBudget } from '@tracewright/storage';
import { openRealStore, type RealStore } from './testing/open-real-store.ts';
import { type StartedApi, startApi } from './testing/start-api.ts';

const SPANS = 100_000;
const LARGE = 'ab'.repeat(16);
const SMALL = 'cd'.repeat(16);
const NATIVE = '/api/tracewright/v1/traces';
const MEBIBYTE = 1024 * 1024;
const SERVICES = [resource('web'), resource('cart'), resource('payment')] as const;

const large = Array.from({ length: SPANS }, (_, at) =>
  span({
    trace: LARGE,
    id: (at + 1).toString(16),
    ...(at === 0 ? {} : { parent: (at >> 3 || 1).toString(16) }),
    startUnixNano: 1_700_000_000_000_000_000n + BigInt(at) * 1000n,
    kind: 1 + (at % 3),
    attributes: attributes({ 'url.path': `/item/${at}`, n: BigInt(at) }),
    resource: SERVICES[at % 3] ?? SERVICES[0],
  }),
);
const small = Array.from({ length: 8 }, (_, at) => span({ trace: SMALL, id: `${at + 1}` }));

let store: RealStore;
/** What the largest of the answers takes, when the reader has learnt which columns its spans need. */
let one: number;

before(async () => {
  store = await openRealStore({ spans: [...large, ...small], logs: [] }, '');
  for (let round = 0; round < 2; round++) {
    await using api = await start(1024 * MEBIBYTE);
    assert.equal(await spansOf(await fetch(`${api.url}/api/traces/${LARGE}`)), SPANS);
    await until(() => api.budget.taken === 0, 'the answer to be given back');
    one = api.budget.peak;
  }
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

type Started = StartedApi & { readonly budget: ReadBudget };

async function start(bytesMax: number): Promise<Started> {
  const budget = new ReadBudget(bytesMax);
  return { ...(await startApi({}, { reader: store.reader, answerBudget: budget })), budget };
}

/** There is room for one of the largest answers, and not for two. */
async function startNarrow(): Promise<Started> {
  const api = await start(Math.ceil((one * 1.2 * 8) / 7));
  assert.ok(2 * one > api.budget.largeBytesMax);
  return api;
}

/** Spans in an answer of either API: only OTLP's spans have the one member, only Jaeger's the other. */
async function spansOf(response: Response): Promise<number> {
  assert.equal(response.status, 200);
  let spans = 0;
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const text = rest + Buffer.from(chunk).toString('latin1');
    let end = 0;
    for (const match of text.matchAll(/"(?:spanId|operationName)":/g)) {
      spans++;
      end = match.index + match[0].length;
    }
    // A member may be cut in two.
    rest = text.slice(Math.max(end, text.length - 20));
  }
  return spans;
}

/** That a refusal says so in the words of its API, and when to come again. */
async function refused(response: Response): Promise<false> {
  assert.equal(response.headers.get('retry-after'), '2');
  const { error, errors } = (await response.json()) as {
    error?: { code: string; message: string };
    errors?: { code: number; msg: string }[];
  };
  assert.ok(error?.code === 'overloaded' || errors?.[0]?.code === 429);
  assert.match(error?.message ?? errors?.[0]?.msg ?? '', /took all memory for \d+ ms/);
  return false;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `${what} did not happen`);
    await sleep(5);
  }
}

test('many large answers wait for each other, and small ones pass them', async () => {
  await using api = await startNarrow();
  /** Whether it was answered: on a slow machine the last in line may wait for too long. */
  const ask = async (path: string): Promise<boolean> => {
    const response = await fetch(api.url + path);
    if (response.status === 429) return refused(response);
    const spans = await spansOf(response);
    assert.ok(spans >= SPANS, `${path} has ${spans} spans`);
    return true;
  };
  const askProtobuf = async (): Promise<boolean> => {
    const headers = { accept: 'application/x-protobuf' };
    const response = await fetch(`${api.url}${NATIVE}/${LARGE}`, { headers });
    if (response.status === 429) return refused(response);
    assert.equal(response.headers.get('x-tracewright-spans'), String(SPANS));
    assert.ok((await response.arrayBuffer()).byteLength > SPANS * 20);
    return true;
  };
  let asking = true;
  let answered = 0;
  let waiting = 0;
  const others = (async () => {
    while (asking) {
      for (const path of [`${NATIVE}/${SMALL}`, `/api/traces/${SMALL}`]) {
        assert.equal(await spansOf(await fetch(api.url + path)), small.length);
        answered++;
        waiting = Math.max(waiting, api.budget.waiting);
      }
    }
  })();
  const answers = await Promise.all([
    ask(`${NATIVE}/${LARGE}`),
    ask(`/api/traces/${LARGE}`),
    askProtobuf(),
    ask(`/api/traces?traceID=${SMALL}&traceID=${LARGE}`),
    ask('/api/traces?service=cart&limit=20'),
  ]);
  asking = false;
  await others;
  assert.ok(answers.includes(true));
  assert.ok(waiting >= 2, `${waiting} large ones waited for each other`);
  assert.ok(answered >= 20, `${answered} small ones were answered meanwhile`);
  // By the account, at no time were the rows of two of the largest there.
  assert.ok(api.budget.peak < 2 * one && api.budget.peak <= api.budget.bytesMax);
  await until(() => api.budget.taken === 0, 'everything to be given back');
  assert.deepEqual(api.faults, []);
});

test('an answer for which there is never room is refused in the words of its protocol', async () => {
  await using api = await start(8 * MEBIBYTE);
  const native = await fetch(`${api.url}${NATIVE}/${LARGE}`);
  assert.equal(native.status, 507);
  const { error } = (await native.json()) as { error: { code: string; message: string } };
  assert.equal(error.code, 'resource');
  assert.match(error.message, /takes about \d+ MiB of memory, and all answers together have 7 MiB/);
  for (const path of [`/api/traces/${LARGE}`, `/api/traces?traceID=${LARGE}`]) {
    const jaeger = await fetch(api.url + path);
    assert.equal(jaeger.status, 507);
    const { data, errors } = (await jaeger.json()) as { data: unknown; errors: { code: number }[] };
    assert.deepEqual([data, errors[0]?.code], [null, 507]);
  }
  assert.equal((await fetch(`${api.url}${NATIVE}/${SMALL}`)).status, 200);
  assert.ok(api.budget.peak <= api.budget.bytesMax);
  await until(() => api.budget.taken === 0, 'everything to be given back');
});

test('a client that reads nothing holds its answer, and lets the next one in when it leaves', async () => {
  await using api = await startNarrow();
  const idle = await requestAndReadNothing(api.url, `/api/traces/${LARGE}`);
  await until(() => api.budget.taken > 0.9 * one, 'the answer to be held');
  const next = fetch(`${api.url}/api/traces/${LARGE}`);
  await until(() => api.budget.waiting === 1, 'the next one to wait');
  assert.equal((await fetch(`${api.url}${NATIVE}/${SMALL}`)).status, 200);
  idle.destroy();
  assert.equal(await spansOf(await next), SPANS);
  assert.ok(api.budget.peak < 2 * one);
  await until(() => api.budget.taken === 0, 'everything to be given back');
});

async function requestAndReadNothing(url: string, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return socket;
}
