/** What the routes of the native API work with; nothing here is global. */
import type { Clock, Result } from '@tracewright/std';
import type { Reader } from '@tracewright/storage';
import type { Maintenance } from '../maintenance.ts';
import type { StatusSource } from '../status.ts';

export type NativeContext = {
  readonly reader: Reader;
  readonly status: StatusSource;
  /** Puts a quarantined segment back into the queue; `not-found` for one that is not there. */
  readonly retryQuarantined: (segment: string) => Promise<Result<undefined>>;
  /** What operators' commands ask for; undefined where there is nothing of it. */
  readonly maintenance: Maintenance | undefined;
  /** Whoever gets here has shown a token. */
  readonly asksForToken: boolean;
  readonly tenant: string;
  readonly clock: Clock;
  readonly version: string;
};
