// Which process and thread does what: the engine in the server's own thread, in a thread or in a child, and how many
// workers decode.

import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BenchFailure } from '../harness/bench-failure.ts';
import { useOfTree } from '../harness/process-tree.ts';
import { makeFolder, removeFolder } from '../harness/program.ts';
import { watchResources } from '../harness/resource-watch.ts';
import { type Figure, percentile } from '../report/figure.ts';
import { type EnginePlace, PLACES, type PlaceFigures } from '../storage/engine-place.ts';
import { writeSegmentFiles } from '../storage/segment-files.ts';
import { chosenVariants, measureProgramVariant, type ProgramVariant } from './program-variant.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const MIB = 1024 ** 2;
const SCRIPT = join(import.meta.dirname, '..', 'storage', 'engine-place.ts');
const WORKERS: readonly ProgramVariant[] = [1, 2, 3].map((workers) => ({
  name: `workers-${workers}`,
  what: `${workers} decoding, the program under full load`,
  settings: ['--ingest.workers', String(workers)],
}));
const WORKERS_LOAD_MS = 15_000;

export const processesScenario: Scenario = {
  name: 'storage:processes',
  summary: 'the engine in the server itself, in a thread, in a child process; how many workers decode',
  byDefault: false,
  run: processes,
};

const WHAT: Readonly<Record<EnginePlace, string>> = {
  'in-process':
    'sessions of the engine in the process and thread of the sockets; its death is the death of all',
  thread: 'sessions in a worker thread; its death is the death of all',
  child: 'sessions in a child process behind a pipe, as in use; its death is survived',
};

async function processes(context: ScenarioContext): Promise<ScenarioResult> {
  const folder = makeFolder('processes');
  const figures: Figure[] = [];
  const add = (row: string, id: string, label: string, unit: string, value: number): void => {
    figures.push({ id: `storage.processes.${row}.${id}`, row, label, unit, better: 'less', value });
  };
  try {
    const recipe = context.recipe({
      spans: context.quick ? 150_000 : (context.spans ?? 1_000_000),
      rangeMs: 0,
    });
    const segments = join(folder, 'segments');
    const files = await writeSegmentFiles(segments, recipe, context.signal);
    const places = PLACES.filter(
      (place) => context.variants.length === 0 || context.variants.includes(place),
    );
    for (const place of places) {
      context.say(`  ${place}: ${WHAT[place]}`);
      const engineFolder = join(folder, place);
      mkdirSync(engineFolder);
      const measured = await runPlace(place, engineFolder, segments, context.signal);
      add(place, 'cpu', 'CPU', 's/M', (measured.cpuSeconds / files.rows) * 1e6);
      add(place, 'insert', 'insert', 's', measured.figures.insertMs / 1_000);
      add(place, 'smallP50', 'small p50', 'ms', percentile(measured.figures.smallMs, 0.5));
      add(place, 'smallP99', 'p99', 'ms', percentile(measured.figures.smallMs, 0.99));
      add(place, 'large', '10 MB p50', 'ms', percentile(measured.figures.largeMs, 0.5));
      add(place, 'loopP99', 'event loop late p99', 'ms', measured.figures.loopDelayP99Ms);
      add(place, 'loopMax', 'max', 'ms', measured.figures.loopDelayMaxMs);
      add(place, 'rss', 'resident', 'MiB', measured.residentBytes / MIB);
      await removeFolder(engineFolder);
    }
    const durationMs = Math.min(context.durationMs, WORKERS_LOAD_MS);
    for (const variant of chosenVariants(WORKERS, context)) {
      figures.push(...(await measureProgramVariant('processes', variant, durationMs, context)));
    }
    return {
      conditions: [
        `${files.rows.toLocaleString('en-US')} spans in ${files.paths.length} segments inserted one after the other, ten rows ` +
          'asked for every 20 ms meanwhile on a second session; then 10 MB of Native, ten times; CPU of all processes, merges not waited for',
        `workers: the whole program at full load over http/protobuf for ${durationMs / 1_000} s, merges included`,
        ...places.map((place) => `${place}: ${WHAT[place]}`),
      ],
      figures,
      layout: 'matrix',
    };
  } finally {
    await removeFolder(folder);
  }
}

type MeasuredPlace = {
  readonly figures: PlaceFigures;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
};

async function runPlace(
  place: EnginePlace,
  folder: string,
  segments: string,
  signal: AbortSignal,
): Promise<MeasuredPlace> {
  const child = spawn(process.execPath, [SCRIPT, place, folder, segments], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  let errors = '';
  let cpuSeconds = 0;
  const pid = child.pid ?? 0;
  using watch = watchResources(() => useOfTree(pid));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    // The line comes when everything is measured and the processes still live.
    cpuSeconds = useOfTree(pid).cpuSeconds;
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  signal.throwIfAborted();
  const { peakResidentBytes } = await watch.stop();
  try {
    return { figures: JSON.parse(output) as PlaceFigures, cpuSeconds, residentBytes: peakResidentBytes };
  } catch {
    throw new BenchFailure(`${place} gave no result: ${errors.trim().slice(-1_000)}`);
  }
}
