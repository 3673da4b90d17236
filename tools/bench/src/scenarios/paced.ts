// How fast answers come when the load is one the program can bear, and how soon what was acknowledged can be found.

import { setTimeout as sleep } from 'node:timers/promises';
import { identityWords, traceIdHex } from '../generate/identity.ts';
import { BenchFailure } from '../harness/bench-failure.ts';
import { Program } from '../harness/program.ts';
import { runLoad } from '../load/run-load.ts';
import { ask } from '../query/http-query.ts';
import { jaegerApi } from '../query/jaeger-api.ts';
import { figuresOf, percentile } from '../report/figure.ts';
import { type Alongside, measureLoad } from './measured-load.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const MIB = 1024 ** 2;
const SPANS_PER_PROBE = 8;
const PROBED_LOAD_MS = 15_000;
const PROBE_INTERVAL_MS = 500;
const PROBE_POLL_MS = 10;
const PROBE_PATIENCE_MS = 20_000;

export const pacedScenario: Scenario = {
  name: 'paced',
  summary: 'acknowledgement latency at a fixed rate, and how soon an acknowledged trace is found by id',
  byDefault: true,
  run: runPaced,
};

async function runPaced(context: ScenarioContext): Promise<ScenarioResult> {
  await using program = await Program.start(context);
  await program.ready(context.signal);
  const load = (durationMs: number, seed: number): readonly string[] => [
    ...['--url', program.otlpHttp],
    ...['--rate', String(context.rate)],
    ...['--duration', `${durationMs}ms`],
    ...['--connections', String(context.connections)],
    ...['--seed', String(seed)],
    ...['--scatter', String(context.scatter)],
  ];
  const measured = await measureLoad(program, load(context.durationMs, context.seed), context);
  // Asking again and again costs CPU time of its own; so it is done under a second, shorter load.
  context.say('  asking for traces right after their acknowledgement');
  using probes = probeVisibility(program, context);
  const probeMs = Math.min(context.durationMs, PROBED_LOAD_MS);
  await measureLoad(program, load(probeMs, (context.seed + 1) % 0x1_0000_0000), context, probes);
  const { foundAfterMs } = probes;
  await program.stop();
  const { latency, ...paced } = measured.load;
  const figure = figuresOf('paced');
  return {
    conditions: [
      `http/protobuf, standard workload at ${context.rate.toLocaleString('en-US')} spans/s for ${(paced.durationMs / 1_000).toFixed(0)} s, ` +
        `latency from the time a request was due, ${context.connections} connections; ${foundAfterMs.length} traces looked for under a second such load`,
    ],
    figures: [
      figure('spansPerSecond', 'acknowledged', 'spans/s', 'more', paced.acceptedSpansPerSecond),
      figure('missed', 'requests that could not be sent in time', '', 'less', paced.missedRequests),
      figure('ackP50', 'acknowledgement p50', 'ms', 'less', latency.p50Ms),
      figure('ackP99', 'acknowledgement p99', 'ms', 'less', latency.p99Ms),
      figure('ackP999', 'acknowledgement p99.9', 'ms', 'less', latency.p999Ms),
      figure('ackMax', 'acknowledgement max', 'ms', 'less', latency.maxMs),
      figure(
        'foundP50',
        'found by id after its acknowledgement, p50',
        'ms',
        'less',
        percentile(foundAfterMs, 0.5),
      ),
      figure(
        'foundMax',
        'found by id after its acknowledgement, max',
        'ms',
        'less',
        Math.max(...foundAfterMs),
      ),
      figure('cpu', 'server CPU, merges included', 's/million', 'less', measured.cpuSecondsPerMillion),
      figure(
        'tableBytes',
        'tables on disk, merged, with indexes',
        'B/span',
        'less',
        measured.tableBytesPerSpan,
      ),
      figure(
        'rssPeak',
        'resident memory, all processes, peak',
        'MiB',
        'less',
        measured.peakResidentBytes / MIB,
      ),
    ],
  };
}

/** `foundAfterMs` has the time from its acknowledgement until it was found whole for each probe so far. */
type Probes = Alongside & Disposable & { readonly foundAfterMs: readonly number[] };

/** Now and then sends one trace of its own and asks for it by id until it is there. */
function probeVisibility(program: Program, context: ScenarioContext): Probes {
  const foundAfterMs: number[] = [];
  let spans = 0;
  const stopped = new AbortController();
  const probe = async (): Promise<void> => {
    for (let number = 1; !stopped.signal.aborted && !context.signal.aborted; number++) {
      const seed = (context.seed + number * 7_919) % 0x1_0000_0000;
      const sent = await runLoad(probeLoad(program, seed), context.signal);
      spans += sent.accounts.acceptedSpans;
      if (sent.accounts.acceptedSpans === SPANS_PER_PROBE) {
        foundAfterMs.push(await foundAfter(program, traceIdHex(identityWords(seed), 0), context.signal));
      }
      await sleep(PROBE_INTERVAL_MS, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  let probing: Promise<void> = Promise.resolve();
  return {
    foundAfterMs,
    [Symbol.dispose]: () => stopped.abort(),
    begin: () => {
      probing = probe();
      // The load is waited for first; a probe that fails meanwhile is told by `end`.
      probing.catch(() => {});
    },
    end: async () => {
      stopped.abort();
      await probing;
      return spans;
    },
  };
}

async function foundAfter(program: Program, traceId: string, signal: AbortSignal): Promise<number> {
  const ackMs = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask(jaegerApi.byId(program.api, traceId));
    const elapsedMs = performance.now() - ackMs;
    if (answer.status === 200 && jaegerApi.read('byId', answer.body)[0]?.spans === SPANS_PER_PROBE)
      return elapsedMs;
    if (elapsedMs > PROBE_PATIENCE_MS) {
      throw new BenchFailure(
        `Trace ${traceId} was acknowledged and not found within ${PROBE_PATIENCE_MS / 1_000} s`,
      );
    }
    await sleep(PROBE_POLL_MS);
  }
}

function probeLoad(program: Program, seed: number): Parameters<typeof runLoad>[0] {
  return {
    url: program.otlpHttp,
    protocol: 'http/protobuf',
    workload: 'standard',
    rate: undefined,
    durationMs: undefined,
    spans: SPANS_PER_PROBE,
    connections: 1,
    batch: SPANS_PER_PROBE,
    attributes: 12,
    resourceAttributes: 12,
    seed,
    scatter: 0,
    agoMs: 0,
    token: undefined,
    timeoutMs: 10_000,
    insecure: false,
  };
}
