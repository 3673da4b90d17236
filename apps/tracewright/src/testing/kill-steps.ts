/** The named steps at which the program is killed under load: each stands in the source as a failpoint. */
import type { KillOrder } from './kill-bench.ts';

/** Of the worker's road from a request's rows to a closed segment. */
const SEGMENT_STEPS: readonly string[] = [
  'wal.open.begin',
  'wal.open.made',
  'wal.open.done',
  'wal.append.begin',
  'wal.append.written',
  'wal.record.begin',
  'wal.record.written',
  'wal.answer.begin',
  'wal.answer.said',
  'wal.close.begin',
  'wal.close.done',
  'wal.close.handed',
];

/** From there to rows that are safe and a segment that is gone. */
const INSERT_STEPS: readonly string[] = [
  'insert.begin',
  'insert.send.begin',
  'insert.send.done',
  'insert.send.answered',
  'insert.done',
  'segment.remove.begin',
  'segment.remove.renamed',
  'segment.remove.done',
];

/** Seldom under load, and always soon after a start. */
const FLOOR_STEPS: readonly string[] = ['floor.write.begin', 'floor.write.synced', 'floor.write.renamed'];

export const SERVER_KILLS: readonly KillOrder[] = [
  ...[...SEGMENT_STEPS, ...INSERT_STEPS].map((step): KillOrder => ({ step, victim: 'server' })),
  ...FLOOR_STEPS.map((step): KillOrder => ({ step, victim: 'server', after: 'server killed' })),
];

export const WORKER_KILLS: readonly KillOrder[] = SEGMENT_STEPS.map(
  (step): KillOrder => ({ step, victim: 'worker' }),
);

export const ENGINE_KILLS: readonly KillOrder[] = [
  { step: 'engine.insert.begin', victim: 'engine' },
  // In the middle of it: before the part, and between the part and the rollup's.
  ...[1, 3, 6, 10, 20].map(
    (delayMs): KillOrder => ({ step: 'engine.insert.begin', victim: 'engine', delayMs }),
  ),
  { step: 'engine.insert.done', victim: 'engine' },
  { step: 'engine.insert.answered', victim: 'engine' },
  { step: 'engine.select.begin', victim: 'engine' },
  { step: 'engine.select.done', victim: 'engine' },
  { step: 'engine.select.answered', victim: 'engine' },
  { step: 'engine.open.begin', victim: 'engine', after: 'engine killed' },
  { step: 'engine.open.done', victim: 'engine', after: 'engine killed' },
  { step: 'engine.stop.begin', victim: 'engine', after: 'server told to stop' },
];
