/**
 * Serves an ApiHandler on Node's HTTP: reads bodies within limits, streams answers with back-pressure,
 * compresses what is large when asked to, and tells the handler when the client has gone. What an answer takes of
 * memory is held until it has been sent.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import { type ByteBudget, readBody, respond } from '@tracewright/http';
import { type ReadAccount, ReadBudget } from '@tracewright/storage';
import type { ApiAnswer, ApiHandler, ApiRequest } from './exchange.ts';
import {
  COMPRESS_BYTES_MIN,
  REQUEST_BODY_BYTES_MAX,
  STALLED_CLIENT_MS,
  STREAM_CHUNK_BYTES,
} from './limits.ts';

export type ServeOptions = {
  /** Told of what a handler threw, or of a stream that broke: faults of this program. */
  readonly onFault?: (error: unknown) => void;
  readonly bodyBudget?: ByteBudget;
  /** What all answers may take together; without it nothing bounds them. */
  readonly answerBudget?: ReadBudget;
  /** After so long a client that takes nothing of its answer is given up, and the answer's memory with it. */
  readonly stalledClientMs?: number;
};

const compress = promisify(gzip);

/** A request handler for `createHttpListener` or `node:http`. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function serve(handler: ApiHandler, options: ServeOptions = {}): NodeHandler {
  const answers = options.answerBudget ?? new ReadBudget(Number.POSITIVE_INFINITY);
  return async (request, response) => {
    const gone = new AbortController();
    const account = answers.open();
    response.on('close', () => {
      if (!response.writableFinished) gone.abort();
      account.close();
    });
    try {
      const answer = await handler(toApiRequest(request, response, gone.signal, account, options));
      response.setTimeout(options.stalledClientMs ?? STALLED_CLIENT_MS);
      await send(request, response, answer, gone.signal, options.onFault);
    } catch (error) {
      // After the client has gone nobody is left to be told, and what broke because of that is no fault.
      if (gone.signal.aborted) return;
      options.onFault?.(error);
      if (response.headersSent) response.destroy();
      else {
        respond(request, response, {
          status: 500,
          headers: { 'content-type': 'application/json' },
          body: '{"error":{"code":"internal","message":"This server failed at the request; its log says more"}}',
        });
      }
    }
  };
}

function toApiRequest(
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
  account: ReadAccount,
  options: ServeOptions,
): ApiRequest {
  const target = request.url ?? '/';
  const split = target.indexOf('?');
  const budget = options.bodyBudget;
  return {
    method: request.method ?? 'GET',
    path: split < 0 ? target : target.slice(0, split),
    query: new URLSearchParams(split < 0 ? '' : target.slice(split + 1)),
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    readBody: () =>
      readBody(request, response, {
        bytesMax: REQUEST_BODY_BYTES_MAX,
        ...(budget === undefined ? {} : { budget }),
      }),
    ...(request.socket.remoteAddress === undefined ? {} : { remote: request.socket.remoteAddress }),
    signal,
    account,
  };
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: ApiAnswer,
  signal: AbortSignal,
  onFault: ServeOptions['onFault'],
): Promise<void> {
  if (signal.aborted) return;
  const { status, body } = answer;
  const headers: Record<string, string> = { ...answer.headers };
  const head = request.method === 'HEAD';
  const wantsGzip = acceptsGzip(request) && isCompressible(headers['content-type']);
  if (wantsGzip || isCompressible(headers['content-type'])) headers['vary'] = 'accept-encoding';
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    let bytes: Uint8Array = typeof body === 'string' ? Buffer.from(body) : (body ?? new Uint8Array(0));
    if (wantsGzip && bytes.length >= COMPRESS_BYTES_MIN) {
      bytes = await compress(bytes);
      headers['content-encoding'] = 'gzip';
    }
    if (head) {
      response.writeHead(status, { ...headers, 'content-length': bytes.length });
      response.end();
      return;
    }
    respond(request, response, { status, headers, body: bytes });
    return;
  }
  if (wantsGzip) headers['content-encoding'] = 'gzip';
  response.writeHead(status, headers);
  if (head) {
    response.end();
    await body[Symbol.asyncIterator]().return?.();
    return;
  }
  const source = Readable.from(inChunks(body, signal, onFault), { objectMode: true, highWaterMark: 1 });
  if (wantsGzip) await pipeline(source, createGzip({ level: 4 }), response, { signal });
  else await pipeline(source, response, { signal });
}

/**
 * Gathers small pieces into writes of a decent size. A body that breaks while the client still listens is
 * told here: breaking the connection, which follows, looks as if the client had gone.
 */
async function* inChunks(
  body: AsyncIterable<string | Uint8Array>,
  signal: AbortSignal,
  onFault: ServeOptions['onFault'],
): AsyncGenerator<Uint8Array> {
  let text = '';
  try {
    for await (const piece of body) {
      if (typeof piece === 'string' && text.length + piece.length < STREAM_CHUNK_BYTES) {
        text += piece;
        continue;
      }
      if (text !== '') yield Buffer.from(text);
      text = '';
      yield typeof piece === 'string' ? Buffer.from(piece) : piece;
      // A client that reads fast would otherwise keep every other request of this process waiting.
      await setImmediate();
    }
  } catch (error) {
    if (!signal.aborted) onFault?.(error);
    throw error;
  }
  if (text !== '') yield Buffer.from(text);
}

/** `gzip` or `*` with a weight above zero. */
function acceptsGzip(request: IncomingMessage): boolean {
  const header = request.headers['accept-encoding'];
  const list = (Array.isArray(header) ? header.join(',') : (header ?? '')).toLowerCase().split(',');
  const weight = (name: string): number | undefined => {
    const entry = list.find((each) => each.split(';')[0]?.trim() === name);
    if (entry === undefined) return undefined;
    const q = /;\s*q=([0-9.]+)/.exec(entry)?.[1];
    return q === undefined ? 1 : Number(q);
  };
  return (weight('gzip') ?? weight('*') ?? 0) > 0;
}

function isCompressible(contentType: string | undefined): boolean {
  return contentType !== undefined && /json|text|protobuf|html/.test(contentType);
}
