/**
 * Follow: which records of one poll are new, when polls overlap.
 *
 * A record may arrive later than a younger one, so each poll looks back over a window of time that was looked at
 * before. What was printed is remembered for as long as the window can show it again. Records that are equal in
 * everything are counted: a second one is new when two are there and one was printed.
 */
import type { LogJson } from '@tracewright/api/client';
import { timeOf } from './log-text.ts';

/** How late a record may arrive and still be seen. */
export const lookBackNano = 15_000_000_000n;

export class FollowedLogs {
  readonly #printed: Map<string, { count: number; readonly at: bigint }> = new Map();
  #newest: bigint;

  /** Records older than `start` are never asked for. */
  constructor(start: bigint) {
    this.#newest = start;
  }

  /** Where the next poll begins. */
  get from(): bigint {
    return this.#newest > lookBackNano ? this.#newest - lookBackNano : 0n;
  }

  /** `logs` are all records from `from` on. Returns those not returned before, in their order. */
  take(logs: readonly LogJson[], nowNano: bigint): readonly LogJson[] {
    const seen = new Map<string, number>();
    const fresh: LogJson[] = [];
    for (const log of logs) {
      const key = JSON.stringify(log);
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      const before = this.#printed.get(key);
      if (count <= (before?.count ?? 0)) continue;
      const at = timeOf(log);
      this.#printed.set(key, { count, at });
      fresh.push(log);
      // A clock that is ahead must not push the window past what others still send.
      if (at > this.#newest && at <= nowNano) this.#newest = at;
    }
    for (const [key, { at }] of this.#printed) if (at < this.from) this.#printed.delete(key);
    return fresh;
  }
}
