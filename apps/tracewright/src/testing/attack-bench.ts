/**
 * AttackBench: a running server under attack, while an honest client beside the attackers sends a span, asks for a trace
 * and looks whether the server lives, again and again. None of its requests may fail, and the server's memory may not
 * grow without bound; how long its requests took is told. Attackers come from an address of their own.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { timesOf } from './query-probes.ts';
import { type ListenerKey, RunningServer, residentBytes } from './running-server.ts';
import { postOtlp } from './send-otlp.ts';
import { encodeTraces, goodSpan, hexId } from './span-messages.ts';

const ATTACKER = '127.0.0.3';
const PROBE_PAUSE_MS = 10;
const PROBE_TIMEOUT_MS = 20_000;
const KNOWN = 515_151;
const MIB: number = 1024 * 1024;

export type AttackOptions = {
  /** How much more than before the processes may hold together at the worst moment. */
  readonly growthBytesMax?: number;
};

export class AttackBench {
  readonly server: RunningServer;
  readonly #sockets = new Set<Socket>();
  #spans = 1;

  private constructor(server: RunningServer) {
    this.server = server;
  }

  static async open(flags: readonly string[] = []): Promise<AttackBench> {
    const bench = new AttackBench(await RunningServer.start(flags));
    await postOtlp(bench.server, 'traces', encodeTraces('known', [goodSpan(KNOWN, 1)]));
    await bench.server.settled();
    return bench;
  }

  /**
   * Runs the attack, and tells how the honest client fared meanwhile. Sockets that the attack opened are closed when it
   * is over, and it is over when its promise settles.
   */
  async during(
    tell: (words: string) => void,
    attack: () => Promise<void>,
    options: AttackOptions = {},
  ): Promise<void> {
    const { growthBytesMax = 256 * MIB } = options;
    const before = this.#resident();
    let peak = before;
    let isOver = false;
    const times: number[] = [];
    const failed: string[] = [];
    const watch = setInterval(() => {
      peak = Math.max(peak, this.#resident());
    }, 50);
    const probe = async (ask: () => Promise<string | undefined>): Promise<void> => {
      while (!isOver) {
        const beganMs = performance.now();
        const problem = await ask().catch((error: unknown) => String(error));
        times.push(performance.now() - beganMs);
        if (problem !== undefined) failed.push(problem);
        await new Promise((resolve) => setTimeout(resolve, PROBE_PAUSE_MS));
      }
    };
    const probing = [probe(() => this.#send()), probe(() => this.#live()), probe(() => this.#read())];
    try {
      await attack();
    } finally {
      isOver = true;
      for (const socket of this.#sockets) socket.destroy();
      this.#sockets.clear();
      await Promise.all(probing);
      clearInterval(watch);
    }
    const { asked, p50Ms, p99Ms, maxMs } = timesOf(times);
    tell(
      `${asked} honest requests, p50 ${p50Ms} ms, p99 ${p99Ms} ms, slowest ${maxMs} ms; ` +
        `memory at most ${Math.round((peak - before) / MIB)} MiB more`,
    );
    assert.deepEqual(failed.slice(0, 3), []);
    assert.ok(asked > 0);
    assert.ok(peak - before <= growthBytesMax, `the server grew by ${Math.round((peak - before) / MIB)} MiB`);
  }

  /** Spans that a test sent by itself, and that were acknowledged. */
  countSpans(count: number): void {
    this.#spans += count;
  }

  /** That all spans of the honest client were stored, the accounts add up, and the log names no fault. */
  async assertSound(): Promise<void> {
    const { accounts } = await this.server.settled();
    assert.equal(accounts.spans.stored, this.#spans);
    assert.equal(accounts.spans.received, accounts.spans.accepted + accounts.spans.rejected);
    assert.doesNotMatch(this.server.log, /failed in this program|Uncaught|unhandled/i);
  }

  /** A socket of an attacker; whatever goes wrong with it is part of the attack. */
  socket(key: ListenerKey, options: { readonly allowHalfOpen?: boolean } = {}): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connect({
        host: '127.0.0.1',
        port: this.server.port(key),
        localAddress: ATTACKER,
        noDelay: true,
        ...options,
      });
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('connect', () => resolve(socket)).once('close', () => resolve(socket));
    });
  }

  sockets(key: ListenerKey, count: number): Promise<Socket[]> {
    return Promise.all(Array.from({ length: count }, () => this.socket(key)));
  }

  #resident(): number {
    return [this.server.pid, ...this.server.childPids()].reduce((sum, pid) => sum + residentBytes(pid), 0);
  }

  async #send(): Promise<string | undefined> {
    const answer = await postOtlp(this.server, 'traces', encodeTraces('honest', [goodSpan(77, this.#spans)]));
    if (answer.status !== 200) return `sending: ${answer.status} ${JSON.stringify(answer.body)}`;
    this.#spans++;
    return undefined;
  }

  async #live(): Promise<string | undefined> {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const answer = await fetch(this.server.url('health', '/live'), { signal });
    await answer.arrayBuffer();
    return answer.status === 200 ? undefined : `living: ${answer.status}`;
  }

  async #read(): Promise<string | undefined> {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const answer = await fetch(this.server.api(`/traces/${hexId(16, KNOWN)}`), { signal });
    const text = await answer.text();
    return answer.status === 200 ? undefined : `reading: ${answer.status} ${text}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.server.dispose();
  }
}

/** Does something for each socket every so often, for a while; sockets that are gone are left out. */
export async function keepOn(
  sockets: readonly Socket[],
  durationMs: number,
  intervalMs: number,
  act: (socket: Socket, round: number) => void,
): Promise<void> {
  const endMs = performance.now() + durationMs;
  for (let round = 0; performance.now() < endMs; round++) {
    for (const socket of sockets) if (socket.writable) act(socket, round);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

/** Writes as fast as the other side reads, until the time is over or the socket is gone; the bytes that went. */
export async function pour(socket: Socket, durationMs: number, make: () => Uint8Array): Promise<number> {
  const endMs = performance.now() + durationMs;
  let sent = 0;
  while (performance.now() < endMs && socket.writable) {
    const bytes = make();
    sent += bytes.length;
    if (socket.write(bytes)) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        socket.off('drain', done).off('close', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, endMs - performance.now()));
      socket.on('drain', done).on('close', done);
    });
  }
  return sent;
}

/** Everything that the other side says, as far as it is wanted. */
export function listen(socket: Socket): { text(): string; closed(timeoutMs: number): Promise<boolean> } {
  let text = '';
  socket.on('data', (part: Buffer) => {
    if (text.length < 100_000) text += part.toString('latin1');
  });
  return {
    text: () => text,
    closed: (timeoutMs) =>
      new Promise((resolve) => {
        if (socket.closed) return resolve(true);
        const timer = setTimeout(() => resolve(false), timeoutMs);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve(true);
        });
      }),
  };
}
