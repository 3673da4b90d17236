// One HTTP service of the shop: listens on a free port of the loopback interface, answers its routes in JSON,
// logs each refusal and failure, and stops gracefully. It knows the OpenTelemetry API only; without an SDK in the
// process every call to it does nothing.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { getRPCMetadata } from '@opentelemetry/core';
import { type Logger, pino } from 'pino';
import type { ServiceName } from '../services.ts';
import { liveAsChild, sayReady } from './child.ts';
import { HttpProblem } from './http-problem.ts';
import { matchRoute, type Route } from './route.ts';

const bodyBytesMax = 64 * 1024;

export interface Service {
  readonly name: ServiceName;
  readonly routes: readonly Route[];
  /** Closes what the service holds besides its listener. */
  readonly stop?: () => Promise<void>;
  /** Called each time that peers or faults have changed. */
  readonly onState?: () => void;
  /** Headers to add to every answer. */
  readonly headers?: () => Record<string, string>;
}

/** The log of a service, written to its standard output and, by the SDK, over OTLP. */
export function createLog(name: ServiceName): Logger {
  return pino({ name, level: process.env['SHOP_LOG_LEVEL'] ?? 'info' });
}

/** Runs the service until the parent asks it to stop. */
export function runService(service: Service, log: Logger): void {
  const server = createServer((request, response) => {
    void answer(service, log, request, response);
  });
  // Callers keep connections open for some seconds; a longer time here never closes one under a request.
  server.keepAliveTimeout = 30_000;
  liveAsChild(async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeIdleConnections();
    });
    await service.stop?.();
  }, service.onState);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    log.info({ port }, `${service.name} listens`);
    sayReady(`http://127.0.0.1:${port}`);
  });
}

async function answer(
  service: Service,
  log: Logger,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const matched = matchRoute(service.routes, request.method ?? 'GET', url.pathname);
  const headers = { 'content-type': 'application/json', ...service.headers?.() };
  try {
    if (matched === undefined) throw new HttpProblem(404, `no route ${request.method} ${url.pathname}`);
    // The HTTP instrumentation names the server span after this route once the response ends.
    const metadata = getRPCMetadata(context.active());
    if (metadata !== undefined) metadata.route = matched.route.path;
    const body = await readJson(request);
    const reply = await matched.route.handle({ params: matched.params, query: url.searchParams, body });
    response.writeHead(reply.status ?? 200, headers).end(JSON.stringify(reply.body));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const status = error instanceof HttpProblem ? error.status : 500;
    if (status >= 500) {
      const span = trace.getActiveSpan();
      span?.recordException(error);
      span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      log.error(
        { err: error, status, path: url.pathname },
        `${request.method} ${url.pathname} failed: ${error.message}`,
      );
    } else {
      log.warn({ status, path: url.pathname }, `${request.method} ${url.pathname} refused: ${error.message}`);
    }
    response.writeHead(status, headers).end(JSON.stringify({ error: error.message }));
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new HttpProblem(413, `the body is longer than ${bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  if (bytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new HttpProblem(400, 'the body is not JSON', { cause });
  }
}
