/** What the routes of Jaeger's legacy API work with. */
import type { Clock } from '@tracewright/std';
import type { Reader } from '@tracewright/storage';
import type { ApiAnswer, ApiRequest } from '../exchange.ts';
import type { AdjustOptions } from './adjust-trace.ts';

export type JaegerContext = AdjustOptions & {
  readonly reader: Reader;
  readonly tenant: string;
  readonly clock: Clock;
};

/** `path` holds the parts in braces, decoded once. */
export type JaegerRoute = {
  readonly address: { readonly method: 'GET'; readonly path: string };
  readonly handle: (
    request: ApiRequest,
    path: Readonly<Record<string, string>>,
    context: JaegerContext,
  ) => Promise<ApiAnswer>;
};

/** Any value but nothing and `false` asks for indentation. */
export function isPretty(request: ApiRequest): boolean {
  const value = request.query.get('prettyPrint') ?? '';
  return value !== '' && value !== 'false';
}
