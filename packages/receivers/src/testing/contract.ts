/**
 * The contract of receivers, as tests that every one of them passes over its own wire with a real client of its
 * protocol.
 *
 * The books are kept on three sides: what the sender was told, what came to ingest, and what the receiver says of
 * itself. They must agree: each span that was generated is accepted once, or rejected, or was in a request that the
 * sender knows to be refused; nothing arrives twice and nothing is invented.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Failure, failure } from '@tracewright/std';
import type { Component } from '../receiver.ts';
import { MemoryIngest } from './memory-ingest.ts';

/** A span as the kit asks for it, ids in hex. */
export type GeneratedSpan = { readonly traceId: string; readonly spanId: string };

/** What a sender knows about its request at the end, after all its tries. */
export type SendOutcome = 'accepted' | 'refused';

export type Sender = {
  /** Sends one request and tries again as the protocol prescribes. Never rejects. */
  send(spans: readonly GeneratedSpan[]): Promise<SendOutcome>;
  close(): Promise<void>;
};

export type ReceiverContract = {
  readonly name: string;
  /** Creates the receiver on a free port; the kit starts and disposes it. */
  create(ingest: MemoryIngest): Component;
  /** A client of the protocol that is in real use. */
  createSender(endpoint: string): Sender;
  /** Whether the protocol tells the sender of transient failures, so that it tries again. */
  readonly retries: boolean;
  /** Whether single spans can be rejected while the rest of their request is accepted. */
  readonly rejectsSingly: boolean;
  /** Asserts that a sender reads, in the protocol's own words, to come again in a while. */
  assertOverloaded(endpoint: string): Promise<void>;
};

const UNAVAILABLE = failure('unavailable', 'The worker is restarting', { retryAfterMs: 20 });
const INVALID = failure('invalid', 'These bytes are no batch');
const SPANS_EACH = 7;
const DEADLINE_MS = 10_000;

/** Registers the tests; to be called once for each receiver and encoding. */
export function testReceiverContract(contract: ReceiverContract): void {
  const name = (what: string): string => `${contract.name}: ${what}`;

  test(name('all requests succeed'), async () => {
    await using bench = await open(contract);
    for (let at = 0; at < 5; at++) assert.equal(await bench.send(), 'accepted');
    bench.assertBooks();
    assert.equal(bench.component.check().requests, 5);
  });

  if (contract.retries)
    test(name('transient errors: the sender tries again and all arrives once'), async () => {
      await using bench = await open(contract);
      bench.ingest.script = (_, index) => (index === 0 ? UNAVAILABLE : undefined);
      assert.equal(await bench.send(), 'accepted');
      assert.equal(await bench.send(), 'accepted');
      bench.assertBooks();
      assert.equal(bench.ingest.requests.length, 3);
      assert.equal(bench.component.check().refused, 1);
    });

  test(name('permanent errors: the sender gives up at once and nothing arrives'), async () => {
    await using bench = await open(contract);
    bench.ingest.script = () => INVALID;
    for (let at = 0; at < 3; at++) assert.equal(await bench.send(), 'refused');
    bench.assertBooks();
    assert.equal(bench.ingest.requests.length, 3);
    assert.equal(bench.component.check().refused, 3);
  });

  test(name('a mix of successes and errors'), async () => {
    await using bench = await open(contract);
    const mix: readonly (Failure | undefined)[] = [undefined, INVALID, undefined, undefined, INVALID];
    bench.ingest.script = (_, index) => mix[index];
    const outcomes = [];
    for (const _ of mix) outcomes.push(await bench.send());
    assert.deepEqual(outcomes, ['accepted', 'refused', 'accepted', 'accepted', 'refused']);
    bench.assertBooks();
  });

  test(name('four senders in parallel, some of whose requests fail'), async () => {
    await using bench = await open(contract);
    const passing = contract.retries ? UNAVAILABLE : undefined;
    bench.ingest.script = (_, index) => (index % 11 === 3 ? passing : index % 7 === 5 ? INVALID : undefined);
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const sender = bench.newSender();
        for (let at = 0; at < 8; at++) await bench.send(sender);
      }),
    );
    bench.assertBooks();
    assert.ok(bench.ingest.failed > 0);
  });

  test(name('overload is told in words of the protocol, and passes'), async () => {
    await using bench = await open(contract);
    let isOverloaded = true;
    bench.ingest.script = () =>
      isOverloaded ? failure('overloaded', 'Too much is in flight', { retryAfterMs: 1500 }) : undefined;
    await contract.assertOverloaded(bench.endpoint);
    isOverloaded = false;
    assert.equal(await bench.send(), 'accepted');
    bench.assertBooks();
  });

  test(name('a graceful stop answers what is in flight'), async () => {
    await using bench = await open(contract);
    const gate = Promise.withResolvers<void>();
    bench.ingest.gate = gate.promise;
    const sends = [bench.send(), bench.send(), bench.send()];
    await until(() => bench.ingest.requests.length === 3);
    const stopped = bench.component[Symbol.asyncDispose]();
    gate.resolve();
    assert.deepEqual(await Promise.all(sends), ['accepted', 'accepted', 'accepted']);
    await stopped;
    bench.assertBooks();
    assert.equal(bench.component.check().listening, false);
  });

  if (contract.rejectsSingly)
    test(name('bad spans are rejected, the others of the request accepted'), async () => {
      await using bench = await open(contract);
      const good = bench.generate(5);
      const bad = Array.from({ length: 2 }, () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16) }));
      const spans = [...good.slice(0, 2), ...bad, ...good.slice(2)];
      assert.equal(await bench.sender.send(spans), 'accepted');
      bench.told('accepted', good);
      bench.assertBooks(bad.length);
    });
}

