/** The registry of Jaeger's legacy JSON API, and what else lies under `/api/`. */
import type { ApiAnswer, ApiRequest } from '../exchange.ts';
import { textAnswer } from '../exchange.ts';
import { matchRoute } from '../router.ts';
import type { JaegerContext, JaegerRoute } from './context.ts';
import { getTrace } from './get-trace.ts';
import { listOperationNames, listOperations } from './list-operations.ts';
import { listServices } from './list-services.ts';
import { searchTraces } from './search-traces.ts';

export const JAEGER_ROUTES: readonly JaegerRoute[] = [
  listServices,
  listOperationNames,
  listOperations,
  searchTraces,
  getTrace,
];

export async function answerJaeger(request: ApiRequest, context: JaegerContext): Promise<ApiAnswer> {
  const found = matchRoute(JAEGER_ROUTES, request.method, request.path);
  if (found.kind === 'unknown') return textAnswer(404, '404 page not found');
  if (found.kind === 'wrong-method') return { status: 405, headers: { allow: found.allow }, body: undefined };
  return found.route.handle(request, found.path, context);
}
