/** Starts the API on a free port over rows in memory, as the program would mount it. */
import { err, failure, ok } from '@tracewright/std';
import { type ApiOptions, createApi } from '../create-api.ts';
import { listen } from './listen.ts';
import { createMemoryReader, type MemoryRows } from './memory-reader.ts';
import { statusReport } from './status-report.ts';

export type StartedApi = AsyncDisposable & { readonly url: string; readonly faults: readonly unknown[] };

/** Now, for every test: 2023-11-14T22:13:30Z, ten seconds after the default span. */
export const NOW_MS = 1_700_000_010_000;

export async function startApi(
  rows: Partial<MemoryRows>,
  options: Partial<ApiOptions> = {},
): Promise<StartedApi> {
  const faults: unknown[] = [];
  const handler = createApi({
    reader: createMemoryReader({ spans: rows.spans ?? [], logs: rows.logs ?? [] }),
    status: async () => statusReport(),
    retryQuarantined: async (segment) =>
      segment === 's-1'
        ? ok(undefined)
        : err(failure('not-found', `There is no quarantined segment ${segment}`)),
    tenant: '',
    clock: { nowMs: () => NOW_MS, monotonicMs: () => 0 },
    version: '0.1.0',
    onFault: (error) => faults.push(error),
    ...options,
  });
  const listening = await listen(handler);
  return { url: listening.url, faults, [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() };
}
