/**
 * GrpcListener: one port that speaks gRPC over plain HTTP/2.
 *
 * It exists because of what it costs: a quarter of a megabyte in one call takes a third of the time that a general
 * library takes, since messages are neither copied nor inflated nor parsed here. Its rules are those of
 * `HttpListener`: bounded in every direction, slow and silent clients cut off, clear words when the port cannot be
 * had, and an end that lets calls in flight finish.
 */
import {
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { failure, type Result } from '@tracewright/std';
import type { TokenCheck } from '../bearer-token.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { endSocket } from '../end-socket.ts';
import {
  CONNECTION_WINDOW_BYTES,
  CONNECTIONS_CHECK_INTERVAL_MS,
  CONNECTIONS_MAX,
  DRAIN_TIMEOUT_MS,
  HEADER_BYTES_MAX,
  HEADERS_TIMEOUT_MS,
  LINGER_TIMEOUT_MS,
  PACE_WINDOW_MS,
  REQUEST_TIMEOUT_MS,
  SESSION_MEMORY_MEGABYTES,
  STREAM_WINDOW_BYTES,
  STREAMS_MAX,
} from '../limits.ts';
import { addressOf, type ListenAddress, listenOn } from '../listen.ts';
import { expectPreface } from './expect-preface.ts';
import { GrpcCall } from './grpc-call.ts';
import { linger } from './linger.ts';
import type { GrpcMethod } from './method.ts';
import { GRPC_CODE, statusHeaders } from './status.ts';

export type GrpcListenerOptions = {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  /** The setting that decides the port, as the user writes it. */
  readonly portSetting: string;
  /** By path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  readonly checkToken: TokenCheck;
  /** For all messages that are being received, together. */
  readonly budget: ByteBudget;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  /** What a client reads that speaks HTTP/1.1 to this port. */
  readonly http1Hint: string;
  readonly onFault: (error: unknown) => void;
  /** Told of connections that do not speak HTTP/2. */
  readonly onForeign?: (remote: string | undefined) => void;
  readonly limits?: Partial<GrpcLimits>;
};

export type GrpcLimits = {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly connectionsMax: number;
  readonly checkIntervalMs: number;
  /** How long a client may keep a connection that both sides have said goodbye on. */
  readonly lingerTimeoutMs: number;
  /** Over which time a message must keep the pace of `BodyPace`. */
  readonly paceWindowMs: number;
};

export type GrpcListener = {
  listen(): Promise<Result<ListenAddress>>;
  address(): ListenAddress | undefined;
  /** Stops accepting, lets calls in flight finish until the deadline, then cuts them off. */
  close(drainTimeoutMs?: number): Promise<void>;
};

type Connection = {
  readonly session: ServerHttp2Session;
  readonly socket: Socket;
  readonly startedMs: number;
  settled: boolean;
  /** When the other side last showed that it lives. */
  aliveMs: number;
  pingedMs: number | undefined;
  /** When the session was first found gone while its socket was still there. */
  goneMs: number | undefined;
};

const UNKNOWN_METHOD = {
  ':status': 200,
  'content-type': 'application/grpc',
} as const;

const WITHOUT_BODY = { endStream: true, sendDate: false } as const;

export function createGrpcListener(options: GrpcListenerOptions): GrpcListener {
  const { methods, checkToken, keepaliveIntervalMs, keepaliveTimeoutMs } = options;
  const headersTimeoutMs = options.limits?.headersTimeoutMs ?? HEADERS_TIMEOUT_MS;
  const requestTimeoutMs = options.limits?.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const lingerTimeoutMs = options.limits?.lingerTimeoutMs ?? LINGER_TIMEOUT_MS;
  const connections = new Set<Connection>();
  const calls = new Set<GrpcCall>();
  /** Connections that have not yet shown what they speak. */
  const waiting = new Set<Socket>();
  const intervalMs = options.limits?.checkIntervalMs ?? CONNECTIONS_CHECK_INTERVAL_MS;
  const callOptions = {
    budget: options.budget,
    paceWindowMs: options.limits?.paceWindowMs ?? PACE_WINDOW_MS,
    onFault: options.onFault,
    onEnd: (call: GrpcCall) => void calls.delete(call),
  };
  let sweeper: NodeJS.Timeout | undefined;

  const server = createServer({ noDelay: true }, (socket) => {
    waiting.add(socket);
    socket.on('close', () => waiting.delete(socket)).on('error', ignore);
    expectPreface(socket, {
      timeoutMs: headersTimeoutMs,
      onHttp2: () => guarded(socket, () => startSession(socket)),
      onOther: (isHttp1) => {
        waiting.delete(socket);
        options.onForeign?.(socket.remoteAddress);
        if (isHttp1) endSocket(socket, http1Answer(options.http1Hint));
        else socket.destroy();
      },
    });
  });
  server.maxConnections = options.limits?.connectionsMax ?? CONNECTIONS_MAX;

  function startSession(socket: Socket): void {
    waiting.delete(socket);
    const session = performServerHandshake(socket, {
      maxSessionMemory: SESSION_MEMORY_MEGABYTES,
      settings: {
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxConcurrentStreams: STREAMS_MAX,
        maxHeaderListSize: HEADER_BYTES_MAX,
      },
    });
    session.on('error', ignore);
    const nowMs = performance.now();
    const connection: Connection = {
      session,
      socket,
      startedMs: nowMs,
      settled: false,
      aliveMs: nowMs,
      pingedMs: undefined,
      goneMs: undefined,
    };
    connections.add(connection);
    // Not the session's own `close`: after a goodbye its socket lives on for as long as the client likes.
    socket.once('close', () => connections.delete(connection));
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on('stream', (stream, headers) => guarded(stream, () => onStream(stream, headers, connection)));
    session.on('remoteSettings', () => {
      connection.settled = true;
    });
  }

  /** What goes wrong with one client ends with that client. */
  function guarded(owner: { destroy(): unknown }, act: () => void): void {
    try {
      act();
    } catch (error) {
      options.onFault(error);
      owner.destroy();
    }
  }

  function onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: Connection): void {
    stream.on('error', ignore);
    // Streams are told of a turn late: this one may have been reset since.
    if (stream.destroyed || stream.closed) return;
    connection.aliveMs = performance.now();
    const rejection = httpRejection(headers);
    const method = methods.get(headers[':path'] ?? '');
    if (rejection !== undefined || method === undefined) {
      const unknown = { code: GRPC_CODE.unimplemented, message: `No method ${headers[':path']} here` };
      stream.respond(rejection ?? { ...UNKNOWN_METHOD, ...statusHeaders(unknown) }, WITHOUT_BODY);
      linger(stream);
      return;
    }
    method.begin?.();
    const call = new GrpcCall(stream, headers, method, {
      ...callOptions,
      remoteAddress: connection.socket.remoteAddress,
    });
    calls.add(call);
    const refusal = method.open === true ? undefined : checkToken(headers.authorization);
    if (refusal === undefined) call.read();
    else call.refuse(refusal);
  }

  function sweep(): void {
    const nowMs = performance.now();
    for (const call of calls)
      guarded(call, () => {
        call.checkPace(nowMs, intervalMs);
        if (call.isReading && nowMs - call.startedMs > requestTimeoutMs)
          call.refuse(failure('deadline', 'The message took too long to arrive', { retry: 'later' }));
      });
    for (const connection of connections) guarded(connection.socket, () => check(connection, nowMs));
  }

  function check(connection: Connection, nowMs: number): void {
    const { session, socket, settled, startedMs, pingedMs, aliveMs } = connection;
    if (session.destroyed) {
      connection.goneMs ??= nowMs;
      if (nowMs - connection.goneMs > lingerTimeoutMs) socket.destroy();
      return;
    }
    const isSilent = pingedMs !== undefined && nowMs - pingedMs > keepaliveTimeoutMs;
    if (isSilent || (!settled && nowMs - startedMs > headersTimeoutMs)) session.destroy();
    else if (pingedMs === undefined && nowMs - aliveMs > keepaliveIntervalMs) ping(connection, nowMs);
  }

  return {
    listen: async () => {
      const listening = await listenOn(server, options);
      if (listening.ok) sweeper ??= setInterval(sweep, intervalMs).unref();
      return listening;
    },
    address: () => addressOf(server, options.host),
    close: async (drainTimeoutMs = DRAIN_TIMEOUT_MS) => {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const call of calls)
        call.endStream({ code: GRPC_CODE.unavailable, message: 'This server is stopping' });
      for (const { session } of connections) session.close();
      for (const socket of waiting) socket.destroy();
      const cutOff = setTimeout(() => {
        for (const { session, socket } of connections) {
          session.destroy();
          socket.destroy();
        }
      }, drainTimeoutMs);
      await closed;
      clearTimeout(cutOff);
      clearInterval(sweeper);
      sweeper = undefined;
    },
  };
}

function ping(connection: Connection, nowMs: number): void {
  connection.pingedMs = nowMs;
  connection.session.ping((error) => {
    if (error !== null) return;
    connection.pingedMs = undefined;
    connection.aliveMs = performance.now();
  });
}

/** Requests that are no gRPC get an answer in HTTP, as gRPC's own specification says. */
function httpRejection(headers: IncomingHttpHeaders): { ':status': number } | undefined {
  if (headers[':method'] !== 'POST') return { ':status': 405 };
  return /^application\/grpc(\+proto)?(;|$)/i.test(headers['content-type'] ?? '')
    ? undefined
    : { ':status': 415 };
}

function http1Answer(hint: string): string {
  const head = 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close';
  return `${head}\r\nContent-Length: ${Buffer.byteLength(hint) + 1}\r\n\r\n${hint}\n`;
}

function ignore(): void {
  // `close` follows and says all there is to know.
}
