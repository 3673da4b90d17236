/**
 * GreedySenders: senders that want everything. They come from an address of their own, over many connections and many
 * streams on few, send the next request the moment one is answered, and wait for nothing, whatever they are told. Each
 * body is sent again and again, so that what was acknowledged can be counted row by row.
 */
import { Agent, request as httpRequest } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { encodeTracesProtobuf } from '@tracewright/wire';
import { numberedSpans } from './numbered-spans.ts';
import { decodeMessage, type Message } from './otlp-messages.ts';
import type { RunningServer } from './running-server.ts';

/** Another address of this machine, as far as systems have one. */
export const GREEDY_ADDRESS = '127.0.0.2';
/** Numbers of greedy spans begin far behind those of anybody else. */
const FIRST_NUMBER = 1_000_000_000;
const BODIES = 8;
export const GREEDY_SPANS_A_REQUEST = 1_000;
const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const UNAVAILABLE = '14';
const RESOURCE_EXHAUSTED = '8';

export type GreedyBody = {
  readonly first: number;
  acknowledged: number;
  /** Requests whose answer never came. */
  unknown: number;
};

export type GreedyFound = {
  readonly bodies: readonly GreedyBody[];
  /** Requests that were told to come again, in the words of their protocol. */
  readonly refused: { http: number; grpc: number };
  /** Answers that are neither an acknowledgement nor such words. */
  readonly odd: readonly string[];
};

export type GreedySenders = AsyncDisposable & {
  stop(): Promise<GreedyFound>;
};

export type GreedyOptions = {
  readonly connections: number;
  readonly grpcConnections: number;
  readonly streamsEach: number;
  /** Each sender's wait between two requests: it makes how much is offered, not whether it is patient. */
  readonly pauseMs: number;
};

type Target = { readonly http: string; readonly grpc: string };
type ThreadData = { readonly target: Target; readonly options: GreedyOptions };

/** Starts them in a thread of their own: what they make of its time is no measurement of the server's. */
export function startGreedySenders(server: RunningServer, options: GreedyOptions): GreedySenders {
  const target = {
    http: server.url('receivers.otlp.http', '/v1/traces'),
    grpc: server.url('receivers.otlp.grpc'),
  };
  const data: ThreadData = { target, options };
  const thread = new Worker(new URL(import.meta.url), { workerData: data });
  const { promise: found, resolve, reject } = Promise.withResolvers<GreedyFound>();
  thread.once('message', resolve).once('error', reject);
  // Whoever stops them is told; until then nobody listens.
  found.catch(() => undefined);
  const stop = (): Promise<GreedyFound> => {
    thread.postMessage('stop');
    return found;
  };
  return {
    stop,
    [Symbol.asyncDispose]: async () => {
      await thread.terminate();
    },
  };
}

function isThreadData(data: unknown): data is ThreadData {
  return typeof data === 'object' && data !== null && 'target' in data && 'options' in data;
}

function sendInThread({ target, options }: ThreadData): void {
  const senders = new Senders(target, options);
  parentPort?.once('message', () => {
    void senders.stop().then((found) => parentPort?.postMessage(found));
  });
}

class Senders {
  readonly #target: Target;
  readonly #options: GreedyOptions;
  readonly #bodies: readonly (GreedyBody & { readonly bytes: Uint8Array })[];
  readonly #refused = { http: 0, grpc: 0 };
  readonly #odd: string[] = [];
  readonly #agent: Agent;
  readonly #sessions: readonly ClientHttp2Session[];
  readonly #running: readonly Promise<void>[];
  #next = 0;
  #stopping = false;

