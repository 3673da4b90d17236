/**
 * Counters: what one receiver has seen since the process started, as its `check` tells it. The program's accounts
 * are kept behind `Ingest`; these here are the receiver's own view, from the side of the socket.
 */
import type { Acceptance } from '@tracewright/model';

export class Counters {
  requests = 0;
  accepted = 0;
  rejected = 0;
  refused = 0;
  discarded = 0;
  #lastRequestAt: number | undefined;

  request(nowMs: number): void {
    this.requests++;
    this.#lastRequestAt = nowMs;
  }

  answered(acceptance: Acceptance): void {
    this.accepted += acceptance.accepted;
    this.rejected += acceptance.rejected;
  }

  /** The fields of a component's status that are counted. */
  status(): {
    requests: number;
    accepted: number;
    rejected: number;
    refused: number;
    discarded: number;
    lastRequestAt?: number;
  } {
    const { requests, accepted, rejected, refused, discarded } = this;
    const counted = { requests, accepted, rejected, refused, discarded };
    return this.#lastRequestAt === undefined ? counted : { ...counted, lastRequestAt: this.#lastRequestAt };
  }
}
