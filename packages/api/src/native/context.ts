/** What the routes of the native API work with; nothing here is global. */
import type { Clock, Result } from '@tracewright/std';
import type { Reader } from '@tracewright/storage';
import type { StatusSource } from '../status.ts';

export type NativeContext = {
  readonly reader: Reader;
  readonly status: StatusSource;
  /** Puts a quarantined segment back into the queue; `not-found` for one that is not there. */
  readonly retryQuarantined: (segment: string) => Promise<Result<undefined>>;
  readonly tenant: string;
  readonly clock: Clock;
  readonly version: string;
};
