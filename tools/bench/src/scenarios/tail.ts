// The spike on which the decision about tail sampling rests (docs/adr/0013-tail-sampling.md): ways to keep a part of
// all traces, decided once they are whole, compared on the real engine with real segments.

import { join } from 'node:path';
import { makeFolder, removeFolder } from '../harness/program.ts';
import type { Figure } from '../report/figure.ts';
import { type SegmentFiles, writeSegmentFiles } from '../storage/segment-files.ts';
import { tableInUse } from '../storage/table-in-use.ts';
import { HOT_LEAN, HOT_TABLE } from '../tail/hot-table.ts';
import { measureWay } from '../tail/measure-way.ts';
import { DELETE, HOLD, NO_SAMPLING } from '../tail/other-ways.ts';
import type { Policy } from '../tail/policy.ts';
import { proveConditions } from '../tail/prove.ts';
import type { TailSegment, Way } from '../tail/way.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const WAYS: readonly Way[] = [NO_SAMPLING, HOT_TABLE, HOT_LEAN, HOLD, DELETE];
const CHOSEN: Way = HOT_LEAN;
const SHARES = [0.001, 0.1, 0.5];
/** Batches between two spans of a trace: it spreads over some segments. */
const SCATTER = 20;
const SPANS = 1_000_000;
const QUICK_SPANS = 400_000;
const PROOF_SPANS = 280_000;
const SEGMENT_ROWS = 16_384;
/** Of the workload's roots about one in two hundred takes longer. */
const SLOW_NANO = 1_000_000_000;

export const tailScenario: Scenario = {
  name: 'tail',
  summary: 'ways of tail sampling: cost, questions while undecided, and the conditions proven under kills',
  byDefault: false,
  run: tail,
};

async function tail(context: ScenarioContext): Promise<ScenarioResult> {
  const folder = makeFolder('tail');
  try {
    const inUse = await tableInUse(join(folder, 'program'));
    const write = async (name: string, spans: number): Promise<SegmentFiles> =>
      writeSegmentFiles(
        join(folder, name),
        { ...context.recipe({ spans, scatter: SCATTER, segmentRows: SEGMENT_ROWS, rangeMs: 0 }), spans },
        context.signal,
      );
    const spans = context.spans ?? (context.quick ? QUICK_SPANS : SPANS);
    const files = await write('segments', spans);
    const ways = WAYS.filter(({ name }) => context.variants.length === 0 || context.variants.includes(name));
    const figures: Figure[] = [];
    const base = { inUse, signal: context.signal };
    for (const way of ways) {
      for (const probability of way === NO_SAMPLING ? [1] : SHARES) {
        context.say(`  ${way.name}, ${probability * 100} % of all others: ${way.what}`);
        const policy: Policy = { probability, slowNano: SLOW_NANO };
        const own = join(folder, `${way.name}-${probability}`);
        figures.push(
          ...(await measureWay({ ...base, way, policy, files, segments: segmentsOf(files), folder: own })),
        );
        await removeFolder(own);
      }
    }
    const proofFiles = await write('proof-0', PROOF_SPANS);
    let copies = 0;
    figures.push(
      ...(await proveConditions({
        ...base,
        way: CHOSEN,
        policy: { probability: 0.1, slowNano: SLOW_NANO },
        files: proofFiles,
        segments: segmentsOf(proofFiles),
        folder: join(folder, 'proof'),
        seed: context.seed,
        say: context.say,
        segmentsAnew: async () => segmentsOf(await write(`proof-${++copies}`, PROOF_SPANS)),
      })),
    );
    return {
      conditions: [
        `${files.rows.toLocaleString('en-US')} spans in ${files.paths.length} segments, a span of a trace every ${files.scatter} batches; ` +
          'windows of 8 segments are decided when 8 more have come in; CPU of the engine, merges included; ' +
          'questions warm, of undecided traces, newest 20',
        'failures and roots above 1 s are kept, of all others the share that the row names',
        ...ways.map(
          ({ name, what, pinsSegments }) => `${name}: ${what}${pinsSegments ? '; PINS the segments' : ''}`,
        ),
      ],
      figures,
      layout: 'matrix',
    };
  } finally {
    await removeFolder(folder);
  }
}

function segmentsOf({ paths }: SegmentFiles): TailSegment[] {
  return paths.map((path) => ({ id: segmentNumber(path), path }));
}

/** The segment's number stands in its file's path. */
function segmentNumber(path: string): bigint {
  return BigInt(/(\d{16,20})\/[^/]*$/.exec(path)?.[1] ?? 0);
}
