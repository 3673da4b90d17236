/**
 * A request and its answer, free of Node's objects: what every surface of this room speaks, so that routes
 * are functions and only `serve.ts` knows sockets.
 */
import type { Result } from '@tracewright/std';
import type { ReadAccount } from '@tracewright/storage';

export type ApiRequest = {
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly header: (name: string) => string | undefined;
  readonly readBody: () => Promise<Result<Uint8Array>>;
  /** The address that the connection comes from, where there is one. */
  readonly remote?: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** What the answer takes of the memory for answers, until it has been sent. */
  readonly account: ReadAccount;
};

export type AnswerBody = string | Uint8Array | AsyncIterable<string | Uint8Array> | undefined;

export type ApiAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
};

export type ApiHandler = (request: ApiRequest) => Promise<ApiAnswer>;

export function jsonAnswer(value: unknown, status: number = 200): ApiAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  };
}

export function textAnswer(status: number, text: string): ApiAnswer {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: `${text}\n`,
  };
}
