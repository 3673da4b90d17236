// Sends export requests over one raw keep-alive socket, one at a time, as cheaply as Node allows: a ready header
// and the template's own bytes in one gathered write, no request object, no copy. Reconnects when it must.

import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { HttpAnswerParser, type ParseStep } from './http-answer-parser.ts';
import { outcomeOfHttp } from './otlp-answer.ts';
import { type Outcome, type Sender, UNREACHABLE } from './outcome.ts';

/** How long an answered request may still wait for its body to be taken. */
const UNREAD_BODY_PATIENCE_MS = 2_000;

export type HttpSenderOptions = {
  readonly url: URL;
  readonly contentType: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  /** Accepts any certificate over https. */
  readonly insecure: boolean;
};

export function createHttpSender(options: HttpSenderOptions): Sender {
  return new HttpSender(options);
}

class HttpSender implements Sender {
  readonly #options: HttpSenderOptions;
  readonly #headerStart: string;
  #socket: Socket | undefined;
  #onStep: ((step: ParseStep | string) => void) | undefined;

  constructor(options: HttpSenderOptions) {
    this.#options = options;
    const { url } = options;
    this.#headerStart =
      `POST ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: ${options.contentType}\r\n` +
      `User-Agent: tracewright-bench\r\n${options.token === undefined ? '' : `Authorization: Bearer ${options.token}\r\n`}` +
      'Content-Length: ';
  }

  readonly send = async (bytes: Buffer, from: number): Promise<Outcome> => {
    const socket = this.#socket ?? (await this.#connect());
    if (typeof socket === 'string') {
      return { kind: 'refused', status: UNREACHABLE, message: socket, retryAfterMs: undefined };
    }
    const body = from === 0 ? bytes : bytes.subarray(from);
    const { promise: answered, resolve } = Promise.withResolvers<ParseStep | string>();
    this.#onStep = resolve;
    const timer = setTimeout(
      () => resolve(`no answer within ${this.#options.timeoutMs} ms`),
      this.#options.timeoutMs,
    );
    const written = new Promise<void>((done) => {
      socket.cork();
      socket.write(`${this.#headerStart}${body.length}\r\n\r\n`, 'latin1');
      socket.write(body, () => done());
      socket.uncork();
    });
    const step = await answered;
    clearTimeout(timer);
    this.#onStep = undefined;
    if (typeof step === 'string' || step.kind !== 'answer') {
      this.close();
      await written;
      return {
        kind: 'lost',
        message: typeof step === 'string' ? step : step.kind === 'invalid' ? step.reason : 'no answer',
      };
    }
    // A server that answered without taking the body may never take it: then only closing frees the bytes.
    if (step.answer.closes) this.close();
    const impatience = setTimeout(this.close, UNREAD_BODY_PATIENCE_MS);
    await written;
    clearTimeout(impatience);
    return outcomeOfHttp(step.answer, Date.now());
  };

  readonly close = (): void => {
    this.#socket?.destroy();
    this.#socket = undefined;
  };

  async #connect(): Promise<Socket | string> {
    const { url, insecure, timeoutMs } = this.#options;
    const secure = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port) || (secure ? 443 : 80);
    const socket = secure
      ? connectSecure({ host, port, servername: host, rejectUnauthorized: !insecure })
      : connectPlain({ host, port });
    socket.setNoDelay(true);
    const timer = setTimeout(() => socket.destroy(new Error('connecting took too long')), timeoutMs);
    const { promise: connected, resolve } = Promise.withResolvers<Socket | string>();
    socket.once(secure ? 'secureConnect' : 'connect', () => resolve(socket));
    const parser = new HttpAnswerParser();
    const deliver = (step: ParseStep | string): void => {
      if (this.#socket === socket) this.#onStep?.(step);
    };
    const broke = (reason: string): void => {
      resolve(`cannot connect to ${url.host}: ${reason}`);
      deliver(`the connection broke: ${reason}`);
      if (this.#socket === socket) this.#socket = undefined;
    };
    socket.on('data', (chunk: Buffer) => {
      const step = parser.push(chunk);
      if (step.kind !== 'incomplete') deliver(step);
    });
    socket.on('end', () => {
      const step = parser.end();
      if (step.kind === 'answer') deliver(step);
    });
    socket.on('error', (error) => broke(error.message || String(error)));
    socket.on('close', () => broke('closed by the server'));
    const result = await connected;
    clearTimeout(timer);
    if (typeof result !== 'string') this.#socket = result;
    return result;
  }
}