  constructor(target: Target, options: GreedyOptions) {
    this.#target = target;
    this.#options = options;
    this.#bodies = Array.from({ length: BODIES }, (_, at) => {
      const first = FIRST_NUMBER + at * GREEDY_SPANS_A_REQUEST;
      const message = encodeTracesProtobuf(numberedSpans(first, GREEDY_SPANS_A_REQUEST, 64));
      return { first, bytes: gzipSync(message, { level: 1 }), acknowledged: 0, unknown: 0 };
    });
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections });
    this.#sessions = Array.from({ length: options.grpcConnections }, () => openSession(target.grpc));
    this.#running = [
      ...Array.from({ length: options.connections }, () => this.#keepSending((body) => this.#post(body))),
      ...this.#sessions.flatMap((session) =>
        Array.from({ length: options.streamsEach }, () =>
          this.#keepSending((body) => this.#call(session, body)),
        ),
      ),
    ];
  }

  async stop(): Promise<GreedyFound> {
    this.#stopping = true;
    await Promise.all(this.#running);
    for (const session of this.#sessions) session.destroy();
    this.#agent.destroy();
    const bodies = this.#bodies.map(({ first, acknowledged, unknown }) => ({ first, acknowledged, unknown }));
    return { bodies, refused: this.#refused, odd: this.#odd };
  }

  async #keepSending(
    send: (body: GreedyBody & { readonly bytes: Uint8Array }) => Promise<void>,
  ): Promise<void> {
    while (!this.#stopping) {
      const body = this.#bodies[this.#next++ % BODIES];
      if (body === undefined) return;
      try {
        await send(body);
      } catch {
        body.unknown++;
      }
      if (this.#options.pauseMs > 0) await wait(this.#options.pauseMs);
    }
  }

  async #post(body: GreedyBody & { readonly bytes: Uint8Array }): Promise<void> {
    const { status, retryAfter, bytes } = await postOnce(this.#target.http, this.#agent, body.bytes);
    if (status === 200) body.acknowledged++;
    else if ((status === 503 || status === 429) && /^\d+$/.test(retryAfter)) {
      this.#refused.http++;
      if (!hasRetryInfo(decodeMessage('RpcStatus', bytes))) this.#note('no RetryInfo over HTTP');
    } else this.#note(`HTTP ${status}, Retry-After ${retryAfter}`);
  }

  async #call(session: ClientHttp2Session, body: GreedyBody & { readonly bytes: Uint8Array }): Promise<void> {
    const { code, details } = await callOnce(session, body.bytes);
    if (code === '0') body.acknowledged++;
    else if ((code === UNAVAILABLE || code === RESOURCE_EXHAUSTED) && details !== undefined) {
      this.#refused.grpc++;
      const status = decodeMessage('RpcStatus', new Uint8Array(Buffer.from(details, 'base64')));
      if (!hasRetryInfo(status)) this.#note('no RetryInfo over gRPC');
    } else if (code === undefined) throw new Error('The call was reset');
    else this.#note(`gRPC ${code}`);
  }

  #note(what: string): void {
    if (this.#odd.length < 20) this.#odd.push(what);
  }
}

function openSession(url: string): ClientHttp2Session {
  const { hostname, port } = new URL(url);
  const session = connectHttp2(`http://${hostname}:${port}`, {
    createConnection: () => connect({ host: hostname, port: Number(port), localAddress: GREEDY_ADDRESS }),
  });
  session.setMaxListeners(0);
  return session.on('error', () => undefined);
}

type Posted = { readonly status: number; readonly retryAfter: string; readonly bytes: Uint8Array };

function postOnce(url: string, agent: Agent, body: Uint8Array): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method: 'POST',
        agent,
        localAddress: GREEDY_ADDRESS,
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'gzip',
          'content-length': body.length,
        },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => void parts.push(part));
        answer.on('error', reject).on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            retryAfter: answer.headers['retry-after'] ?? '',
            bytes: new Uint8Array(Buffer.concat(parts)),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

type Called = { readonly code: string | undefined; readonly details: string | undefined };

function callOnce(session: ClientHttp2Session, body: Uint8Array): Promise<Called> {
  const message = Buffer.alloc(5 + body.length);
  message[0] = 1;
  message.writeUInt32BE(body.length, 1);
  message.set(body, 5);
  return new Promise((resolve) => {
    let code: string | undefined;
    let details: string | undefined;
    const stream = session.request({
      ':method': 'POST',
      ':path': EXPORT,
      'content-type': 'application/grpc',
      'grpc-encoding': 'gzip',
      te: 'trailers',
    });
    const read = (headers: Readonly<Record<string, unknown>>): void => {
      const status = headers['grpc-status'];
      if (status !== undefined) code = String(status);
      const bin = headers['grpc-status-details-bin'];
      if (bin !== undefined) details = String(bin);
    };
    stream
      .on('response', read)
      .on('trailers', read)
      .on('error', () => undefined);
    stream.on('close', () => resolve({ code, details }));
    stream.resume();
    stream.end(message);
  });
}

function hasRetryInfo(status: Message): boolean {
  const details = (status['details'] ?? []) as readonly Message[];
  return details.some((detail) => /google\.rpc\.RetryInfo$/.test(String(detail['typeUrl'])));
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// At the end, when all that stands above is defined.
if (!isMainThread && isThreadData(workerData)) sendInThread(workerData);
