/** How a request is read for: as long as its client waits, within its time, on its account. */
import type { ReadOptions } from '@tracewright/storage';
import type { ApiRequest } from './exchange.ts';
import { READ_DEADLINE_MS } from './limits.ts';

export function readOptions({ signal, account }: ApiRequest): ReadOptions {
  return { signal, account, deadlineMs: READ_DEADLINE_MS };
}
