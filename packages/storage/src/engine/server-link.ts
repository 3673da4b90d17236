/**
 * ServerLink: one ClickHouse server over HTTP. It sends a statement and says what came of it: an answer, an
 * exception of the server, or nothing that can be relied on.
 *
 * An answer is given out only when it is there as a whole. A server that fails in the middle of one has sent
 * its status 200 long before; it then writes the exception behind the rows, between marks that no row can
 * hold since their tag is made up for each response, and closes the connection.
 */
import { createReadStream, existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { decodeNative } from '../native/decode.ts';
import { connectionWords } from './connection-words.ts';

export type ServerLinkOptions = {
  /** `http://host:8123` or `https://host:8443`, without user, password or database. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** PEM of the authorities that may sign the server's certificate; the system's when absent. */
  readonly caCert?: Buffer;
  readonly connectionsMax: number;
};

export type ServerRequest = {
  readonly sql: string;
  readonly queryId: string;
  readonly settings: Readonly<Record<string, string | number>>;
  /** A file that is sent as the body. */
  readonly bodyPath?: string;
  readonly answerBytesMax: number;
  readonly signal: AbortSignal;
};

export type ServerReply =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'exception'; readonly code: number; readonly message: string }
  | { readonly kind: 'broken'; readonly reason: string };

const FILE_DOESNT_EXIST = 107;
const TOO_MANY_BYTES = 307;
const TAIL_BYTES = 32 * 1024;
const IDLE_SOCKET_MS = 600_000;
const READ_BYTES: number = 1024 * 1024;

export class ServerLink {
  readonly url: string;
  readonly #client: ClickHouseClient;

  constructor(options: ServerLinkOptions) {
    this.url = options.url.replace(/\/$/, '');
    const codec = options.compression;
    this.#client = createClient({
      url: this.url,
      username: options.username,
      password: options.password,
      application: 'tracewright',
      max_open_connections: options.connectionsMax,
      // Statements have deadlines of their own; this one only ends sockets that nobody uses.
      request_timeout: IDLE_SOCKET_MS,
      keep_alive: { enabled: true, eagerly_destroy_stale_sockets: true },
      ...(codec === 'none' ? {} : { compression: { request: { codec }, response: { codec } } }),
      ...(options.caCert === undefined ? {} : { tls: { ca_cert: options.caCert } }),
      // What it would write to the console reaches the program as a reply.
      log: { level: ClickHouseLogLevel.OFF },
    });
  }

  /** Never rejects. */
  async ask(request: ServerRequest): Promise<ServerReply> {
    const { bodyPath } = request;
    if (bodyPath !== undefined && !existsSync(bodyPath)) {
      return { kind: 'exception', code: FILE_DOESNT_EXIST, message: `There is no file ${bodyPath}` };
    }
    try {
      const { stream, response_headers, http_status_code } = await this.#client.exec({
        query: request.sql,
        query_id: request.queryId,
        clickhouse_settings: { ...request.settings },
        abort_signal: request.signal,
        ignore_error_response: true,
        ...(bodyPath === undefined
          ? {}
          : { values: createReadStream(bodyPath, { highWaterMark: READ_BYTES }) }),
      });
      const body = await readBody(stream, request.answerBytesMax, request.signal);
      const status = http_status_code ?? 0;
      const tag = header(response_headers, 'x-clickhouse-exception-tag');
      const code = header(response_headers, 'x-clickhouse-exception-code');
      return interpret(body, status, tag, code);
    } catch (cause) {
      return { kind: 'broken', reason: connectionWords(cause, this.url) ?? reasonOf(cause) };
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

type Body = { readonly bytes: Buffer; readonly tooLong: boolean; readonly broken: string | undefined };

async function readBody(stream: Readable, bytesMax: number, signal: AbortSignal): Promise<Body> {
  const chunks: Buffer[] = [];
  let length = 0;
  const onAbort = (): void => void stream.destroy(new Error('The statement was given up'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > bytesMax) {
        stream.destroy();
        return { bytes: Buffer.alloc(0), tooLong: true, broken: undefined };
      }
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks), tooLong: false, broken: undefined };
  } catch (cause) {
    // What came before the break may hold the exception that explains it.
    return { bytes: Buffer.concat(chunks), tooLong: false, broken: reasonOf(cause) };
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function interpret(
  { bytes, tooLong, broken }: Body,
  status: number,
  tag: string | undefined,
  code: string | undefined,
): ServerReply {
  if (tooLong)
    return { kind: 'exception', code: TOO_MANY_BYTES, message: 'The answer is longer than allowed' };
  const failed = status < 200 || status > 299 || code !== undefined;
  if (failed) {
    const text = bytes.toString('utf8').trim();
    const number = code === undefined ? codeIn(text) : Number(code);
    if (number !== undefined) return { kind: 'exception', code: number, message: text };
    return {
      kind: 'broken',
      reason: `HTTP status ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}`,
    };
  }
  const exception = findException(bytes, tag);
  if (exception !== undefined) return exception;
  if (broken !== undefined) return { kind: 'broken', reason: broken };
  return { kind: 'answer', bytes };
}

/** The exception that a server wrote behind an answer it could not finish. */
function findException(bytes: Buffer, tag: string | undefined): ServerReply | undefined {
  const tail = bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES));
  if (tag !== undefined) {
    const mark = `__exception__\r\n${tag}\r\n`;
    const at = tail.lastIndexOf(mark);
    if (at < 0) return undefined;
    const text = tail.toString('utf8', at + mark.length);
    const message = text.replace(/\r?\n\d+ [^\n]*\r\n__exception__\s*$/, '');
    return { kind: 'exception', code: codeIn(message) ?? 0, message };
  }
  // Before the tagged form the text simply follows the rows. A row may hold such words too: then, and only
  // then, the bytes are whole blocks.
  const at = tail.lastIndexOf('Code: ');
  if (at < 0) return undefined;
  const message = tail.toString('utf8', at).trim();
  const code = codeIn(message);
  if (code === undefined || decodeNative(bytes).ok) return undefined;
  return { kind: 'exception', code, message };
}

function codeIn(text: string): number | undefined {
  const found = /Code: (\d+)\. DB::\w*Exception/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function header(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The words of a network error; those of several addresses that were tried stand in its parts. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  if (cause instanceof Error) return cause.message.trim() === '' ? cause.name : cause.message;
  return String(cause);
}
