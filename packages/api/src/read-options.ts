/** How a request is read for: as long as its client waits, on its account; its time is the reader's. */
import type { ReadOptions } from '@tracewright/storage';
import type { ApiRequest } from './exchange.ts';

export function readOptions({ signal, account }: ApiRequest): ReadOptions {
  return { signal, account };
}
