/**
 * The typed client of the native API, derived from its routes: one function per route, named by its id.
 *
 * Runs wherever `fetch` does. A failure is a value with the server's own code and words; only a programmer's
 * mistake throws.
 */
import { err, type FailureCode, failure, ok, type Result } from '@tracewright/std';
import type { ErrorJson, RouteFailure } from './failures.ts';
import { NATIVE_ADDRESSES, NATIVE_BASE, type NativeRouteId } from './native/addresses.ts';
import type { NativeRoutes } from './native/routes.ts';
import type { Route } from './route.ts';

export type { PartVerdictJson, StoreOverviewJson } from './maintenance.ts';
export type {
  LogJson,
  LogsJson,
  OperationJson,
  OperationsJson,
  SearchJson,
  ServicesJson,
  SpanHitJson,
  TraceHitJson,
  TraceJson,
} from './native/answers.ts';
export type { StatusReport } from './status.ts';

export type ClientOptions = {
  /** `http://127.0.0.1:16686`; a path in it stays in front of the API's own. */
  readonly url: string;
  readonly token?: string;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof fetch;
};

export type CallOptions = { readonly signal?: AbortSignal };
export type ClientFailure = RouteFailure & { readonly status?: number };

type InputOf<R> = R extends Route<infer Input, infer _Answer, infer _Context> ? Input : never;
type AnswerOf<R> = R extends Route<infer _Input, infer Answer, infer _Context> ? Answer : never;

export type Client = {
  readonly [Id in NativeRouteId]: (
    input: InputOf<NativeRoutes[Id]>,
    options?: CallOptions,
  ) => Promise<Result<AnswerOf<NativeRoutes[Id]>, ClientFailure>>;
};

export function createClient(options: ClientOptions): Client {
  const call =
    (id: NativeRouteId) =>
    async (
      input: Readonly<Record<string, unknown>>,
      callOptions: CallOptions = {},
    ): Promise<Result<unknown, ClientFailure>> => {
      const { method, path } = NATIVE_ADDRESSES[id];
      const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
        const value = String(rest.get(name) ?? '');
        rest.delete(name);
        return encodeURIComponent(value);
      });
      const url = new URL(options.url.replace(/\/+$/, '') + NATIVE_BASE + filled);
      const headers: Record<string, string> = { accept: 'application/json' };
      if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
      let body: string | undefined;
      if (method === 'GET') {
        for (const [name, value] of rest) {
          for (const each of Array.isArray(value) ? value : [value])
            url.searchParams.append(name, String(each));
        }
      } else if (rest.size > 0) {
        headers['content-type'] = 'application/json';
        body = JSON.stringify(Object.fromEntries(rest), (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
      }
      return request(options.fetch ?? fetch, url, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        ...(callOptions.signal === undefined ? {} : { signal: callOptions.signal }),
      });
    };
  const ids = Object.keys(NATIVE_ADDRESSES) as NativeRouteId[];
  // Each function has the types of its route; the table of addresses has exactly the ids of the routes.
  return Object.fromEntries(ids.map((id) => [id, call(id)])) as unknown as Client;
}

async function request(
  fetcher: typeof fetch,
  url: URL,
  init: RequestInit,
): Promise<Result<unknown, ClientFailure>> {
  try {
    const response = await fetcher(url, init);
    const text = await response.text();
    if (!response.ok) return err(refusal(response.status, text, url));
    return readJson(text, url);
  } catch (cause) {
    if (init.signal?.aborted === true)
      return err(failure('cancelled', 'The request was cancelled', { cause }));
    const why = reason(cause);
    return err(failure('unavailable', `Cannot reach ${url.origin}: ${why}`, { cause }));
  }
}

function readJson(text: string, url: URL): Result<unknown, ClientFailure> {
  try {
    return ok(JSON.parse(text));
  } catch (cause) {
    return err(failure('internal', `${url.origin} answered with something that is not JSON`, { cause }));
  }
}

/** `fetch failed` says nothing; what lies beneath does. */
function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause;
  if (inner instanceof AggregateError && inner.errors[0] instanceof Error) return inner.errors[0].message;
  return inner instanceof Error ? inner.message : cause.message;
}

const CODES: Readonly<Record<string, FailureCode>> = {
  invalid: 'invalid',
  'too-large': 'too-large',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  'not-found': 'not-found',
  unsupported: 'unsupported',
  overloaded: 'overloaded',
  unavailable: 'unavailable',
  deadline: 'deadline',
  cancelled: 'cancelled',
  resource: 'resource',
  internal: 'internal',
};

function refusal(status: number, text: string, url: URL): ClientFailure {
  const error = readError(text);
  if (error === undefined) {
    const words = text.trim().slice(0, 200);
    return {
      ...failure(
        status === 401 ? 'unauthenticated' : 'internal',
        `${url.origin} answered ${status}${words === '' ? '' : `: ${words}`}`,
      ),
      status,
    };
  }
  const { code, message, field, position, length, expected, suggestion } = error;
  return {
    ...failure(CODES[code] ?? 'internal', message),
    status,
    ...(field === undefined ? {} : { field }),
    ...(position === undefined
      ? {}
      : {
          query: {
            position,
            length: length ?? 0,
            ...(expected === undefined ? {} : { expected }),
            ...(suggestion === undefined ? {} : { suggestion }),
          },
        }),
  };
}

function readError(text: string): ErrorJson['error'] | undefined {
  try {
    const json = JSON.parse(text) as Partial<ErrorJson>;
    return typeof json.error?.message === 'string' && typeof json.error.code === 'string'
      ? json.error
      : undefined;
  } catch {
    return undefined;
  }
}
