// How much memory all processes of the program take together: idle, at full load, and while people ask for the
// dearest things at the same time. Resident memory is what the promise counts; it counts shared pages once for each
// process. The proportional size beside it counts them once.

import { setTimeout as sleep } from 'node:timers/promises';
import { BenchFailure } from '../harness/bench-failure.ts';
import { runLoader } from '../harness/loader-process.ts';
import { Program } from '../harness/program.ts';
import { readStatus } from '../harness/program-status.ts';
import { watchResources } from '../harness/resource-watch.ts';
import { proportionalBytes } from '../harness/shared-memory.ts';
import { type BigTrace, sendBigTrace } from '../load/send-big-trace.ts';
import { ask, closeConnections, type HttpQuestion, type TimedAnswer } from '../query/http-query.ts';
import { jaegerApi } from '../query/jaeger-api.ts';
import { nativeApi } from '../query/native-api.ts';
import type { Figure } from '../report/figure.ts';
import { borrowStore } from '../store/borrow-store.ts';
import { describeStore } from '../store/store-content.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const MB = 1e6;
const IDLE_MS = 30_000;
const BIG_TRACES = 4;
const BIG_TRACE_SPANS = 100_000;
const HEAVY_MS = 30_000;
const STORED_PATIENCE_MS = 5 * 60_000;
const MARGIN_MS = 60_000;

export const memoryScenario: Scenario = {
  name: 'memory',
  summary:
    'memory of all processes: idle, at full load, during heavy queries in parallel over 10 million spans',
  byDefault: false,
  run: memory,
};

type Heavy = {
  readonly what: string;
  readonly question: HttpQuestion;
  /** What is wrong with an answer of status 200. */
  readonly judge: (answer: TimedAnswer) => string | undefined;
};

async function memory(context: ScenarioContext): Promise<ScenarioResult> {
  await using store = await borrowStore(
    context.place('query'),
    context.recipe({ spans: context.quick ? 500_000 : 10_000_000 }),
    context,
  );
  const { content } = store;
  const figures: Figure[] = [];
  const add = (id: string, label: string, bytes: number | undefined): void => {
    if (bytes === undefined) return;
    figures.push({ id: `memory.${id}`, label, unit: 'MB', better: 'less', value: bytes / MB });
  };
  await using program = await Program.start({
    ...context,
    settings: ['--storage.retention.age', '0', ...context.settings],
    dataFolder: store.folder,
  });
  await program.ready(context.signal);
  await sleep(context.quick ? 3_000 : IDLE_MS, undefined, { signal: context.signal });
  const idle = program.use();
  add('rssIdle', 'idle: resident', idle.residentBytes);
  add('pssIdle', 'idle: proportional', proportionalBytes(idle));
  for (const [number, { residentBytes }] of idle.processes.entries()) {
    add(`rssIdle.${number}`, `idle: resident, ${processName(number)}`, residentBytes);
  }

  context.say(`  full load for ${context.durationMs / 1_000} s`);
  using loaded = watchResources(() => program.use());
  const load = await runLoader(
    [
      ...['--url', program.otlpHttp, '--duration', `${context.durationMs}ms`],
      ...['--connections', String(context.connections), '--seed', String(content.seed + 1)],
    ],
    context.signal,
  );
  const atLoad = await loaded.stop();
  add('rssLoad', 'full load: resident, peak', atLoad.peakResidentBytes);
  add('pssLoad', 'full load: proportional, peak', atLoad.peakProportionalBytes);

  const traces: BigTrace[] = [];
  for (let number = 0; number < BIG_TRACES; number++) {
    traces.push(
      await sendBigTrace(program.otlpHttp, content.seed + 100 + number, BIG_TRACE_SPANS, context.signal),
    );
  }
  await program.until(
    'everything stored',
    async () => ((await readStatus(program, context.signal)).spans.inFlight === 0 ? true : undefined),
    context.signal,
    STORED_PATIENCE_MS,
  );

  const heavyMs = context.quick ? HEAVY_MS / 6 : HEAVY_MS;
  context.say(`  heavy questions for ${heavyMs / 1_000} s`);
  using asked = watchResources(() => program.use());
  const answers = await askHeavily(
    heavyQuestions(program, traces, content.beginMs - MARGIN_MS),
    heavyMs,
    context.signal,
  );
  const atQueries = await asked.stop();
  add('rssQueries', 'heavy queries: resident, peak', atQueries.peakResidentBytes);
  add('pssQueries', 'heavy queries: proportional, peak', atQueries.peakProportionalBytes);
  closeConnections();
  await program.stop();
  return {
    conditions: [
      `${describeStore(content)}; idle: ${context.quick ? 3 : IDLE_MS / 1_000} s after it was ready; full load: http/protobuf for ` +
        `${(load.durationMs / 1_000).toFixed(0)} s, ${Math.round(load.acceptedSpansPerSecond).toLocaleString('en-US')} spans/s acknowledged`,
      `heavy queries: these at the same time, again and again for ${heavyMs / 1_000} s: ${describeAnswers(answers)}`,
      'resident memory counts pages that processes share once for each of them, proportional memory counts them once',
    ],
    figures,
  };
}

