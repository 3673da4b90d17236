/**
 * Surface: an HTTP port of the program's own, as a component like the receivers: the API, health, metrics.
 */
import {
  createHttpListener,
  createTokenCheck,
  Door,
  type DoorStatus,
  type HttpHandler,
  respond,
} from '@tracewright/http';
import type { Result } from '@tracewright/std';
import type { Log } from './log.ts';

export type Surface = {
  readonly id: string;
  start(): Promise<Result<void>>;
  check(): DoorStatus;
  [Symbol.asyncDispose](): Promise<void>;
};

export type SurfaceOptions = {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Bearer token that callers must show; undefined for everybody. */
  readonly token: string | undefined;
  readonly handler: HttpHandler;
  readonly log: Log;
};

export function createSurface(options: SurfaceOptions): Surface {
  const { id, host, port, log } = options;
  const check = createTokenCheck(options.token);
  const listener = createHttpListener({
    host,
    port,
    portSetting: `${id}.port`,
    guard: { allowedHosts: options.allowedHosts, allowedOrigins: options.allowedOrigins },
    onFault: (fault, request) =>
      log('error', `${id} failed at ${request.method} ${request.url}: ${printFault(fault)}`),
    handler: (request, response, context) => {
      const refusal = check(request.headers.authorization);
      if (refusal === undefined) return options.handler(request, response, context);
      respond(request, response, {
        status: 401,
        headers: { 'content-type': 'application/json', 'www-authenticate': 'Bearer realm="tracewright"' },
        body: JSON.stringify({ error: { code: refusal.code, message: refusal.message } }),
      });
      return undefined;
    },
  });
  const door = new Door(listener, host, port);
  return {
    id,
    start: () => door.open(),
    check: () => door.status(),
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

export function printFault(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}
