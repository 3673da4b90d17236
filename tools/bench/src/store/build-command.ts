// `bench build FOLDER`: fills a data folder and ends, for whoever wants to ask it again and again.

import { type OptionTable, type ParsedOptions, parseOptions, printOptions } from '../command-line.ts';
import { BenchFailure } from '../harness/bench-failure.ts';
import { WORKLOADS } from '../load/run-load.ts';
import { buildStore } from './build-store.ts';
import { describeStore, type StoreRecipe } from './store-content.ts';

/** How a store is filled; shared by every command that may have to fill one. */
export const RECIPE_OPTIONS: OptionTable = {
  scatter: { kind: 'whole', summary: 'batches between two spans of a trace (default 0: whole in a batch)' },
  seed: { kind: 'whole', fallback: '1', summary: 'decides all ids and values' },
  range: {
    kind: 'duration',
    summary:
      'over which time the segments of a store arrive (default 24h); 0: one after the other, always so if scattered',
  },
  'segment-rows': { kind: 'whole', min: 512, summary: 'rows in a segment of a store (default 75,000)' },
};

const BUILD_OPTIONS: OptionTable = {
  spans: { kind: 'whole', min: 512, summary: 'how many (default 10,000,000)' },
  workload: { kind: 'choice', choices: WORKLOADS, fallback: 'standard', summary: 'what' },
  ...RECIPE_OPTIONS,
  help: { kind: 'flag', summary: 'this text' },
};

const HELP = `npm run bench -- build FOLDER [options]

Fills a data folder of the program past the sockets: segments of the real ingest loop, inserted by the real writer
into the real engine, merges settled. Ask it with: npm run bench -- query --data FOLDER

${printOptions(BUILD_OPTIONS)}
`;

/** Requests of the standard size. */
const BATCH = 512;
/** What about a second of ingest leaves in a segment, or several small ones in a merge. */
const SEGMENT_ROWS = 75_000;
const RANGE_MS = 24 * 3_600_000;

/** What the options of a command that has `RECIPE_OPTIONS` say, with what is wanted where they say nothing. */
export function recipeOf(options: ParsedOptions, wanted: Partial<StoreRecipe>): StoreRecipe {
  const scatter = options.number('scatter') ?? wanted.scatter ?? 0;
  return {
    workload: wanted.workload ?? 'standard',
    spans: options.number('spans') ?? wanted.spans ?? 10_000_000,
    batch: BATCH,
    seed: options.number('seed') ?? 1,
    scatter,
    segmentRows: options.number('segment-rows') ?? wanted.segmentRows ?? SEGMENT_ROWS,
    // The spans of a scattered trace follow each other within a minute; hours between segments would tear them apart.
    rangeMs: scatter > 0 ? 0 : (options.number('range') ?? wanted.rangeMs ?? RANGE_MS),
  };
}

/** Runs the command; the result is the exit code. */
export async function buildCommand(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args, BUILD_OPTIONS);
  if (!parsed.ok) return usage(parsed.message);
  const { options } = parsed;
  if (options.flag('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const [folder, ...others] = options.positionals;
  if (folder === undefined || others.length > 0) return usage('build expects one folder; see --help.');
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new BenchFailure('Interrupted')));
  const workload = options.text('workload') === 'jaeger' ? 'jaeger' : 'standard';
  try {
    const content = await buildStore(folder, recipeOf(options, { workload }), {
      signal: interrupted.signal,
      say: (line) => void process.stderr.write(`${line}\n`),
    });
    process.stdout.write(
      `${folder}: ${describeStore(content)}, built in ${(content.buildMs / 1_000).toFixed(0)} s; ` +
        `engine ${((content.engineCpuSeconds / content.rows) * 1e6).toFixed(2)} CPU seconds a million\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof BenchFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function usage(message: string): number {
  process.stderr.write(`${message}\n`);
  return 2;
}
