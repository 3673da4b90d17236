/**
 * RefusalBench: a running server that is given a hard time, and the account of what it should have made of it: each
 * span that was accepted or refused, and each request that was refused whole.
 */
import assert from 'node:assert/strict';
import { watchLive } from './live-watch.ts';
import { decodeMessage, type Message } from './otlp-messages.ts';
import { RunningServer } from './running-server.ts';
import { type HttpAnswer, type PostOptions, postOtlp, rejectedIn } from './send-otlp.ts';
import { encodeTraces, goodSpan, hexId } from './span-messages.ts';

export const INVALID_ARGUMENT = 3;
export const RESOURCE_EXHAUSTED = 8;
export const UNIMPLEMENTED = 12;
/** While it is under attack, and beside other tests on a small machine. */
const LIVE_WITHIN_MS = 5_000;

export class RefusalBench {
  readonly server: RunningServer;
  accepted = 0;
  rejected = 0;
  refusedRequests = 0;
  readonly #live: ReturnType<typeof watchLive>;

  private constructor(server: RunningServer) {
    this.server = server;
    this.#live = watchLive(server);
  }

  static async open(): Promise<RefusalBench> {
    return new RefusalBench(await RunningServer.start());
  }

  post(body: Uint8Array | string, options: PostOptions = {}): Promise<HttpAnswer> {
    return postOtlp(this.server, 'traces', body, options);
  }

  /** That a request was refused whole, with a google.rpc.Status, and is to be in the accounts. */
  assertRefused(answer: HttpAnswer, status: number, code: number, words: RegExp, what: string): void {
    assert.equal(answer.status, status, `${what}: ${JSON.stringify(answer.body)}`);
    assert.ok(typeof answer.body !== 'string', `${what} is answered with a google.rpc.Status`);
    assert.equal(answer.body['code'], code, what);
    assert.match(String(answer.body['message']), words, what);
    this.refusedRequests++;
  }

  /** Ids of the spans that the trace of this number has. */
  async idsInTrace(trace: number): Promise<string[]> {
    const answer = await fetch(this.server.api(`/traces/${hexId(16, trace)}`), {
      headers: { accept: 'application/x-protobuf' },
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.status !== 200) return [];
    return spansOf(decodeMessage('TracesData', bytes)).map(({ spanId }) =>
      Buffer.from(spanId as Uint8Array).toString('hex'),
    );
  }

  /** That the accounts are as expected, and the server was alive all the while and is quick. */
  async assertSound(tell: (words: string) => void): Promise<void> {
    const watched = await this.#live.stop();
    tell(`asked ${watched.asked} times whether it lives, slowest answer ${watched.slowestMs} ms`);
    assert.equal(watched.failed, 0);
    assert.ok(watched.slowestMs < LIVE_WITHIN_MS, `the event loop was held up for ${watched.slowestMs} ms`);
    const { accounts, receivers, wal } = await this.server.settled();
    const { spans } = accounts;
    const { accepted, rejected, refusedRequests } = this;
    assert.deepEqual({ accepted: spans.accepted, rejected: spans.rejected }, { accepted, rejected });
    assert.equal(spans.received, spans.accepted + spans.rejected);
    assert.equal(spans.accepted, spans.stored + spans.sampledOut + spans.quarantined + spans.inFlight);
    assert.equal(spans.stored, spans.accepted);
    assert.deepEqual(wal.quarantined, []);
    const sum = (ofRequests: boolean): number =>
      accounts.rejectedByReason
        .filter(({ reason }) => reason.startsWith('request: ') === ofRequests)
        .reduce((total, { count }) => total + count, 0);
    assert.deepEqual([sum(true), sum(false)], [refusedRequests, rejected]);
    assert.equal(
      receivers.reduce((total, receiver) => total + receiver.rejected, 0),
      rejected,
    );
    assert.equal(
      receivers.reduce((total, receiver) => total + receiver.accepted, 0),
      accepted + accounts.logs.accepted,
    );
    const began = performance.now();
    assert.equal(rejectedIn(await this.post(encodeTraces('after', [goodSpan(99, 1)]))), 0);
    await this.server.until('a span is found', async () => (await this.idsInTrace(99)).length === 1);
    tell(`a span sent afterwards is found after ${Math.round(performance.now() - began)} ms`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#live.stop();
    await this.server.dispose();
  }
}

export function spansOf(message: Message): Message[] {
  const list = (value: unknown): Message[] => (Array.isArray(value) ? value : []);
  return list(message['resourceSpans']).flatMap((resource) =>
    list(resource['scopeSpans']).flatMap((scope) => list(scope['spans'])),
  );
}
