/**
 * From a call of the command line to a client: where the server is, and what a failure becomes.
 */
import type { Failure } from '@tracewright/std';
import { type Client, createClient } from './client.ts';
import { visible } from './display-text.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export const defaultServerUrl = 'http://127.0.0.1:16686';

export interface ServerChoice {
  readonly terminal: Terminal;
  readonly options: { readonly server: string | undefined; readonly token: string | undefined };
}

/** Flag, then variable, then the usual place. */
export function connect({ terminal, options }: ServerChoice, signal?: AbortSignal): Client {
  const { env } = terminal;
  return createClient({
    url: options.server || env['TRACEWRIGHT_SERVER'] || defaultServerUrl,
    token: options.token ?? (env['TRACEWRIGHT_TOKEN'] || undefined),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Says why on stderr and returns the exit code. */
export function reportFailure({ terminal }: { readonly terminal: Terminal }, failure: Failure): number {
  terminal.stderr.write(`tracewright: ${visible(failure.message)}\n`);
  return exitCodeOf(failure.code);
}