/** The first process is the server, which started the others. */
function processName(number: number): string {
  return number === 0 ? 'server' : `process ${number + 1} (engine)`;
}

function heavyQuestions(program: Program, traces: readonly BigTrace[], fromMs: number): readonly Heavy[] {
  const search = (query: string): HttpQuestion => {
    const url = new URL('/api/tracewright/v1/search', program.api);
    url.searchParams.set('q', query);
    url.searchParams.set('limit', '20');
    url.searchParams.set('from', new Date(fromMs).toISOString());
    return { method: 'GET', url };
  };
  const anything = (): undefined => undefined;
  return [
    ...traces.map(({ traceId, spans }) => ({
      what: `trace of ${spans.toLocaleString('en-US')} spans`,
      question: nativeApi.byId(program.api, traceId),
      judge: ({ body }: TimedAnswer): string | undefined => {
        const found = nativeApi.read('byId', body)[0]?.spans;
        return found === spans ? undefined : `${found} of ${spans} spans`;
      },
    })),
    {
      what: 'pattern on every span',
      question: search('{ span.url.path =~ ".*/no-such-[0-9]+" }'),
      judge: anything,
    },
    {
      what: 'pattern on a key in maps',
      question: search('{ span.shop.order.ref =~ ".*zzz.*" }'),
      judge: anything,
    },
    { what: 'range on a number', question: search('{ span.server.port > 60000 }'), judge: anything },
    { what: 'absent value in any scope', question: search('{ .shop.voucher = "nobody" }'), judge: anything },
    {
      what: '200 whole traces of a service',
      question: jaegerApi.search(program.api, {
        service: 'storefront',
        limit: 200,
        fromMs,
        toMs: Date.now() + MARGIN_MS,
      }),
      judge: anything,
    },
    {
      what: 'list of services',
      question: { method: 'GET', url: new URL('/api/tracewright/v1/services', program.api) },
      judge: anything,
    },
  ];
}

/** What was asked how often, and how often it was answered. */
type HeavyAnswers = ReadonlyMap<
  string,
  { answered: number; turnedDown: number; readonly elapsedMs: number[] }
>;

/** Each question in a loop of its own. An answer may say that there is too much to do, but none may be wrong. */
async function askHeavily(
  questions: readonly Heavy[],
  durationMs: number,
  signal: AbortSignal,
): Promise<HeavyAnswers> {
  const untilMs = performance.now() + durationMs;
  const answers = new Map<string, { answered: number; turnedDown: number; readonly elapsedMs: number[] }>();
  await Promise.all(
    questions.map(async ({ what, question, judge }) => {
      const counted = answers.get(what) ?? { answered: 0, turnedDown: 0, elapsedMs: [] };
      answers.set(what, counted);
      while (performance.now() < untilMs) {
        signal.throwIfAborted();
        const answer = await ask(question);
        if (answer.status === 200) {
          const wrong = judge(answer);
          if (wrong !== undefined) throw new BenchFailure(`${what}: ${wrong}`);
          counted.answered++;
          counted.elapsedMs.push(answer.elapsedMs);
        } else if (
          answer.status === 429 ||
          answer.status >= 500 ||
          answer.status === 413 ||
          answer.status === 422
        ) {
          counted.turnedDown++;
          await sleep(100);
        } else {
          throw new BenchFailure(`${what} was answered with ${answer.status}: ${answer.body.slice(0, 300)}`);
        }
      }
    }),
  );
  return answers;
}

function describeAnswers(answers: HeavyAnswers): string {
  return [...answers]
    .map(([what, { answered, turnedDown, elapsedMs }]) => {
      const slowest =
        elapsedMs.length === 0 ? '' : `, slowest ${(Math.max(...elapsedMs) / 1_000).toFixed(1)} s`;
      return `${what} (${answered} answered${slowest}${turnedDown === 0 ? '' : `, ${turnedDown} turned down`})`;
    })
    .join('; ');
}
