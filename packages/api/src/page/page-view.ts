/** What the page shows: gathered once per request, and never waited for long. */

import { NANO_MAX } from '@tracewright/query';
import type { Reader, TraceHit } from '@tracewright/storage';
import type { StatusReport } from '../status.ts';

export type PageView = {
  readonly status: StatusReport;
  /** Undefined while the store cannot say. */
  readonly services: readonly string[] | undefined;
  readonly traces: readonly TraceHit[] | undefined;
  readonly nowMs: number;
  /** Where the reader of the page reached it: `http://localhost:16686`. */
  readonly origin: string;
  readonly sendHttp: string;
  readonly sendGrpc: string;
  readonly sendNeedsToken: boolean;
};

/** The page comes in any case; what the store does not say in time stays away. */
const READ_DEADLINE_MS = 1000;
export const TRACES_SHOWN = 8;

export async function readLists(
  reader: Reader,
  tenant: string,
  signal: AbortSignal,
): Promise<Pick<PageView, 'services' | 'traces'>> {
  const options = { signal, deadlineMs: READ_DEADLINE_MS };
  const [services, traces] = await Promise.all([
    reader.services(tenant, options),
    reader.searchTraces(
      {
        kind: 'traceSearch',
        tenant,
        fromNano: 0n,
        toNano: NANO_MAX,
        where: { kind: 'and', of: [] },
        limit: TRACES_SHOWN,
      },
      options,
    ),
  ]);
  return {
    services: services.ok ? services.value : undefined,
    traces: traces.ok ? traces.value.traces : undefined,
  };
}

/**
 * Where to send: the endpoint of the receiver, as one can reach it from where the page was opened. A listener
 * on all addresses is reached by the name that reached this page.
 */
export function sendEndpoint(
  status: StatusReport,
  id: RegExp,
  pageHost: string,
  fallbackPort: number,
): string {
  const endpoint = status.receivers.find((receiver) => id.test(receiver.id))?.endpoint;
  const text = endpoint === undefined ? `http://${pageHost}:${fallbackPort}` : endpoint;
  const full = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(full)) return full;
  const url = new URL(full);
  const everywhere = url.hostname === '0.0.0.0' || url.hostname === '[::]';
  const host = everywhere ? pageHost : url.hostname;
  return `${url.protocol}//${host}:${url.port === '' ? fallbackPort : url.port}`;
}
