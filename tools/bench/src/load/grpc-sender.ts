// Sends export requests as gRPC over one HTTP/2 connection, one call at a time, with the frame header written into
// the template's own headroom: no gRPC library stands between the bytes and the socket.

import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { outcomeOfGrpc } from './otlp-answer.ts';
import { type Outcome, type Sender, UNREACHABLE } from './outcome.ts';

/** A gRPC message starts with one byte "compressed" and four bytes of length. */
export const GRPC_HEADROOM = 5;

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

const EXPORT_PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const NO_ERROR_CODE = 0;
const UNAVAILABLE = 14;

export type GrpcSenderOptions = {
  readonly url: URL;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly insecure: boolean;
};

export function createGrpcSender(options: GrpcSenderOptions): Sender {
  let session: ClientHttp2Session | undefined;
  let connected = false;
  const close = (): void => {
    session?.destroy();
    session = undefined;
  };
  const open = (): ClientHttp2Session => {
    if (session !== undefined && !session.destroyed && !session.closed) return session;
    const opened = connect(options.url.origin, { rejectUnauthorized: !options.insecure });
    // Errors also reach the calls of the session; without a listener they would end the process.
    opened.on('error', () => {});
    connected = false;
    opened.on('connect', () => {
      connected = true;
    });
    opened.on('close', () => {
      if (session === opened) session = undefined;
    });
    session = opened;
    return opened;
  };
  return {
    close,
    send: async (bytes, from) => {
      const frame = bytes.subarray(from - GRPC_HEADROOM);
      frame[0] = 0;
      frame.writeUInt32BE(bytes.length - from, 1);
      const outcome = await callOrLose(open(), frame, options);
      if (outcome.kind !== 'lost') return outcome;
      close();
      if (connected) return outcome;
      return { kind: 'refused', status: UNREACHABLE, message: outcome.message, retryAfterMs: undefined };
    },
  };
}

async function callOrLose(
  session: ClientHttp2Session,
  frame: Buffer,
  options: GrpcSenderOptions,
): Promise<Outcome> {
  try {
    return await call(session, frame, options);
  } catch (error) {
    // A session that ended between two calls refuses a new stream at once.
    return { kind: 'lost', message: error instanceof Error ? error.message : String(error) };
  }
}

function call(session: ClientHttp2Session, frame: Buffer, options: GrpcSenderOptions): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: EXPORT_PATH,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
    [constants.HTTP2_HEADER_TE]: 'trailers',
    'user-agent': 'tracewright-bench',
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
  });
  const parts: Buffer[] = [];
  let headers: ResponseHeaders = {};
  let trailers: IncomingHttpHeaders | undefined;
  let problem = 'closed without a status';
  const timer = setTimeout(() => {
    problem = `no answer within ${options.timeoutMs} ms`;
    stream.close(constants.NGHTTP2_CANCEL);
  }, options.timeoutMs);
  stream.on('response', (received) => {
    headers = received;
  });
  stream.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('data', (chunk: Buffer) => parts.push(chunk));
  stream.on('error', (error) => {
    problem = error.message;
  });
  // 'close' comes last whatever happened; the stream holds none of the bytes any more.
  stream.on('close', () => {
    clearTimeout(timer);
    // An answer without a body carries its status in the headers.
    const status = trailers?.['grpc-status'] ?? headers['grpc-status'];
    if (status === undefined) {
      resolve(withoutGrpcStatus(headers, stream.rstCode, problem));
      return;
    }
    const source = trailers?.['grpc-status'] === undefined ? headers : (trailers ?? {});
    resolve(
      outcomeOfGrpc(
        Number(status),
        decodeURIComponentSafely(String(source['grpc-message'] ?? '')),
        typeof source['grpc-status-details-bin'] === 'string'
          ? Buffer.from(source['grpc-status-details-bin'], 'base64')
          : undefined,
        Buffer.concat(parts).subarray(GRPC_HEADROOM),
      ),
    );
  });
  stream.end(frame);
  return promise;
}

/** A proxy or a server that is no gRPC server answers with an HTTP status alone. */
function withoutGrpcStatus(headers: ResponseHeaders, rstCode: number, problem: string): Outcome {
  const httpStatus = headers[':status'];
  if (httpStatus !== undefined && httpStatus >= 400) {
    const later = httpStatus === 429 || httpStatus === 502 || httpStatus === 503 || httpStatus === 504;
    const message = `HTTP ${httpStatus} without a gRPC status`;
    return later
      ? { kind: 'refused', status: String(UNAVAILABLE), message, retryAfterMs: undefined }
      : { kind: 'failed', status: `HTTP ${httpStatus}`, message };
  }
  return {
    kind: 'lost',
    message: rstCode === NO_ERROR_CODE ? problem : `${problem} (stream reset ${rstCode})`,
  };
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
