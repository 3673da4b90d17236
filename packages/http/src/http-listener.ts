/**
 * HttpListener: one port that speaks HTTP/1.1, as all surfaces need it: bounded headers, slow clients cut off,
 * foreign pages refused, clear words when the port cannot be had, and an end that lets requests in flight finish.
 *
 * A handler never brings the process down: what it throws is reported and answered 500.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Failure, Result } from '@tracewright/std';
import { endSocket } from './end-socket.ts';
import {
  CONNECTIONS_CHECK_INTERVAL_MS,
  CONNECTIONS_MAX,
  DRAIN_TIMEOUT_MS,
  HEADER_BYTES_MAX,
  HEADER_LINES_MAX,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  PIPELINED_MAX,
  REQUEST_TIMEOUT_MS,
} from './limits.ts';
import { addressOf, type ListenAddress, listenOn } from './listen.ts';
import { createRequestGuard, type GuardOptions } from './request-guard.ts';
import { respond, textAnswer } from './respond.ts';

export type RequestContext = {
  /** The foreign origin that the guard let in, to be named in CORS answers. */
  readonly crossOrigin: string | undefined;
};

export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
) => void | Promise<void>;

export type HttpListenerOptions = {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** The setting that decides the port, as the user writes it; named when the port cannot be had. */
  readonly portSetting: string;
  readonly handler: HttpHandler;
  readonly guard: Omit<GuardOptions, 'listenHost'>;
  /** Answers a request that the guard refuses, in the surface's own form; plain text otherwise. */
  readonly refuse?: (request: IncomingMessage, response: ServerResponse, failure: Failure) => void;
  /** Told of what a handler threw: a fault of this program. */
  readonly onFault?: (error: unknown, request: IncomingMessage) => void;
  /** Told of connections that speak no valid HTTP/1.1, or too slowly. */
  readonly onClientError?: (reason: ClientError) => void;
  readonly limits?: Partial<ListenerLimits>;
};

export type ListenerLimits = {
  readonly headerBytesMax: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly connectionsMax: number;
};

export type ClientError = 'malformed' | 'headers-too-large' | 'too-slow' | 'http2';

export type HttpListener = {
  /** Starts listening; fails with `unavailable` when the port cannot be had. May be called again after a failure. */
  listen(): Promise<Result<ListenAddress>>;
  address(): ListenAddress | undefined;
  /** Stops accepting, lets requests in flight finish until the deadline, then cuts them off. */
  close(drainTimeoutMs?: number): Promise<void>;
};

export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const limits = options.limits ?? {};
  const guard = createRequestGuard({ ...options.guard, listenHost: options.host });
  let closing = false;

  const server = createServer({
    maxHeaderSize: limits.headerBytesMax ?? HEADER_BYTES_MAX,
    headersTimeout: limits.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
    requestTimeout: limits.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    keepAliveTimeout: limits.keepAliveTimeoutMs ?? KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: Math.min(
      CONNECTIONS_CHECK_INTERVAL_MS,
      limits.requestTimeoutMs ?? CONNECTIONS_CHECK_INTERVAL_MS,
    ),
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
  });
  server.maxConnections = limits.connectionsMax ?? CONNECTIONS_MAX;
  // Node drops the lines behind these in silence; so a request that has so many is refused.
  server.maxHeadersCount = HEADER_LINES_MAX;

  /** What is being answered on a connection, to tell whether a complaint would end up inside of an answer. */
  const answering = new WeakMap<Socket, ServerResponse>();
  /** How many requests of a connection have no answer yet. */
  const unanswered = new WeakMap<Socket, number>();

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const ahead = unanswered.get(socket) ?? 0;
    if (ahead >= PIPELINED_MAX) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, ahead + 1);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    answering.set(socket, response);
    if (closing) response.setHeader('Connection', 'close');
    response.on('finish', () => {
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    if (request.rawHeaders.length >= HEADER_LINES_MAX * 2) {
      options.onClientError?.('headers-too-large');
      response.setHeader('Connection', 'close');
      respond(request, response, textAnswer(431, 'The request has too many header lines'));
      return;
    }
    const fault = (error: unknown): void => {
      options.onFault?.(error, request);
      if (response.headersSent) response.destroy();
      else
        respond(request, response, textAnswer(500, 'This server failed at the request; its log says more'));
    };
    try {
      const verdict = guard(request.headers.host, request.headers.origin);
      if (!verdict.ok) {
        if (options.refuse === undefined)
          respond(request, response, textAnswer(403, verdict.failure.message));
        else options.refuse(request, response, verdict.failure);
        return;
      }
      options.handler(request, response, { crossOrigin: verdict.crossOrigin })?.catch(fault);
    } catch (error) {
      fault(error);
    }
  };
  server.on('request', handle);
  // The handler decides whether the body is wanted at all; `readBody` sends the 100.
  server.on('checkContinue', handle);
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket) => {
    const reason = clientError(error);
    if (error.code !== 'ECONNRESET') options.onClientError?.(reason);
    const response = answering.get(socket);
    const isMidAnswer = response?.headersSent === true && !response.writableFinished;
    if (!socket.writable || isMidAnswer) socket.destroy();
    else endSocket(socket, ANSWERS[reason]);
  });

  return {
    listen: () => listenOn(server, options),
    address: () => addressOf(server, options.host),
    close: async (drainTimeoutMs = DRAIN_TIMEOUT_MS) => {
      closing = true;
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cutOff = setTimeout(() => server.closeAllConnections(), drainTimeoutMs);
      await closed;
      clearTimeout(cutOff);
    },
  };
}

function clientError(error: NodeJS.ErrnoException & { rawPacket?: Buffer }): ClientError {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'too-slow';
  return error.rawPacket?.subarray(0, 4).toString('latin1') === 'PRI ' ? 'http2' : 'malformed';
}

const ANSWERS: Readonly<Record<ClientError, string>> = {
  malformed: rawAnswer('400 Bad Request', 'This is no valid HTTP/1.1 request'),
  'headers-too-large': rawAnswer('431 Request Header Fields Too Large', 'The headers are too large'),
  'too-slow': rawAnswer('408 Request Timeout', 'The request took too long to arrive'),
  http2: rawAnswer('505 HTTP Version Not Supported', 'This port speaks HTTP/1.1; gRPC has a port of its own'),
};

function rawAnswer(status: string, sentence: string): string {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${sentence.length + 1}`;
  return `${head}\r\nConnection: close\r\n\r\n${sentence}\n`;
}
