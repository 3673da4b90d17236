/**
 * What the terminal asks a server for: the native HTTP API, as typed calls.
 *
 * A failure is a value and says what to do: whether nobody listens, another program does, or a token is missing.
 * Texts in the answers come from strangers and pass `visible` before they are printed.
 */
import { err, type FailureCode, failure, ok, type Result } from '@tracewright/std';
import type { OtlpAnswer } from './otlp-json.ts';

export interface ServiceCount {
  readonly name: string;
  readonly spans: number;
  readonly errors: number;
}

export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startUnixNano: string;
  readonly durationNano: string;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly ServiceCount[];
  readonly matchedUnixNano: string;
}

export interface SpanSummary {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly startUnixNano: string;
  readonly durationNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface LogLine {
  readonly timeUnixNano: string;
  readonly observedUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly service: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface OperationName {
  readonly service: string;
  readonly name: string;
  readonly kind: string;
}

export interface SignalAccount {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly stored: number;
  readonly inFlight: number;
  readonly quarantined: number;
  readonly sampledOut: number;
}

export interface ServerStatus {
  readonly version: string;
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly dataPath: string;
  readonly ready: boolean;
  readonly accounts: {
    readonly spans: SignalAccount;
    readonly logs: SignalAccount;
    readonly rejectedByReason: readonly {
      readonly signal: string;
      readonly receiver: string;
      readonly reason: string;
      readonly count: number;
    }[];
    readonly discarded: { readonly metricsRequests: number };
  };
  readonly receivers: readonly {
    readonly id: string;
    readonly endpoint: string;
    readonly listening: boolean;
    readonly error?: string;
    readonly requests: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly lastRequestAt?: string;
  }[];
  readonly wal: {
    readonly segmentsOpen: number;
    readonly segmentsWaiting: number;
    readonly bytesWaiting: number;
    readonly oldestWaitingMs?: number;
    readonly quarantined: readonly {
      readonly segment: string;
      readonly reason: string;
      readonly rows: number;
    }[];
  };
  readonly storage: {
    readonly engine: string;
    readonly state: string;
    readonly tables: readonly {
      readonly table: string;
      readonly rows: number;
      readonly bytesOnDisk: number;
      readonly parts: number;
      readonly oldestArrival?: string;
    }[];
    readonly diskFreeBytes?: number;
  };
  readonly lagMs: number;
}

/** Parameters as the API names them; undefined ones are left out, lists are repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Client {
  readonly url: string;
  trace(id: string, query: Query): Promise<Result<OtlpAnswer>>;
  searchTraces(
    query: Query,
  ): Promise<Result<{ readonly traces: readonly TraceSummary[]; readonly next?: string }>>;
  searchSpans(
    query: Query,
  ): Promise<Result<{ readonly spans: readonly SpanSummary[]; readonly next?: string }>>;
  logs(query: Query): Promise<Result<{ readonly logs: readonly LogLine[]; readonly next?: string }>>;
  services(): Promise<Result<{ readonly services: readonly string[] }>>;
  operations(service?: string): Promise<Result<{ readonly operations: readonly OperationName[] }>>;
  status(): Promise<Result<ServerStatus>>;
}

export interface ClientOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const defaultTimeoutMs = 60_000;

export function createClient(options: ClientOptions): Client {
  const url = options.url.replace(/\/+$/, '');
  const get = <T>(path: string, field: string, query: Query = {}): Promise<Result<T>> =>
    ask<T>(`${url}/api/tracewright/v1/${path}${queryText(query)}`, field, { ...options, url });
  return {
    url,
    trace: (id, query) => get(`traces/${encodeURIComponent(id)}`, 'resourceSpans', query),
    searchTraces: (query) => get('search', 'traces', query),
    searchSpans: (query) => get('search', 'spans', { ...query, of: 'spans' }),
    logs: (query) => get('logs', 'logs', query),
    services: () => get('services', 'services'),
    operations: (service) => get('operations', 'operations', { service }),
    status: () => get('status', 'accounts'),
  };
}

/** `field` must be in the answer: it tells a Tracewright server from another program on the port. */
async function ask<T>(address: string, field: string, options: ClientOptions): Promise<Result<T>> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(address, { headers, signal });
    const text = await response.text();
    body = parseJson(text);
  } catch (cause) {
    if (options.signal?.aborted === true) return err(failure('cancelled', 'Stopped'));
    if (timeout.aborted) return err(failure('deadline', `${options.url} did not answer in time`));
    return err(unreachable(options.url, cause));
  }
  if (!response.ok) return err(refusal(response, body, options.url));
  if (typeof body !== 'object' || body === null || !(field in body)) return err(foreign(options.url));
  return ok(body as T);
}

function refusal(response: Response, body: unknown, url: string) {
  const told = isErrorBody(body) ? body.error : undefined;
  const { status } = response;
  if (status === 401 || status === 403) {
    const reason = told?.message ?? (status === 401 ? 'a token is needed' : 'this token may not do that');
    return failure(
      status === 401 ? 'unauthenticated' : 'forbidden',
      `${url} refuses: ${reason}; give one with --token or TRACEWRIGHT_TOKEN`,
    );
  }
  if (told === undefined) {
    if (status < 500) return foreign(url);
    return failure('unavailable', `${url} failed with status ${status}`);
  }
  const place = told.field === undefined ? '' : ` (${told.field})`;
  return failure(codeOf(status), `${told.message}${place}`);
}

function codeOf(status: number): FailureCode {
  if (status === 404) return 'not-found';
  if (status === 408 || status === 504) return 'deadline';
  if (status === 429) return 'overloaded';
  if (status === 499) return 'cancelled';
  if (status === 503) return 'unavailable';
  return status < 500 ? 'invalid' : 'internal';
}

function foreign(url: string) {
  return failure(
    'unsupported',
    `What listens at ${url} is no Tracewright server; name another with --server`,
  );
}

function unreachable(url: string, cause: unknown) {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'the name is not known',
    EAI_AGAIN: 'the name cannot be looked up now',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
  };
  const reason = known[code] ?? (inner instanceof Error && inner.message !== '' ? inner.message : code);
  return failure(
    'unavailable',
    `Cannot reach ${url}: ${reason}; start a server with "tracewright serve", or name another with --server`,
  );
}

function isErrorBody(
  body: unknown,
): body is { readonly error: { readonly message: string; readonly field?: string } } {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return (
    typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue;
    for (const one of typeof value === 'object' ? value : [String(value)]) parameters.append(name, one);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
