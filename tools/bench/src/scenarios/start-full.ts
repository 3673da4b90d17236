// How soon the program accepts its first span when it starts over a full store with many segments to replay. The
// segments are written by the real ingest loop and none of them was inserted; all of it must be there in the end.

import { join } from 'node:path';
import { BenchFailure } from '../harness/bench-failure.ts';
import { dropPageCache } from '../harness/page-cache.ts';
import { Program } from '../harness/program.ts';
import { writeSegmentFiles } from '../storage/segment-files.ts';
import { borrowStore } from '../store/borrow-store.ts';
import { describeStore } from '../store/store-content.ts';
import { measureStart } from './measured-start.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

const REPLAY_BYTES = 1e9;
const SEGMENT_BYTES_PER_SPAN = 450;
/** What a segment holds that is closed after 0.3 s at 60,000 spans a second. */
const SEGMENT_ROWS = 18_000;

export const startFullScenario: Scenario = {
  name: 'start-full',
  summary: 'time to the first accepted span over 10 million spans and 1 GB of segments to replay',
  byDefault: false,
  run: startFull,
};

async function startFull(context: ScenarioContext): Promise<ScenarioResult> {
  await using store = await borrowStore(
    context.place('query'),
    context.recipe({ spans: context.quick ? 500_000 : 10_000_000 }),
    context,
  );
  const { content } = store;
  const bytesWanted = context.quick ? REPLAY_BYTES / 20 : REPLAY_BYTES;
  context.say(`  writing ${bytesWanted / 1e6} MB of segments`);
  const waiting = await writeSegmentFiles(
    join(store.folder, 'wal'),
    {
      ...content,
      seed: content.seed + 1,
      spans: Math.ceil(bytesWanted / SEGMENT_BYTES_PER_SPAN),
      scatter: 0,
      segmentRows: SEGMENT_ROWS,
      rangeMs: 0,
    },
    context.signal,
  );
  const cold = dropPageCache(store.folder);
  await using program = await Program.start({
    ...context,
    settings: ['--storage.retention.age', '0', ...context.settings],
    dataFolder: store.folder,
  });
  const { sent, rows, figures } = await measureStart(
    program,
    content.seed + 2,
    context.signal,
    (moment) => `start-full.${moment.toLowerCase()}`,
  );
  const expected = content.rows + waiting.rows + sent;
  if (rows !== expected) throw new BenchFailure(`${rows} spans are stored after the replay, not ${expected}`);
  await program.stop();
  return {
    conditions: [
      `${describeStore(content)}; ${(waiting.bytes / 1e6).toFixed(0)} MB in ${waiting.paths.length} segments of ${SEGMENT_ROWS} rows to replay, ` +
        `files ${cold ? 'cold' : 'warm'}; every span of them was stored once`,
    ],
    figures,
  };
}
