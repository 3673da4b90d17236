/**
 * SelfTracer: wraps the API so that each request becomes a span of the service `tracewright`, when asked to.
 * Spans go through the program's own pipeline, or to the OTLP/HTTP endpoint that the settings name.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Span } from '@tracewright/model';
import type { Pipeline } from '@tracewright/pipeline';
import { encodeTracesProtobuf } from '@tracewright/wire';
import type { SettingsValues } from '../settings.ts';
import type { Log } from './log.ts';
import { integer, startSelfTracing, text } from './self-tracing.ts';

export type ApiHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export type SelfTracer = {
  wrap(handler: ApiHandler): ApiHandler;
  stop(): Promise<void>;
};

type SelfTracerParts = { readonly version: string; readonly instance: string; readonly log: Log };

const FLUSH_INTERVAL_MS = 1_000;
const SEND_TIMEOUT_MS = 5_000;
const BODY_BYTES_MAX: number = 64 * 1024 * 1024;

export function selfTracer(values: SettingsValues, pipeline: Pipeline, parts: SelfTracerParts): SelfTracer {
  if (!values.selfTracing.enabled) return { wrap: (handler) => handler, stop: async () => {} };
  const endpoint = values.selfTracing.endpoint;
  const send = endpoint === '' ? sendInside(pipeline, values.tenant.name) : sendOutside(endpoint, parts.log);
  const tracing = startSelfTracing({
    version: parts.version,
    instance: parts.instance,
    send,
    flushIntervalMs: FLUSH_INTERVAL_MS,
  });
  return {
    wrap: (handler) => async (request, response) => {
      const startUnixMs = Date.now();
      const began = performance.now();
      response.on('close', () => {
        const target = new URL(request.url ?? '/', 'http://localhost');
        const route = routeOf(target.pathname);
        const { statusCode } = response;
        const parent = request.headers['traceparent'];
        tracing.record({
          name: `${request.method ?? 'GET'} ${route}`,
          kind: 2,
          startUnixMs,
          durationMs: performance.now() - began,
          attributes: [
            text('http.request.method', request.method ?? 'GET'),
            text('http.route', route),
            text('url.path', target.pathname),
            text('url.query', target.search.slice(1)),
            integer('http.response.status_code', statusCode),
          ],
          ...(statusCode >= 500 ? { error: `HTTP ${statusCode}` } : {}),
          ...(typeof parent === 'string' ? { traceparent: parent } : {}),
        });
      });
      await handler(request, response);
    },
    stop: () => tracing.stop(),
  };
}

/** Ids are taken out of paths, so that names stay few. */
function routeOf(path: string): string {
  return path
    .replace(/\/traces\/[^/]+/, '/traces/{id}')
    .replace(/\/services\/[^/]+\//, '/services/{service}/')
    .replace(/\/quarantine\/[^/]+/, '/quarantine/{segment}');
}

function sendInside(pipeline: Pipeline, tenant: string): (spans: readonly Span[]) => Promise<void> {
  return async (spans) => {
    await pipeline.submit({
      signal: 'traces',
      format: 'otlp/protobuf',
      coding: 'identity',
      body: new Uint8Array(encodeTracesProtobuf(spans)),
      bodyBytesMax: BODY_BYTES_MAX,
      tenant,
      receiver: 'self',
    });
  };
}

function sendOutside(endpoint: string, log: Log): (spans: readonly Span[]) => Promise<void> {
  const url = new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`);
  return async (spans) => {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(encodeTracesProtobuf(spans)),
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      });
      if (!answer.ok) log('warn', `Own spans were refused by ${url.host}: HTTP ${answer.status}`);
    } catch (cause) {
      log('warn', `Own spans could not be sent to ${url.host}: ${String(cause)}`);
    }
  };
}