class Bench {
  readonly component: Component;
  readonly ingest: MemoryIngest;
  readonly endpoint: string;
  readonly sender: Sender;
  readonly #contract: ReceiverContract;
  readonly #senders: Sender[] = [];
  readonly #told: Record<SendOutcome, string[]> = { accepted: [], refused: [] };
  #generated = 0;

  constructor(contract: ReceiverContract, component: Component, ingest: MemoryIngest) {
    this.#contract = contract;
    this.component = component;
    this.ingest = ingest;
    this.endpoint = component.check().endpoint;
    this.sender = this.newSender();
  }

  newSender(): Sender {
    const sender = this.#contract.createSender(this.endpoint);
    this.#senders.push(sender);
    return sender;
  }

  generate(count: number): GeneratedSpan[] {
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
    return Array.from({ length: count }, () => {
      this.#generated++;
      return { traceId: hex(this.#generated, 32), spanId: hex(this.#generated, 16) };
    });
  }

  async send(sender: Sender = this.sender): Promise<SendOutcome> {
    const spans = this.generate(SPANS_EACH);
    const outcome = await sender.send(spans);
    this.told(outcome, spans);
    return outcome;
  }

  told(outcome: SendOutcome, spans: readonly GeneratedSpan[]): void {
    this.#told[outcome].push(...spans.map((span) => span.spanId));
  }

  assertBooks(rejected: number = 0): void {
    const { accepted, refused } = this.#told;
    assert.equal(this.#generated, accepted.length + refused.length, 'each span has an outcome');
    const arrived = this.ingest.accepted.traces;
    assert.deepEqual(
      [...arrived.keys()].sort(),
      [...accepted].sort(),
      'what was accepted, and only that, is there',
    );
    assert.ok(
      [...arrived.values()].every((times) => times === 1),
      'nothing is there twice',
    );
    assert.equal(this.ingest.rejected, rejected);
    const status = this.component.check();
    assert.equal(status.accepted, accepted.length);
    assert.equal(status.rejected, rejected);
    assert.equal(status.refused, this.ingest.failed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.close()));
    await this.component[Symbol.asyncDispose]();
  }
}

async function open(contract: ReceiverContract): Promise<Bench> {
  const ingest = new MemoryIngest();
  const component = contract.create(ingest);
  const started = await component.start();
  assert.ok(started.ok, started.ok ? '' : started.failure.message);
  return new Bench(contract, component, ingest);
}

/** Polls until the condition holds; fails the test when it takes too long. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `Not within ${DEADLINE_MS} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
