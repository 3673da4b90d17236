/**
 * The surfaces of port 16686 as one request handler: the native API, Jaeger's legacy JSON API and the page.
 * Listening, Host and Origin are the business of whoever mounts it.
 */
import type { ByteBudget } from '@tracewright/http';
import type { Clock, Result } from '@tracewright/std';
import { ReadBudget, type Reader } from '@tracewright/storage';
import { type ApiAnswer, type ApiRequest, textAnswer } from './exchange.ts';
import type { JaegerContext } from './jaeger/context.ts';
import { answerJaeger } from './jaeger/routes.ts';
import { ANSWERS_BYTES_MAX } from './limits.ts';
import type { Maintenance } from './maintenance.ts';
import { NATIVE_BASE } from './native/addresses.ts';
import type { NativeContext } from './native/context.ts';
import { nativeRouteList } from './native/routes.ts';
import { answerPage, type PageContext } from './page/answer-page.ts';
import { answerRoute } from './router.ts';
import { type NodeHandler, serve } from './serve.ts';
import type { StatusSource } from './status.ts';

export type ApiOptions = {
  readonly reader: Reader;
  readonly status: StatusSource;
  readonly retryQuarantined: (segment: string) => Promise<Result<undefined>>;
  readonly maintenance?: Maintenance;
  /** Whether whoever gets here has shown a token. */
  readonly asksForToken?: boolean;
  readonly tenant: string;
  readonly clock: Clock;
  readonly version: string;
  /** How far Jaeger's API may move spans of hosts whose clocks differ; 0, the default, moves none. */
  readonly maxClockSkewMs?: number;
  /** Whether senders must show a token: the page tells how. */
  readonly sendNeedsToken?: boolean;
  readonly bodyBudget?: ByteBudget;
  /** What all answers may take together; a budget of the usual size without it. */
  readonly answerBudget?: ReadBudget;
  readonly onFault?: (error: unknown) => void;
};

export function createApi(options: ApiOptions): NodeHandler {
  const native: NativeContext = {
    reader: options.reader,
    status: options.status,
    retryQuarantined: options.retryQuarantined,
    maintenance: options.maintenance,
    asksForToken: options.asksForToken ?? false,
    tenant: options.tenant,
    clock: options.clock,
    version: options.version,
  };
  const jaeger: JaegerContext = {
    reader: options.reader,
    tenant: options.tenant,
    clock: options.clock,
    maxClockSkewNano: BigInt(Math.trunc(options.maxClockSkewMs ?? 0)) * 1_000_000n,
  };
  const page: PageContext = {
    reader: options.reader,
    status: options.status,
    tenant: options.tenant,
    clock: options.clock,
    sendNeedsToken: options.sendNeedsToken ?? false,
  };
  const answer = async (request: ApiRequest): Promise<ApiAnswer> => {
    if (request.path === NATIVE_BASE || request.path.startsWith(`${NATIVE_BASE}/`)) {
      return answerRoute(nativeRouteList(), NATIVE_BASE, request, native);
    }
    if (request.path.startsWith('/api/')) return answerJaeger(request, jaeger);
    if (request.path !== '/') return textAnswer(404, '404 page not found');
    if (request.method === 'GET' || request.method === 'HEAD') return answerPage(request, page);
    return { status: 405, headers: { allow: 'GET, HEAD' }, body: undefined };
  };
  return serve(answer, {
    answerBudget: options.answerBudget ?? new ReadBudget(ANSWERS_BYTES_MAX),
    ...(options.onFault === undefined ? {} : { onFault: options.onFault }),
    ...(options.bodyBudget === undefined ? {} : { bodyBudget: options.bodyBudget }),
  });
}
