/**
 * FrontServer: as much of ClickHouse's HTTP interface as its clients use: who may ask, statements and data in
 * address and body, settings as parameters, compression both ways, the headers of an answer, and failures
 * before the first row and behind it.
 */
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import { EngineException, type FrontEngine } from './front-engine.ts';
import { type Fault, Faults } from './front-faults.ts';
import { type Asked, BadRequest, readParameters, readStatement } from './front-request.ts';

export type FrontServerOptions = {
  readonly engine: FrontEngine;
  readonly user: string;
  readonly password: string;
  /** How an exception behind rows is written: as servers since 25.11 do, or as those before. */
  readonly exceptions: 'tagged' | 'plain';
  /** What it says when it is asked for its version; its own when empty. */
  readonly version: string;
};

const HEADER_BYTES_MAX: number = 1024 * 1024;

export function createFrontServer(options: FrontServerOptions): Server {
  const faults = new Faults();
  return createServer({ maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: 10_000 }, (request, response) => {
    void answer(options, faults, request, response).catch(() => request.socket.destroy());
  });
}

async function answer(
  options: FrontServerOptions,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://front');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  if (url.pathname === '/fault') {
    await orderFault(faults, request, response);
    return;
  }
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  let asked = readParameters(url, header);
  if (asked.queryId === '') asked = { ...asked, queryId: randomUUID() };
  let dataPath: string | undefined;
  try {
    checkUser(options, url, header);
    const inUrl = url.searchParams.get('query') ?? '';
    const early = inUrl === '' ? undefined : faults.take(inUrl);
    if (early?.kind === 'refuse') {
      request.socket.destroy();
      return;
    }
    const statement = await readStatement(request, inUrl, asked, options.engine.folder);
    dataPath = statement.dataPath;
    const fault = early ?? faults.take(statement.sql);
    await run(options, asked, versioned(statement.sql, options.version), fault, request, response);
  } catch (cause) {
    const known = cause instanceof BadRequest || cause instanceof EngineException;
    if (!known) throw cause;
    fail(response, asked, cause.code, cause.message);
  } finally {
    if (dataPath !== undefined) rmSync(dataPath, { force: true });
  }
}

/** A test may have it pass for a server of another age. */
function versioned(sql: string, version: string): string {
  return version === '' ? sql : sql.replaceAll('version()', `'${version}'`);
}

async function orderFault(faults: Faults, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  if (request.method === 'DELETE') faults.clear();
  else faults.add(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Fault);
  response.end('Ok.\n');
}

function checkUser(
  { user, password }: FrontServerOptions,
  url: URL,
  header: (name: string) => string | undefined,
): void {
  const basic = /^Basic (.+)$/i.exec(header('authorization') ?? '')?.[1];
  const [basicUser, ...rest] =
    basic === undefined ? [] : Buffer.from(basic, 'base64').toString('utf8').split(':');
  const givenUser = header('x-clickhouse-user') ?? basicUser ?? url.searchParams.get('user') ?? 'default';
  const givenPassword =
    header('x-clickhouse-key') ??
    (basic === undefined ? (url.searchParams.get('password') ?? '') : rest.join(':'));
  if (givenUser === user && isSame(givenPassword, password)) return;
  throw new BadRequest(
    516,
    'AUTHENTICATION_FAILED',
    `${givenUser}: Authentication failed: password is incorrect, or there is no user with such name`,
  );
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

async function run(
  options: FrontServerOptions,
  asked: Asked,
  sql: string,
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { socket } = request;
  if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms ?? 0));
  if (fault?.kind === 'refuse') return void socket.destroy();
  if (fault?.kind === 'die-before') process.kill(process.pid, 'SIGKILL');
  if (fault?.kind === 'unavailable') {
    response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>503 Service Unavailable</h1>');
    return;
  }
  const tag = randomBytes(8).toString('hex');
  const began = performance.now();
  // An exception before the first bytes still has the status line to itself.
  const held: Uint8Array[] = [];
  let out: Writable | undefined;
  const open = (): Writable => {
    response.writeHead(200, headersOf(asked, options, tag, began, coding(asked, request)));
    return compressed(response, coding(asked, request));
  };
  try {
    for await (const chunk of options.engine.run(sql, asked.format)) {
      if (asked.waitEndOfQuery || fault?.kind === 'half') {
        held.push(chunk);
        continue;
      }
      out ??= open();
      if (!out.write(chunk)) await drained(out, socket);
      if (socket.destroyed) return;
    }
  } catch (cause) {
    if (!(cause instanceof EngineException)) throw cause;
    if (out === undefined) throw cause;
    endWithException(out, cause.message, options.exceptions === 'tagged' ? tag : undefined);
    return;
  }
  if (fault?.kind === 'die-after') process.kill(process.pid, 'SIGKILL');
  if (fault?.kind === 'cut') return void socket.destroy();
  out ??= open();
  for (const chunk of held) {
    if (fault?.kind === 'half') {
      response.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => socket.destroy());
      return;
    }
    out.write(chunk);
  }
  out.end();
}

function coding(asked: Asked, request: IncomingMessage): 'gzip' | 'zstd' | undefined {
  if (!asked.compressAnswer) return undefined;
  const accepted = String(request.headers['accept-encoding'] ?? '');
  return accepted.includes('zstd') ? 'zstd' : accepted.includes('gzip') ? 'gzip' : undefined;
}

function compressed(response: ServerResponse, how: 'gzip' | 'zstd' | undefined): Writable {
  if (how === undefined) return response;
  const packer = how === 'gzip' ? createGzip() : createZstdCompress();
  packer.pipe(response);
  return packer;
}

function headersOf(
  asked: Asked,
  { exceptions }: FrontServerOptions,
  tag: string,
  began: number,
  how: string | undefined,
): Record<string, string> {
  const elapsed = Math.round((performance.now() - began) * 1e6);
  return {
    'content-type': 'application/octet-stream',
    'x-clickhouse-query-id': asked.queryId,
    'x-clickhouse-format': asked.format,
    'x-clickhouse-timezone': 'UTC',
    'x-clickhouse-server-display-name': 'front',
    'x-clickhouse-summary': JSON.stringify({ read_rows: '0', elapsed_ns: String(elapsed) }),
    ...(exceptions === 'tagged' ? { 'x-clickhouse-exception-tag': tag } : {}),
    ...(how === undefined ? {} : { 'content-encoding': how }),
  };
}

function drained(out: Writable, socket: IncomingMessage['socket']): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    out.once('drain', done);
    socket.once('close', done);
  });
}

function endWithException(out: Writable, message: string, tag: string | undefined): void {
  if (tag === undefined) {
    out.end(`${message}\n`);
    return;
  }
  const text = `${message}\n`;
  const marks = `\r\n__exception__\r\n${tag}\r\n`;
  out.end(`${marks}${text}${Buffer.byteLength(text)} ${tag}\r\n__exception__\r\n`);
}

const STATUS: Readonly<Record<number, number>> = { 516: 403, 60: 404, 81: 404, 62: 400, 241: 500, 159: 500 };

function fail(response: ServerResponse, asked: Asked, code: number, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(STATUS[code] ?? 500, {
    'content-type': 'text/plain; charset=UTF-8',
    'x-clickhouse-query-id': asked.queryId,
    'x-clickhouse-exception-code': String(code),
    ...(code === 516 ? { 'www-authenticate': 'Basic realm="ClickHouse server HTTP API"' } : {}),
  });
  response.end(`${message}\n`);
}
