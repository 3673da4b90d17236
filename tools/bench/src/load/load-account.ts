// The accounts of a load: each span sent stands in exactly one column, and
// sent = accepted + rejected + refused + failed + lost. Latencies are of accepted requests, plus those that an
// open loop could not start in time.

import { Histogram, type HistogramSummary } from './histogram.ts';
import type { Outcome } from './outcome.ts';

export type LoadAccounts = {
  readonly requests: number;
  readonly sentSpans: number;
  readonly acceptedSpans: number;
  /** Turned down by a partial success. */
  readonly rejectedSpans: number;
  /** Answered with "later". */
  readonly refusedSpans: number;
  /** Answered with "never". */
  readonly failedSpans: number;
  /** No answer: the connection broke or the time ran out. */
  readonly lostSpans: number;
};

export type LoadProblem = { readonly count: number; readonly what: string };

export class LoadAccount {
  readonly #latency = new Histogram();
  readonly #problems = new Map<string, number>();
  readonly #acceptedPerSecond: number[] = [];
  /** Numbers of the batches that were accepted whole, in the order of their answers. */
  readonly acceptedBatches: number[] = [];
  #requests = 0;
  #sent = 0;
  #accepted = 0;
  #rejected = 0;
  #refused = 0;
  #failed = 0;
  #lost = 0;

  /** Counts one answered request. `elapsedMs` is the time since the start of the run. */
  record(outcome: Outcome, batch: number, spans: number, latencyMs: number, elapsedMs: number): void {
    this.#requests++;
    this.#sent += spans;
    switch (outcome.kind) {
      case 'accepted': {
        const rejected = Math.min(spans, Math.max(0, outcome.rejectedSpans));
        this.#accepted += spans - rejected;
        this.#rejected += rejected;
        if (rejected === 0) this.acceptedBatches.push(batch);
        else this.#problem(`rejected: ${outcome.message}`);
        this.#latency.record(latencyMs);
        const second = Math.floor(elapsedMs / 1_000);
        while (this.#acceptedPerSecond.length <= second) this.#acceptedPerSecond.push(0);
        this.#acceptedPerSecond[second] = (this.#acceptedPerSecond[second] ?? 0) + spans - rejected;
        break;
      }
      case 'refused':
        this.#refused += spans;
        this.#problem(`refused (${outcome.status}): ${outcome.message}`);
        break;
      case 'failed':
        this.#failed += spans;
        this.#problem(`failed (${outcome.status}): ${outcome.message}`);
        break;
      case 'lost':
        this.#lost += spans;
        this.#problem(`lost: ${outcome.message}`);
        break;
    }
  }

  /** Counts the waiting of a request that was due but never sent; its real latency would be longer still. */
  recordMissed(waitedMs: number): void {
    this.#latency.record(waitedMs);
  }

  get accounts(): LoadAccounts {
    return {
      requests: this.#requests,
      sentSpans: this.#sent,
      acceptedSpans: this.#accepted,
      rejectedSpans: this.#rejected,
      refusedSpans: this.#refused,
      failedSpans: this.#failed,
      lostSpans: this.#lost,
    };
  }

  get latency(): HistogramSummary {
    return this.#latency.summary();
  }

  /** Accepted spans in each second of the run, by the time of the answer. */
  get acceptedPerSecond(): readonly number[] {
    return this.#acceptedPerSecond;
  }

  /** What went wrong, most frequent first. */
  get problems(): readonly LoadProblem[] {
    return [...this.#problems]
      .map(([what, count]) => ({ count, what }))
      .sort((left, right) => right.count - left.count)
      .slice(0, 10);
  }

  #problem(what: string): void {
    // Messages may hold ids; beyond some different ones they are counted together.
    const key = this.#problems.has(what) || this.#problems.size < 50 ? what : 'others';
    this.#problems.set(key, (this.#problems.get(key) ?? 0) + 1);
  }
}
