/**
 * OTLP over HTTP on port 4318: `/v1/traces`, `/v1/logs` and `/v1/metrics`, as protobuf and as JSON.
 *
 * The event loop only moves bytes: bodies are handed on as they came from the socket, and are inflated and
 * decoded behind `Ingest`. Metrics are accepted, discarded and counted, so that a sender with default settings
 * has nothing to complain about.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Answer,
  type BodyOptions,
  ByteBudget,
  createHttpListener,
  createTokenCheck,
  Door,
  type HttpListener,
  type ListenerLimits,
  type RequestContext,
  readBody,
  remoteKey,
  respond,
  type TokenCheck,
  textAnswer,
} from '@tracewright/http';
import type { ContentCoding, Signal } from '@tracewright/pipeline';
import { type Failure, failure, type Result } from '@tracewright/std';
import { Counters } from '../counters.ts';
import { DRAIN_TIMEOUT_MS, UNFINISHED_BYTES_MAX } from '../limits.ts';
import {
  type Component,
  type ComponentStatus,
  configKey,
  defineReceiver,
  type ReceiverDefinition,
  type ReceiverOptions,
} from '../receiver.ts';
import { codingOf } from './content-coding.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import {
  accepted,
  acceptedWhole,
  type Encoding,
  encodingOf,
  methodNotAllowed,
  refused,
  unsupportedMediaType,
} from './http-answer.ts';
import { otlpHttpSettings } from './settings.ts';

const ID = 'otlp/http';

/** Pages of this machine's own development servers may always send. */
const LOCAL_ORIGINS = ['http://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*'];

const PATHS: ReadonlyMap<string, Signal | 'metrics'> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
  ['/v1/metrics', 'metrics'],
]);

export type OtlpHttpOptions = ReceiverOptions<typeof otlpHttpSettings> & {
  readonly limits?: Partial<ListenerLimits>;
  /** What all bodies that are being read may hold together. */
  readonly unfinishedBytesMax?: number;
  readonly pace?: BodyOptions['pace'];
};

class OtlpHttpReceiver implements Component {
  readonly id = ID;
  readonly #options: OtlpHttpOptions;
  readonly #listener: HttpListener;
  readonly #door: Door;
  readonly #counters = new Counters();
  readonly #checkToken: TokenCheck;
  readonly #budget: ByteBudget;
  #toldHttp2 = false;

  constructor(options: OtlpHttpOptions) {
    const { listen, settings } = options;
    this.#options = options;
    this.#checkToken = createTokenCheck(options.token);
    const budget = options.unfinishedBytesMax ?? UNFINISHED_BYTES_MAX;
    this.#budget = new ByteBudget(Math.max(budget, settings.bodyBytesMax * 2));
    this.#listener = createHttpListener({
      host: listen.host,
      port: settings.port,
      portSetting: `${configKey(ID)}.port`,
      guard: {
        allowedHosts: listen.allowedHosts,
        allowedOrigins: [...LOCAL_ORIGINS, ...listen.allowedOrigins, ...settings.corsOrigins],
      },
      handler: (request, response, context) => this.#handle(request, response, context),
      refuse: (request, response, cause) => this.#refuse(request, response, cause),
      onFault: (error) => options.report('error', `A request to ${ID} failed in this program`, { error }),
      onClientError: (reason) => {
        if (reason === 'http2') this.#onHttp2();
      },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
    this.#door = new Door(this.#listener, listen.host, settings.port);
  }

  start(): Promise<Result<void>> {
    return this.#door.open();
  }

  check(): ComponentStatus {
    return { ...this.#door.status(), ...this.#counters.status() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener.close(this.#options.drainTimeoutMs ?? DRAIN_TIMEOUT_MS);
  }

  async #handle(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const answer = await this.#answer(request, response, context.crossOrigin);
    if (answer === undefined) return;
    const cors = context.crossOrigin === undefined ? undefined : corsHeaders(context.crossOrigin);
    respond(
      request,
      response,
      cors === undefined ? answer : { ...answer, headers: { ...cors, ...answer.headers } },
    );
  }

