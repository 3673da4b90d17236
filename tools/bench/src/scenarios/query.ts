// How fast questions are answered over a store of known content: at the user's edge, at rest, while spans keep coming
// in, and with cold files; and in the engine alone. Every answer is judged; a wrong one ends the run.

import { join } from 'node:path';
import { BenchFailure } from '../harness/bench-failure.ts';
import { runLoader } from '../harness/loader-process.ts';
import { dropPageCache } from '../harness/page-cache.ts';
import { Program } from '../harness/program.ts';
import { readStatus } from '../harness/program-status.ts';
import { watchResources } from '../harness/resource-watch.ts';
import { settle } from '../harness/settle.ts';
import { closeConnections } from '../query/http-query.ts';
import { jaegerApi } from '../query/jaeger-api.ts';
import { nativeApi } from '../query/native-api.ts';
import { Population } from '../query/population.ts';
import { type QuestionRun, runQuestions } from '../query/run-questions.ts';
import type { Figure } from '../report/figure.ts';
import { MeasuredEngine } from '../storage/measured-engine.ts';
import { SQL_QUESTIONS_IN_WORDS, timeSqlQuestions } from '../storage/sql-questions.ts';
import { engineConfig } from '../storage/table-in-use.ts';
import { SPANS_DIALECT } from '../storage/variants.ts';
import { borrowStore } from '../store/borrow-store.ts';
import { describeStore, type StoreContent, type StoreRecipe } from '../store/store-content.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const MIB = 1024 ** 2;
const QUICK_SPANS = 500_000;
const QUICK_SCATTER = 20;
/** Spans a second that come in while the second round of questions is asked. */
const LIVE_RATE = 20_000;
/** Searches may look this far around the data, which is then wholly inside. */
const MARGIN_MS = 60_000;
const SETTLE_PATIENCE_MS = 10 * 60_000;
const COLD_TIMES = 8;
const ENGINE_REPEATS = 20;
/** Cold is asked for these only; each asking drops all files of the store. */
const COLD_QUESTIONS: ReadonlySet<string> = new Set([
  'byId',
  'serviceNameDuration',
  'unique',
  'rareKnown',
  'absent',
]);

/** The rounds of questions that a scenario asks beside those at rest. */
type Rounds = {
  readonly jaeger: boolean;
  readonly live: boolean;
  readonly cold: boolean;
  readonly engine: boolean;
};

export function queryScenario(
  name: string,
  summary: string,
  byDefault: boolean,
  recipe: Partial<StoreRecipe>,
  rounds: Rounds,
): Scenario {
  return { name, summary, byDefault, run: (context) => query(name, recipe, rounds, context) };
}

/** With this many batches between two spans, a trace arrives over a minute at 60,000 spans a second. */
export const A_MINUTE_OF_BATCHES = 1_004;

