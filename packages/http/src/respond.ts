/**
 * Answering a request whose body may not have been read to its end.
 *
 * A socket that is closed with unread bytes in it is reset, and the reset may overtake the answer. So the answer
 * is written whole, then a bounded rest of the body is read and thrown away, and only then the connection ends.
 * A rest that is known to be small is skipped and the connection stays open for the next request.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { LINGER_BYTES_MAX, LINGER_TIMEOUT_MS } from './limits.ts';

export type Answer = {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
};

/** Sends the answer once; a second call, or one after the client has gone, does nothing. */
export function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const { status, headers, body = '' } = answer;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  for (const [name, value] of Object.entries(headers ?? {}))
    if (value !== undefined) response.setHeader(name, value);
  if (status !== 204) response.setHeader('Content-Length', bytes.length);
  response.statusCode = status;
  if (isSkippable(request)) {
    response.end(bytes);
    return;
  }
  response.setHeader('Connection', 'close');
  response.write(bytes);
  linger(request, response);
}

/** An answer of one sentence in plain text. */
export function textAnswer(status: number, sentence: string, headers: OutgoingHttpHeaders = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
    body: `${sentence}\n`,
  };
}

function isSkippable(request: IncomingMessage): boolean {
  if (request.complete) return true;
  const length = request.headers['content-length'];
  if (length === undefined) return request.headers['transfer-encoding'] === undefined;
  // Whoever waits for `100 Continue` may send the body or not: what follows on the connection is unknown.
  return request.headers.expect === undefined && Number(length) <= LINGER_BYTES_MAX;
}

function linger(request: IncomingMessage, response: ServerResponse): void {
  let left = LINGER_BYTES_MAX;
  const end = (): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', end).off('close', end).off('error', end);
    response.end();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left <= 0) end();
  };
  const timer = setTimeout(end, LINGER_TIMEOUT_MS);
  request.on('data', onData).on('end', end).on('close', end).on('error', end);
  request.resume();
}