  /** The answer to any request; undefined when nobody is there any more to hear it. */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    crossOrigin: string | undefined,
  ): Promise<Answer | undefined> {
    const signal = PATHS.get(pathOf(request));
    if (signal === undefined) return notFound(request);
    if (request.method === 'OPTIONS')
      return crossOrigin === undefined
        ? { status: 204, headers: { Allow: 'POST, OPTIONS' } }
        : { status: 204, headers: preflightHeaders(request, crossOrigin) };
    this.#counters.request(this.#options.nowMs());
    const refuse = (cause: Failure): Answer => this.#refused(cause, signal, encoding);
    const encoding = encodingOf(request.headers['content-type']);
    const unauthenticated = this.#checkToken(request.headers.authorization);
    if (unauthenticated !== undefined) return refuse(unauthenticated);
    if (request.method !== 'POST') return this.#count(methodNotAllowed(), signal);
    if (encoding === undefined) return this.#count(unsupportedMediaType(), signal);
    const coding = codingOf(request.headers['content-encoding']);
    if (!coding.ok) return refuse(coding.failure);
    const body = await readBody(request, response, {
      bytesMax: this.#options.settings.bodyBytesMax,
      budget: this.#budget,
      ...(this.#options.pace === undefined ? {} : { pace: this.#options.pace }),
    });
    if (!body.ok) {
      const answer = refuse(body.failure);
      return body.failure.code === 'cancelled' ? undefined : answer;
    }
    if (signal === 'metrics') return this.#discard(encoding);
    if (body.value.length === 0) return acceptedWhole(encoding);
    return this.#submit(signal, encoding, coding.value, body.value, remoteKey(request.socket.remoteAddress));
  }

  async #submit(
    signal: Signal,
    encoding: Encoding,
    coding: ContentCoding,
    body: Uint8Array<ArrayBuffer>,
    sender: string,
  ): Promise<Answer> {
    const { ingest, settings, tenant } = this.#options;
    const outcome = await ingest.submit({
      signal,
      format: encoding === 'json' ? 'otlp/json' : 'otlp/protobuf',
      coding,
      body,
      bodyBytesMax: settings.bodyBytesMax,
      tenant,
      receiver: ID,
      sender,
    });
    if (!outcome.ok) {
      this.#counters.refused++;
      return refused(outcome.failure, encoding);
    }
    this.#counters.answered(outcome.value);
    return accepted(signal, outcome.value, encoding);
  }

  #discard(encoding: Encoding): Answer {
    this.#options.ingest.countDiscarded(ID, 'metrics', 1);
    this.#counters.discarded++;
    return acceptedWhole(encoding);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, cause: Failure): void {
    const signal = PATHS.get(pathOf(request));
    this.#counters.request(this.#options.nowMs());
    respond(request, response, this.#refused(cause, signal, encodingOf(request.headers['content-type'])));
  }

  #refused(cause: Failure, signal: Signal | 'metrics' | undefined, encoding: Encoding | undefined): Answer {
    this.#counters.refused++;
    if (signal !== undefined) this.#options.ingest.countRefused(ID, signal, cause.code);
    return refused(cause, encoding);
  }

  /** Told once: who sends to the wrong port does so for every batch. */
  #onHttp2(): void {
    if (this.#toldHttp2) return;
    this.#toldHttp2 = true;
    const hint = 'OTLP over gRPC has a port of its own, usually 4317';
    this.#options.report('warn', `A client speaks HTTP/2 to the port of ${ID}, which is HTTP/1.1. ${hint}`);
  }

  #count(answer: Answer, signal: Signal | 'metrics'): Answer {
    this.#counters.refused++;
    this.#options.ingest.countRefused(ID, signal, 'unsupported');
    return answer;
  }
}

export const otlpHttp: ReceiverDefinition<typeof otlpHttpSettings> = defineReceiver({
  id: ID,
  title: 'OTLP over HTTP',
  stability: 'stable',
  settings: otlpHttpSettings,
  create: (options) => new OtlpHttpReceiver(options),
});

function pathOf(request: IncomingMessage): string {
  return request.url?.split('?', 1)[0] ?? '';
}

function notFound(request: IncomingMessage): Answer {
  const encoding = request.method === 'POST' ? encodingOf(request.headers['content-type']) : undefined;
  const paths = [...PATHS.keys()].join(', ');
  const sentence = `404 page not found: this port takes OTLP by POST at ${paths}`;
  return encoding === undefined
    ? textAnswer(404, sentence)
    : refused(failure('not-found', sentence), encoding);
}
