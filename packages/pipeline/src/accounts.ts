/**
 * Accounts: what came in and what became of it, counted once and in one place.
 *
 * Two equations always hold, for spans and for logs, and tests assert them:
 *
 *     received = accepted + rejected
 *     accepted = stored + sampledOut + quarantined + inFlight
 *
 * Rows found in segments of a former life are counted as received and accepted by the receiver `recovered`.
 * Counters start at zero with the process.
 */
import type { Acceptance, Segment } from '@tracewright/model';
import type { Failure } from '@tracewright/std';
import type { Signal } from './ingest.ts';
import { REASONS_MAX } from './limits.ts';

export type SignalAccounts = {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly stored: number;
  readonly sampledOut: number;
  readonly quarantined: number;
  readonly inFlight: number;
};

export type ReasonCount = {
  readonly signal: string;
  readonly receiver: string;
  readonly reason: string;
  readonly count: number;
};

export type ReceiverAccounts = {
  readonly receiver: string;
  readonly requests: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly failedRequests: number;
  readonly lastRequestUnixMs: number;
};

type Counters = { accepted: number; rejected: number; stored: number; quarantined: number };
type ReceiverCounters = {
  requests: number;
  accepted: number;
  rejected: number;
  failedRequests: number;
  lastRequestUnixMs: number;
};

export class Accounts {
  readonly #signals: Record<Signal, Counters> = { traces: zero(), logs: zero() };
  readonly #receivers: Map<string, ReceiverCounters> = new Map();
  readonly #reasons: Map<string, { signal: string; receiver: string; reason: string; count: number }> =
    new Map();
  readonly #discarded: Map<string, number> = new Map();

  /** A request was decoded and, where it says accepted, written. */
  answered(receiver: string, signal: Signal, acceptance: Acceptance, nowMs: number): void {
    const counters = this.#signals[signal];
    counters.accepted += acceptance.accepted;
    counters.rejected += acceptance.rejected;
    const by = this.#receiver(receiver, nowMs);
    by.accepted += acceptance.accepted;
    by.rejected += acceptance.rejected;
    let told = 0;
    for (const rejection of acceptance.rejections) {
      this.#reason(signal, receiver, rejection.kind, 1);
      told++;
    }
    if (acceptance.rejected > told)
      this.#reason(signal, receiver, 'further rejections', acceptance.rejected - told);
  }

  /** A whole request was refused; nothing of it was kept, and how many rows it held is not known. */
  refused(receiver: string, signal: string, failure: Pick<Failure, 'code'>, nowMs: number): void {
    this.#receiver(receiver, nowMs).failedRequests++;
    this.#reason(signal, receiver, `request: ${failure.code}`, 1);
  }

  discarded(receiver: string, requests: number, nowMs: number): void {
    this.#receiver(receiver, nowMs);
    this.#discarded.set(receiver, (this.#discarded.get(receiver) ?? 0) + requests);
  }

  /** Rows were found in a segment that nobody counted; `counted` of them were answered after all. */
  recovered(segment: Segment, nowMs: number, counted?: Readonly<Record<Signal, number>>): void {
    const by = this.#receiver('recovered', nowMs);
    for (const [signal, rows] of rowsBySignal(segment)) {
      const found = rows - (counted?.[signal] ?? 0);
      this.#signals[signal].accepted += found;
      by.accepted += found;
    }
  }

  /** Rows that were counted as accepted, and turned out to be damaged on disk. */
  lost(rows: Readonly<{ spans: number; logs: number }>): void {
    this.#signals.traces.quarantined += rows.spans;
    this.#signals.logs.quarantined += rows.logs;
  }

  /** Rows that were answered as accepted and of which recovery found nothing. */
  gone(answered: Readonly<Record<Signal, number>>): void {
    this.#signals.traces.quarantined += answered.traces;
    this.#signals.logs.quarantined += answered.logs;
  }

  stored(segment: Segment): void {
    for (const [signal, rows] of rowsBySignal(segment)) this.#signals[signal].stored += rows;
  }

  quarantined(segment: Segment): void {
    for (const [signal, rows] of rowsBySignal(segment)) this.#signals[signal].quarantined += rows;
  }

  /** A quarantined segment of this or a former life goes back to the queue. */
  released(segment: Segment): void {
    for (const [signal, rows] of rowsBySignal(segment)) this.#signals[signal].quarantined -= rows;
  }

  signal(signal: Signal): SignalAccounts {
    const { accepted, rejected, stored, quarantined } = this.#signals[signal];
    return {
      received: accepted + rejected,
      accepted,
      rejected,
      stored,
      sampledOut: 0,
      quarantined,
      inFlight: accepted - stored - quarantined,
    };
  }

  reasons(): readonly ReasonCount[] {
    return [...this.#reasons.values()].sort((a, b) => b.count - a.count);
  }

  receivers(): readonly ReceiverAccounts[] {
    return [...this.#receivers].map(([receiver, counters]) => ({ receiver, ...counters }));
  }

  discardedMetricsRequests(): number {
    let sum = 0;
    for (const count of this.#discarded.values()) sum += count;
    return sum;
  }

  #receiver(receiver: string, nowMs: number): ReceiverCounters {
    let counters = this.#receivers.get(receiver);
    if (counters === undefined) {
      counters = { requests: 0, accepted: 0, rejected: 0, failedRequests: 0, lastRequestUnixMs: 0 };
      this.#receivers.set(receiver, counters);
    }
    counters.requests++;
    counters.lastRequestUnixMs = nowMs;
    return counters;
  }

  #reason(signal: string, receiver: string, reason: string, count: number): void {
    const full = this.#reasons.size >= REASONS_MAX;
    const key = `${signal}\n${receiver}\n${reason}`;
    let entry = this.#reasons.get(key);
    if (entry === undefined) {
      const shown = full
        ? { signal: 'all', receiver: 'all', reason: 'other reasons' }
        : { signal, receiver, reason };
      const shownKey = `${shown.signal}\n${shown.receiver}\n${shown.reason}`;
      entry = this.#reasons.get(shownKey) ?? { ...shown, count: 0 };
      this.#reasons.set(shownKey, entry);
    }
    entry.count += count;
  }
}

function zero(): Counters {
  return { accepted: 0, rejected: 0, stored: 0, quarantined: 0 };
}

function rowsBySignal(segment: Segment): [Signal, number][] {
  const rows: [Signal, number][] = [];
  for (const file of segment.files) {
    if (file.table === 'spans') rows.push(['traces', file.rows]);
    else if (file.table === 'logs') rows.push(['logs', file.rows]);
  }
  return rows;
}
