// How fast questions are answered over a store of known content: at rest, and while spans keep coming in. Every
// answer is judged; a wrong one ends the run.

import { BenchFailure } from '../harness/bench-failure.ts';
import { runLoader } from '../harness/loader-process.ts';
import { Program } from '../harness/program.ts';
import { watchResources } from '../harness/resource-watch.ts';
import { closeConnections } from '../query/http-query.ts';
import { jaegerApi } from '../query/jaeger-api.ts';
import { nativeApi } from '../query/native-api.ts';
import { Population } from '../query/population.ts';
import { type QuestionRun, runQuestions } from '../query/run-questions.ts';
import type { Figure } from '../report/figure.ts';
import { measureLoad } from './measured-load.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const MIB = 1024 ** 2;
const BATCH = 512;
/** Spans a second that come in while the second round of questions is asked. */
const LIVE_RATE = 20_000;
/** Searches may look this far around the load, which is then wholly inside. */
const MARGIN_MS = 60_000;

export const queryScenario: Scenario = {
  name: 'query',
  summary: 'trace by id and searches over both query APIs, at rest and during ingest',
  byDefault: true,
  run: query,
};

async function query(context: ScenarioContext): Promise<ScenarioResult> {
  await using program = await Program.start(context);
  await program.ready(context.signal);
  const fromMs = Date.now() - MARGIN_MS;
  const { load, status } = await measureLoad(
    program,
    [
      ...['--url', program.otlpHttp],
      ...['--spans', String(context.spans)],
      ...['--connections', String(context.connections)],
      ...['--seed', String(context.seed)],
      ...['--scatter', String(context.scatter)],
      ...['--batch', String(BATCH)],
    ],
    context,
  );
  if (load.accounts.acceptedSpans !== load.accounts.sentSpans) {
    throw new BenchFailure('Some spans were refused; which questions have an answer is then unknown');
  }
  const shared = {
    base: program.api,
    population: new Population({
      seed: context.seed,
      batch: BATCH,
      batches: load.accounts.requests,
      scatter: context.scatter,
    }),
    storedSpans: load.accounts.acceptedSpans,
    fromMs,
    toMs: () => Date.now() + MARGIN_MS,
    signal: context.signal,
  };
  using watch = watchResources(() => program.use());
  context.say(
    `  asking ${shared.storedSpans.toLocaleString('en-US')} spans in ${status.parts} parts, at rest`,
  );
  const atRest = await askBoth({ ...shared, scenario: 'query', live: false });
  const { peakResidentBytes } = await watch.stop();

  context.say(`  asking again while ${LIVE_RATE.toLocaleString('en-US')} spans/s come in`);
  const enough = new AbortController();
  const live = runLoader(
    [
      ...['--url', program.otlpHttp, '--rate', String(LIVE_RATE), '--duration', '1h'],
      ...['--seed', String((context.seed + 1) % 0x1_0000_0000)],
    ],
    AbortSignal.any([context.signal, enough.signal]),
  ).catch(() => undefined);
  let during: readonly Figure[] = [];
  try {
    during = await askBoth({ ...shared, scenario: 'query.live', live: true });
  } finally {
    enough.abort();
    await live;
    closeConnections();
  }
  await program.stop();
  return {
    conditions: [
      `${shared.storedSpans.toLocaleString('en-US')} spans sent within ${(load.durationMs / 1_000).toFixed(0)} s, ` +
        `${context.scatter === 0 ? 'traces whole in a batch' : `a span of a trace every ${context.scatter} batches`}, ` +
        `${status.parts} parts of spans after merges; warm; every search over the whole range; random values, one question at a time`,
      `"live": the same while ${LIVE_RATE.toLocaleString('en-US')} spans/s come in; jaeger: each search within the service of the span`,
    ],
    figures: [
      ...atRest,
      ...during,
      {
        id: 'query.rssPeak',
        label: 'resident memory, all processes, peak during queries',
        unit: 'MiB',
        better: 'less',
        value: peakResidentBytes / MIB,
      },
    ],
  };
}

async function askBoth(run: Omit<QuestionRun, 'api'>): Promise<readonly Figure[]> {
  const native = await runQuestions({ ...run, api: nativeApi });
  return [...native, ...(await runQuestions({ ...run, api: jaegerApi }))];
}
