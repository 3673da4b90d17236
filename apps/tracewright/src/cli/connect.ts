/**
 * From a call of the command line to the server's API: where it is, how long to wait, and what a failure means
 * to the person who typed the command.
 *
 * Texts in the answers come from strangers and pass `visible` before they are printed.
 */
import { type CallOptions, type Client, type ClientFailure, createClient } from '@tracewright/api/client';
import { type Failure, failure, type Result } from '@tracewright/std';
import { displayWidth, visible } from './display-text.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export const defaultServerUrl = 'http://127.0.0.1:16686';
const defaultTimeoutMs = 60_000;

export interface ServerChoice {
  readonly terminal: Pick<Terminal, 'env'>;
  readonly options: { readonly server: string | undefined; readonly token: string | undefined };
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface Connection {
  readonly url: string;
  /** Asks through the typed client; `field` must be in the answer, which other programs' answers lack. */
  ask<T extends object>(
    field: keyof T & string,
    question: (client: Client, options: CallOptions) => Promise<Result<T, ClientFailure>>,
    options?: AskOptions,
  ): Promise<Result<T>>;
}

/** The server by flag, then by variable, then at its usual place. */
export function connect({ terminal, options }: ServerChoice): Connection {
  const { env } = terminal;
  const url = (options.server || env['TRACEWRIGHT_SERVER'] || defaultServerUrl).replace(/\/+$/, '');
  const token = options.token ?? (env['TRACEWRIGHT_TOKEN'] || undefined);
  return {
    url,
    ask: async (field, question, { signal, timeoutMs = defaultTimeoutMs } = {}) => {
      if (!URL.canParse(url))
        return { ok: false, failure: failure('invalid', `${url} is no address of a server`) };
      const client = createClient({ url, ...(token === undefined ? {} : { token }) });
      const timeout = AbortSignal.timeout(timeoutMs);
      const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      const answer = await question(client, { signal: both });
      if (!answer.ok) {
        if (timeout.aborted && signal?.aborted !== true)
          return { ok: false, failure: failure('deadline', `${url} did not answer in time`) };
        return { ok: false, failure: explain(answer.failure, url) };
      }
      return typeof answer.value === 'object' && answer.value !== null && field in answer.value
        ? answer
        : { ok: false, failure: foreign(url) };
    },
  };
}

/** What the person typed for a parameter of the API: `from` may have come from --since. */
export interface Typed {
  readonly flag: string;
  readonly value: string;
}
export type TypedParameters = Readonly<Record<string, Typed | undefined>>;

/** For options named like the API's parameters, except the query and the beginning in time. */
export function typedParameters(options: {
  readonly query: string | undefined;
  readonly since: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly minDuration?: string | undefined;
  readonly maxDuration?: string | undefined;
}): TypedParameters {
  const { since, from } = options;
  const of = (flag: string, value: string | undefined): Typed | undefined =>
    value === undefined ? undefined : { flag, value };
  return {
    q: of('--query', options.query),
    from: since === undefined ? of('--from', from) : of('--since', since),
    to: of('--to', options.to),
    minDuration: of('--min-duration', options.minDuration),
    maxDuration: of('--max-duration', options.maxDuration),
  };
}

/** Says why on stderr, in the words of the command line, and returns the exit code. */
export function reportFailure(
  { terminal }: { readonly terminal: Terminal },
  told: Failure | ClientFailure,
  typed: TypedParameters = {},
): number {
  const { field, query } = told as ClientFailure;
  terminal.stderr.write(`tracewright: ${visible(inFlags(told.message, field, typed))}\n`);
  const expression = typed['q']?.value;
  if (field === 'q' && query !== undefined && expression !== undefined && !/[\r\n\t]/.test(expression)) {
    const { position, length } = query;
    const before = displayWidth(visible(expression.slice(0, position)));
    const wide = displayWidth(visible(expression.slice(position, position + length)));
    const marks = '^'.repeat(Math.max(1, wide));
    terminal.stderr.write(`  ${visible(expression)}\n  ${' '.repeat(before)}${marks}\n`);
  }
  return exitCodeOf(told.code);
}

/** The API begins with its parameter's name; here stand the flag and the value instead. */
function inFlags(message: string, field: string | undefined, typed: TypedParameters): string {
  if (field === undefined) return message;
  const { flag, value } = typed[field] ?? { flag: flagOf(field), value: undefined };
  const rest = message.startsWith(field) ? message.slice(field.length) : undefined;
  if (rest?.startsWith(', ') === true) return `${flag}${rest}`;
  if (rest?.startsWith(' ') !== true) return `${message} (${flag})`;
  return value === undefined ? `${flag}${rest}` : `${flag} ${JSON.stringify(value)}${rest}`;
}

/** The client's words are for programs; a person is told what to do next. */
function explain(told: ClientFailure, url: string): ClientFailure {
  const { status, code, cause } = told;
  if (code === 'unauthenticated' || code === 'forbidden')
    return {
      ...told,
      message: `${url} refuses: ${told.message}; give a token with --token or TRACEWRIGHT_TOKEN`,
    };
  // An answer that is not in the API's words comes from another program, or from a proxy before the server.
  if (cause instanceof SyntaxError || (status !== undefined && status < 500 && code === 'internal'))
    return foreign(url);
  if (status !== undefined || code !== 'unavailable') return told;
  const next = 'start a server with "tracewright serve", or name another with --server';
  return { ...told, message: `Cannot reach ${url}: ${reasonOf(cause) ?? told.message}; ${next}` };
}

function foreign(url: string): ClientFailure {
  return failure(
    'unsupported',
    `What listens at ${url} is no Tracewright server; name another with --server`,
  );
}

function reasonOf(cause: unknown): string | undefined {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const first = inner instanceof AggregateError ? inner.errors[0] : inner;
  const code = first instanceof Error && 'code' in first ? String(first.code) : '';
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'the name is not known',
    EAI_AGAIN: 'the name cannot be looked up now',
    ECONNRESET: 'the connection was cut',
    UND_ERR_SOCKET: 'the connection was cut',
  };
  return known[code] ?? (first instanceof Error ? first.message : undefined);
}

/** The API's parameter as the flag that set it. */
function flagOf(field: string): string {
  if (field === 'q') return '--query';
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