async function query(
  name: string,
  wanted: Partial<StoreRecipe>,
  rounds: Rounds,
  context: ScenarioContext,
): Promise<ScenarioResult> {
  const recipe = context.recipe(
    context.quick
      ? { spans: QUICK_SPANS, scatter: wanted.scatter === undefined ? 0 : QUICK_SCATTER }
      : wanted,
  );
  const wholeFrom = recipe.batch * recipe.scatter * 7;
  if (recipe.spans <= wholeFrom) {
    throw new BenchFailure(
      `A store of ${recipe.spans} spans has no whole trace when spans of a trace are ${recipe.scatter} batches apart: more than ${wholeFrom} are needed`,
    );
  }
  await using store = await borrowStore(context.place(name), recipe, context);
  const { content } = store;
  const figures: Figure[] = [];
  let parts = 0;
  let coldWasHad = false;
  {
    await using program = await Program.start({
      ...context,
      // The bench decides what is in the store.
      settings: ['--storage.retention.age', '0', ...context.settings],
      dataFolder: store.folder,
    });
    await program.ready(context.signal);
    const status = await settledStatus(program, context.signal);
    parts = status.parts;
    if (status.spanRows !== content.rows)
      throw new BenchFailure(`${status.spanRows} of ${content.rows} spans are there`);
    const run = {
      base: program.api,
      population: populationOf(content),
      storedSpans: content.rows,
      fromMs: content.beginMs - MARGIN_MS,
      toMs: () => Date.now() + MARGIN_MS,
      signal: context.signal,
    };
    const ask = async (how: Omit<Partial<QuestionRun>, 'api'>): Promise<void> => {
      const round = { ...run, scenario: name, prefix: '', ...how };
      figures.push(...(await runQuestions({ ...round, api: nativeApi })));
      if (rounds.jaeger) figures.push(...(await runQuestions({ ...round, api: jaegerApi })));
    };
    using watch = watchResources(() => program.use());
    context.say(`  asking ${content.rows.toLocaleString('en-US')} spans in ${parts} parts, at rest`);
    await ask({});
    const { peakResidentBytes } = await watch.stop();
    figures.push({
      id: `${name}.rssPeak`,
      label: 'resident memory, all processes, peak during queries at rest',
      unit: 'MiB',
      better: 'less',
      value: peakResidentBytes / MIB,
    });
    if (rounds.cold && dropPageCache(store.folder)) {
      coldWasHad = true;
      context.say('  asking with cold files');
      const cold = {
        ...run,
        scenario: `${name}.cold`,
        prefix: 'cold, ',
        times: COLD_TIMES,
        only: COLD_QUESTIONS,
        before: () => void dropPageCache(store.folder),
      };
      figures.push(...(await runQuestions({ ...cold, api: nativeApi })));
    }
    if (rounds.live) {
      context.say(`  asking again while ${LIVE_RATE.toLocaleString('en-US')} spans/s come in`);
      const enough = new AbortController();
      const live = runLoader(
        [
          ...['--url', program.otlpHttp, '--rate', String(LIVE_RATE), '--duration', '1h'],
          ...['--seed', String((content.seed + 1) % 0x1_0000_0000)],
        ],
        AbortSignal.any([context.signal, enough.signal]),
      ).catch(() => undefined);
      try {
        await ask({ scenario: `${name}.live`, prefix: 'live, ' });
      } finally {
        enough.abort();
        await live;
      }
    }
    closeConnections();
    await program.stop();
  }
  if (rounds.engine) figures.push(...(await askEngine(name, store.folder, content, context)));
  return {
    conditions: [
      `${describeStore(content)}; ${parts} parts of spans after merges; warm unless it says cold; every search over ` +
        'the whole range; random values, one question at a time, over HTTP as a user asks',
      ...(rounds.live
        ? [
            `live: the same while ${LIVE_RATE.toLocaleString('en-US')} spans/s come in; jaeger: each search within the service of the span`,
          ]
        : []),
      ...(rounds.cold
        ? [
            coldWasHad
              ? `cold: before each of ${COLD_TIMES} questions the kernel dropped the store's files; the engine's own caches stayed`
              : 'warm only: this system cannot drop the files of a store from memory',
          ]
        : []),
      ...(rounds.engine ? [`engine: plain SQL on the engine alone, ${SQL_QUESTIONS_IN_WORDS}`] : []),
    ],
    figures,
  };
}

function populationOf({ seed, batch, batches, scatter }: StoreContent): Population {
  return new Population({ seed, batch, batches, scatter });
}

/** The status once merges that the start set off have ended. */
async function settledStatus(
  program: Program,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<typeof readStatus>>> {
  const rest = await settle({
    cpuSeconds: () => program.use().cpuSeconds,
    inFlight: async () => (await readStatus(program, signal)).spans.inFlight,
    patienceMs: SETTLE_PATIENCE_MS,
    signal,
  });
  if (!rest.settled) throw new BenchFailure('Merges did not come to rest within ten minutes');
  // A store that is slow to list its tables has none to show yet; the one that is asked here has some.
  return program.until(
    'the tables listed',
    async () => {
      const status = await readStatus(program, signal);
      return status.parts > 0 ? status : undefined;
    },
    signal,
  );
}

/** The same store without the program; the live round's rows are in it too. */
async function askEngine(
  name: string,
  folder: string,
  content: StoreContent,
  context: ScenarioContext,
): Promise<readonly Figure[]> {
  context.say('  asking the engine alone');
  const engineFolder = join(folder, 'engine');
  await using engine = new MeasuredEngine(engineFolder, engineConfig(engineFolder));
  const times = await timeSqlQuestions(
    engine,
    SPANS_DIALECT,
    populationOf(content),
    ENGINE_REPEATS,
    context.signal,
  );
  return times.flatMap(({ question, p50Ms, p95Ms }) =>
    (
      [
        ['p50', p50Ms],
        ['p95', p95Ms],
      ] as const
    ).map(([label, value]) => ({
      id: `${name}.engine.${question.id}.${label}`,
      label,
      row: `engine: ${question.label}`,
      unit: 'ms',
      better: 'less' as const,
      value,
    })),
  );
}
