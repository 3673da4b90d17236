/**
 * Router: finds the route of a request among a list, reads its input and runs it.
 *
 * HEAD is answered like GET, without a body. A path that is known under another method is 405 with `Allow`.
 */
import { failure } from '@tracewright/std';
import type { ApiAnswer, ApiRequest } from './exchange.ts';
import { failureAnswer } from './failures.ts';
import { type RouteData, readInput } from './route.ts';

export type Match<R> =
  | { readonly kind: 'found'; readonly route: R; readonly path: Readonly<Record<string, string>> }
  | { readonly kind: 'wrong-method'; readonly allow: string }
  | { readonly kind: 'unknown' };

type Addressed = { readonly address: { readonly method: string; readonly path: string } };

/** `path` is still percent-encoded; parts that cannot be decoded match nothing. */
export function matchRoute<R extends Addressed>(
  routes: readonly R[],
  method: string,
  path: string,
): Match<R> {
  const parts = path.split('/');
  const wanted = method === 'HEAD' ? 'GET' : method;
  const allowed: string[] = [];
  for (const route of routes) {
    const values = matchPath(route.address.path.split('/'), parts);
    if (values === undefined) continue;
    if (route.address.method === wanted) return { kind: 'found', route, path: values };
    allowed.push(route.address.method);
  }
  if (allowed.length === 0) return { kind: 'unknown' };
  if (allowed.includes('GET')) allowed.push('HEAD');
  return { kind: 'wrong-method', allow: [...new Set(allowed)].join(', ') };
}

function matchPath(
  pattern: readonly string[],
  parts: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(expected)?.[1];
    if (name === undefined) {
      if (part !== expected) return undefined;
      continue;
    }
    if (part === '') return undefined;
    try {
      values[name] = decodeURIComponent(part);
    } catch {
      return undefined;
    }
  }
  return values;
}

/** Answers from `routes`, whose paths are relative to `base`. */
export async function answerRoute<Context>(
  routes: readonly RouteData<Context>[],
  base: string,
  request: ApiRequest,
  context: Context,
): Promise<ApiAnswer> {
  const found = matchRoute(routes, request.method, request.path.slice(base.length));
  if (found.kind === 'unknown') {
    return failureAnswer(
      failure('not-found', `There is no route ${request.path}; ${base}/openapi.json lists all`),
    );
  }
  if (found.kind === 'wrong-method') {
    const answer = failureAnswer(failure('unsupported', `${request.path} does not answer ${request.method}`));
    return { ...answer, status: 405, headers: { ...answer.headers, allow: found.allow } };
  }
  const input = await readInput(found.route as RouteData<never>, request, found.path);
  if (!input.ok) return failureAnswer(input.failure);
  const answer = await found.route.handle({ input: input.value, request }, context);
  return answer.ok ? answer.value : failureAnswer(answer.failure);
}
