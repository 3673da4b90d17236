/**
 * Merges: whether the engine still works on what it was given. A benchmark that stops its clock before that
 * leaves out half of the work.
 */
import { ok, type Result } from '@tracewright/std';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { DATABASE } from './schema/v0001.ts';

export type MergeStatus = {
  readonly running: number;
  /** Parts that queries read, over all tables. */
  readonly parts: number;
  /** True when no merge runs. The engine may still find one worth starting: ask twice. */
  readonly settled: boolean;
};

const DEADLINE_MS = 10_000;

export async function readMerges(engine: Engine): Promise<Result<MergeStatus>> {
  const answer = await engine.query({
    sql: `SELECT toUInt32(ifNull((SELECT count() FROM system.merges WHERE database = '${DATABASE}'), 0)) AS running,
toUInt32(ifNull((SELECT count() FROM system.parts WHERE database = '${DATABASE}' AND active), 0)) AS parts`,
    class: 'scan',
    deadlineMs: DEADLINE_MS,
  });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  if (!blocks.ok) return blocks;
  const running = blocks.value[0]?.numbers('running')[0] ?? 0;
  const parts = blocks.value[0]?.numbers('parts')[0] ?? 0;
  return ok({ running, parts, settled: running === 0 });
}
