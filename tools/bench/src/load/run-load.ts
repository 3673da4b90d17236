// Runs a load against one OTLP address: as many loops as connections, each with one request under way. The
// result says what was sent, how it was answered, how long that took, and what the loader itself cost.

import { setTimeout as sleep } from 'node:timers/promises';
import { jaegerWorkload } from '../generate/jaeger-workload.ts';
import { RequestSource } from '../generate/request-source.ts';
import { standardWorkload } from '../generate/standard-workload.ts';
import type { Workload } from '../generate/workload.ts';
import { createGrpcSender, GRPC_HEADROOM } from './grpc-sender.ts';
import type { HistogramSummary } from './histogram.ts';
import { createHttpSender } from './http-sender.ts';
import { LoadAccount, type LoadAccounts, type LoadProblem } from './load-account.ts';
import type { Outcome, Sender } from './outcome.ts';
import { createPace } from './pace.ts';

export const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const WORKLOADS = ['standard', 'jaeger'] as const;

export type LoadOptions = {
  readonly url: string;
  readonly protocol: Protocol;
  readonly workload: (typeof WORKLOADS)[number];
  /** Spans a second of an open loop; undefined sends as fast as answers come. */
  readonly rate: number | undefined;
  readonly durationMs: number | undefined;
  /** Stops after that many spans, rounded up to whole batches. */
  readonly spans: number | undefined;
  readonly connections: number;
  readonly batch: number;
  readonly attributes: number;
  readonly resourceAttributes: number;
  readonly seed: number;
  readonly scatter: number;
  /** Shifts all times of the spans into the past. */
  readonly agoMs: number;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly insecure: boolean;
};

export type LoadResult = {
  readonly options: LoadOptions;
  readonly durationMs: number;
  readonly accounts: LoadAccounts;
  /** Requests of an open loop that came due and were never sent: the server was too slow for the rate. */
  readonly missedRequests: number;
  readonly acceptedSpansPerSecond: number;
  readonly acceptedPerSecond: readonly number[];
  readonly latency: HistogramSummary;
  readonly bytesPerSpan: number;
  readonly spansPerBatch: number;
  readonly spansPerTrace: number;
  readonly loaderCpuSecondsPerMillion: number;
  readonly problems: readonly LoadProblem[];
  readonly acceptedBatches: readonly number[];
};

/** Quiet time after a refusal that named none, doubled with each further one, as an SDK does. */
const BACKOFF_FIRST_MS = 100;
const BACKOFF_MAX_MS = 5_000;
/** A server may name a longer time, but a bench does not wait for ever. */
const RETRY_AFTER_MAX_MS = 30_000;

/** The workload that the options name. */
export function workloadOf(options: LoadOptions): Workload {
  return options.workload === 'jaeger' ? jaegerWorkload(options.batch) : standardWorkload(options);
}

/** Loads until the duration is over, the spans are sent or `stop` is signalled; never throws for what a server does. */
export async function runLoad(options: LoadOptions, stop: AbortSignal): Promise<LoadResult> {
  const workload = workloadOf(options);
  const headroom = options.protocol === 'grpc' ? GRPC_HEADROOM : 0;
  const agoNs = BigInt(options.agoMs) * 1_000_000n;
  const source = new RequestSource({
    workload,
    encoding: options.protocol === 'http/json' ? 'json' : 'protobuf',
    headroom,
    seed: options.seed,
    inFlightMax: options.connections,
    scatter: options.scatter,
    nowNs: () => BigInt(Date.now()) * 1_000_000n - agoNs,
  });
  const { bytesPerSpan } = source;
  const spansPerBatch = workload.tracesPerBatch * workload.spansPerTrace;
  const account = new LoadAccount();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const pace = createPace({
    startMs,
    requestsPerSecond: options.rate === undefined ? undefined : options.rate / spansPerBatch,
    durationMs: options.durationMs,
    requestsMax: options.spans === undefined ? undefined : Math.ceil(options.spans / spansPerBatch),
  });

  const loop = async (sender: Sender): Promise<void> => {
    let backoffMs = BACKOFF_FIRST_MS;
    while (!stop.aborted) {
      const dueMs = pace.next(performance.now());
      if (dueMs === undefined) break;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: stop }).catch(() => {});
      if (stop.aborted) break;
      const request = source.take();
      const outcome = await sender.send(request.template.bytes, headroom);
      source.giveBack(request);
      const nowMs = performance.now();
      account.record(outcome, request.batch, spansPerBatch, nowMs - dueMs, nowMs - startMs);
      const quietMs = quietTimeMs(outcome, backoffMs);
      backoffMs = quietMs === 0 ? BACKOFF_FIRST_MS : Math.min(BACKOFF_MAX_MS, backoffMs * 2);
      if (quietMs > 0) await sleep(quietMs, undefined, { signal: stop }).catch(() => {});
    }
    sender.close();
  };

  await Promise.all(Array.from({ length: options.connections }, () => loop(createSender(options))));
  const endMs = performance.now();
  const cpu = process.cpuUsage(cpuBefore);
  const missed = stop.aborted ? [] : pace.missed(endMs);
  for (const dueMs of missed) account.recordMissed(endMs - dueMs);
  const { accounts } = account;
  return {
    options,
    durationMs: endMs - startMs,
    accounts,
    missedRequests: missed.length,
    acceptedSpansPerSecond: accounts.acceptedSpans / ((endMs - startMs) / 1_000),
    acceptedPerSecond: account.acceptedPerSecond,
    latency: account.latency,
    bytesPerSpan,
    spansPerBatch,
    spansPerTrace: workload.spansPerTrace,
    loaderCpuSecondsPerMillion: accounts.sentSpans === 0 ? 0 : (cpu.user + cpu.system) / accounts.sentSpans,
    problems: account.problems,
    acceptedBatches: account.acceptedBatches,
  };
}

function createSender(options: LoadOptions): Sender {
  const { token, timeoutMs, insecure } = options;
  if (options.protocol === 'grpc')
    return createGrpcSender({ url: new URL(options.url), token, timeoutMs, insecure });
  const url = new URL(options.url);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  const contentType = options.protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
  return createHttpSender({ url, contentType, token, timeoutMs, insecure });
}

/** How long a connection is silent after an answer. */
function quietTimeMs(outcome: Outcome, backoffMs: number): number {
  if (outcome.kind === 'refused') return Math.min(RETRY_AFTER_MAX_MS, outcome.retryAfterMs ?? backoffMs);
  return outcome.kind === 'lost' ? backoffMs : 0;
}
