import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Acceptance } from '@tracewright/model';
import { ok, type Result } from '@tracewright/std';
import { FairQueue } from './fair-queue.ts';
import type { IngestRequest } from './ingest.ts';
import { HANDED_BYTES_PER_WORKER, HELD_MS_MAX } from './limits.ts';

const ACCEPTED: Result<Acceptance> = ok({ accepted: 1, rejected: 0, rejections: [] });

function request(sender: string, bytes: number): IngestRequest {
  return {
    signal: 'traces',
    format: 'otlp/protobuf',
    coding: 'identity',
    body: new Uint8Array(bytes),
    bodyBytesMax: bytes,
    tenant: '',
    receiver: 'otlp/http',
    sender,
  };
}

/** A queue whose workers answer when told to, and the senders in the order in which they were handed over. */
function open(bytesMax: number, behindMs?: () => number) {
  const order: string[] = [];
  const answers: (() => void)[] = [];
  const hand = ({ sender = '' }: IngestRequest): Promise<Result<Acceptance>> => {
    order.push(sender);
    return new Promise((resolve) => answers.push(() => resolve(ACCEPTED)));
  };
  const queue = new FairQueue(bytesMax, 1, hand, behindMs);
  const answerOne = async (): Promise<void> => {
    answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, order, answerOne };
}

test('as long as workers have little, requests go straight through', async () => {
  const { queue, order, answerOne } = open(1000);
  const answer = queue.submit(request('a', 10));
  assert.deepEqual(order, ['a']);
  assert.equal(queue.bytes, 10);
  await answerOne();
  assert.deepEqual(await answer, ACCEPTED);
  assert.equal(queue.bytes, 0);
});

test('behind that, senders have their turn one request each, however many one has sent', async () => {
  const { queue, order, answerOne } = open(HANDED_BYTES_PER_WORKER * 100);
  void queue.submit(request('greedy', HANDED_BYTES_PER_WORKER));
  for (let at = 0; at < 20; at++) void queue.submit(request('greedy', HANDED_BYTES_PER_WORKER));
  const modest = queue.submit(request('modest', 10));
  assert.deepEqual(queue.waiting.requests, 21);
  await answerOne();
  await answerOne();
  assert.deepEqual(order.slice(0, 3), ['greedy', 'greedy', 'modest']);
  await answerOne();
  assert.deepEqual(await modest, ACCEPTED);
});

test('one sender gets half, several leave the reserve to whoever holds next to nothing', () => {
  const { queue } = open(3200);
  const take = (sender: string, bytes: number): boolean => {
    const admitted = queue.admits(sender, bytes);
    if (admitted) void queue.submit(request(sender, bytes));
    return admitted;
  };
  assert.equal(take('a', 1600), true);
  assert.equal(take('a', 1), false);
  assert.equal(take('b', 1200), true);
  assert.equal(take('b', 200), false);
  assert.equal(take('c', 200), false);
  for (const sender of ['c', 'd', 'e', 'f']) assert.equal(take(sender, 100), true, sender);
  assert.equal(take('g', 1), false);
});

test('alone, a request of any size is taken', () => {
  const { queue } = open(10);
  assert.equal(queue.admits('a', 1_000_000), true);
});

test('a flush hands over all that waits', async () => {
  const { queue, order, answerOne } = open(HANDED_BYTES_PER_WORKER * 100);
  const answers = Array.from({ length: 5 }, () => queue.submit(request('a', HANDED_BYTES_PER_WORKER)));
  assert.equal(order.length, 1);
  queue.flush();
  assert.equal(order.length, 5);
  for (let at = 0; at < 5; at++) await answerOne();
  await Promise.all(answers);
  assert.equal(queue.bytes, 0);
});

test('compressed bodies count as what they become', () => {
  const { queue, order } = open(HANDED_BYTES_PER_WORKER * 100);
  const packed = (): IngestRequest => ({ ...request('a', HANDED_BYTES_PER_WORKER / 8), coding: 'gzip' });
  void queue.submit(packed());
  void queue.submit(packed());
  assert.equal(order.length, 1);
});

test('while the store is behind requests are held, until it is not, and never for good', async () => {
  const store = { behindMs: 60_000 };
  const handed: string[] = [];
  const queue = new FairQueue(
    1000,
    1,
    ({ sender = '' }) => {
      handed.push(sender);
      return Promise.resolve(ACCEPTED);
    },
    () => store.behindMs,
  );
  const beganMs = performance.now();
  const first = queue.submit(request('a', 10));
  const second = queue.submit(request('b', 10));
  assert.deepEqual(handed, []);
  assert.equal(queue.waiting.requests, 2);
  store.behindMs = 0;
  assert.deepEqual(await Promise.all([first, second]), [ACCEPTED, ACCEPTED]);
  assert.deepEqual(handed, ['a', 'b']);

  store.behindMs = 60_000;
  assert.deepEqual(await queue.submit(request('c', 10)), ACCEPTED);
  assert.ok(performance.now() - beganMs >= HELD_MS_MAX);
  assert.equal(queue.bytes, 0);
});

test('at the end what is held is handed over at once', async () => {
  const { queue, order, answerOne } = open(1000, () => 60_000);
  const answer = queue.submit(request('a', 10));
  assert.deepEqual(order, []);
  queue.flush();
  assert.deepEqual(order, ['a']);
  await answerOne();
  assert.deepEqual(await answer, ACCEPTED);
});
