// One way measured: segments come in one after the other, windows are decided when as many segments have come behind
// them as a hold lasts; CPU of the engine until merges rest, and bytes where they lie.

import { mkdirSync } from 'node:fs';
import { BenchFailure } from '../harness/bench-failure.ts';
import { Population } from '../query/population.ts';
import { type Figure, percentile } from '../report/figure.ts';
import { MeasuredEngine } from '../storage/measured-engine.ts';
import type { SegmentFiles } from '../storage/segment-files.ts';
import { SQL_QUESTIONS } from '../storage/sql-questions.ts';
import type { TableInUse } from '../storage/table-in-use.ts';
import { SPANS_DIALECT } from '../storage/variants.ts';
import type { Policy } from './policy.ts';
import { DECISIONS, MAIN, ROLLUP, type TailSegment, type Way, type WayContext } from './way.ts';

export type WayRun = {
  readonly way: Way;
  readonly policy: Policy;
  readonly segments: readonly TailSegment[];
  readonly files: SegmentFiles;
  readonly inUse: TableInUse;
  readonly folder: string;
  readonly signal: AbortSignal;
};

/** Segments of a window, and of the hold behind it. */
export const WINDOW = 8;
const REPEATS = 12;

/** Questions about what has just come in. */
const ASKED: ReadonlySet<string> = new Set(['byId', 'service', 'serviceNameDuration']);

export async function measureWay(run: WayRun): Promise<readonly Figure[]> {
  const { way, policy, segments, files, signal } = run;
  const figures: Figure[] = [];
  const row = `${way.name} at ${policy.probability * 100} %`;
  const add = (id: string, label: string, unit: string, value: number): void =>
    void figures.push({
      id: `tail.${way.name}.${policy.probability}.${id}`,
      label,
      row,
      unit,
      better: 'less',
      value,
    });
  mkdirSync(run.folder, { recursive: true });
  await using engine = new MeasuredEngine(run.folder, run.inUse.configPath);
  const context: WayContext = { engine, table: run.inUse.table, policy };
  await way.prepare(context);
  const cpuBefore = engine.cpuSeconds;
  const waiting: TailSegment[] = [];
  let decidedMs = 0;
  for (const segment of segments) {
    signal.throwIfAborted();
    await way.take(context, segment);
    waiting.push(segment);
    if (waiting.length < 2 * WINDOW) continue;
    const beganMs = performance.now();
    await way.decide(context, waiting.slice(0, WINDOW), waiting.slice(WINDOW));
    decidedMs = Math.max(decidedMs, performance.now() - beganMs);
    waiting.splice(0, WINDOW);
  }
  const cpuAsking = engine.cpuSeconds;
  const asked = await ask(run, engine, way.source(waiting, run.inUse.table));
  const cpuAsked = engine.cpuSeconds - cpuAsking;
  const [hotBytes = 0, hotRows = 0] = (
    await engine.row(
      `SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND database = 'bench' AND table = 'spans_hot'`,
    )
  ).map(Number);
  while (waiting.length > 0) await way.decide(context, waiting.splice(0, WINDOW), [...waiting]);
  const cpuDecided = (await engine.settled(signal)) - cpuAsked;
  const perMillion = (seconds: number): number => (seconds / files.rows) * 1e6;
  add('cpu', 'CPU', 's/M in', perMillion(cpuDecided - cpuBefore));

  const [kept = 0, calls = 0] = (
    await engine.row(`SELECT (SELECT count() FROM ${MAIN}), (SELECT sum(calls) FROM ${ROLLUP})`)
  ).map(Number);
  if (calls !== files.rows)
    throw new BenchFailure(`${row}: the rollup has seen ${calls} of ${files.rows} spans`);
  const [mainBytes = 0, decisionBytes = 0] = (
    await engine.row(
      `SELECT sumIf(bytes_on_disk, table = 'spans'), sumIf(bytes_on_disk, table = 'decisions') FROM system.parts WHERE active AND database = 'bench'`,
    )
  ).map(Number);
  add('kept', 'kept', '%', (kept / files.rows) * 100);
  add('mainBytes', 'main', 'B/span in', mainBytes / files.rows);
  add('keptBytes', 'main by kept', 'B/span kept', mainBytes / kept);
  add('hotBytes', 'hot', 'B/span held', hotRows === 0 ? 0 : hotBytes / hotRows);
  add('decisionBytes', 'decisions', 'B/span in', decisionBytes / files.rows);
  add('decideMs', 'window max', 'ms', decidedMs);
  for (const { id, label, p50Ms } of asked) add(id, `${label}, undecided`, 'ms', p50Ms);
  if (way.name !== 'no-sampling') await judgeDecisions(engine, row);
  return figures;
}

/** By the filter of the hot table; the list of where traces lie belongs to the program's own table. */
function byFilter(traceId: string): string {
  return `substring(trace_id, 9, 8) = unhex('${traceId.slice(16)}') AND trace_id = unhex('${traceId}')`;
}

/** Each decision is made once, and weights count back to all traces within what chance allows. */
async function judgeDecisions(engine: MeasuredEngine, row: string): Promise<void> {
  const [traces = 0, distinct = 0, weighed = 0, variance = 0] = (
    await engine.row(
      `SELECT count(), uniqExact(trace_id), sum(weight), sumIf(weight * (weight - 1), keep) FROM ${DECISIONS}`,
    )
  ).map(Number);
  if (traces !== distinct) throw new BenchFailure(`${row}: ${traces - distinct} traces are decided twice`);
  if (Math.abs(weighed - traces) > 5 * Math.sqrt(variance) + 1)
    throw new BenchFailure(`${row}: weights say ${weighed} traces, there were ${traces}`);
}

async function ask(
  { files, signal, segments, policy }: WayRun,
  engine: MeasuredEngine,
  source: string,
): Promise<readonly { id: string; label: string; p50Ms: number }[]> {
  const population = new Population({ ...files });
  const perSegment = files.rows / segments.length;
  // Of the traces that came last nothing is decided.
  const undecidedFrom =
    population.wholeTraces - Math.floor((perSegment * WINDOW) / population.spansPerTrace / 2);
  const dialect = { ...SPANS_DIALECT, table: source, trace: byFilter };
  const times: { id: string; label: string; p50Ms: number }[] = [];
  for (const question of SQL_QUESTIONS.filter(({ id }) => ASKED.has(id))) {
    const elapsedMs: number[] = [];
    for (let time = -1; time < REPEATS; time++) {
      signal.throwIfAborted();
      const answer = await engine.run(
        question.sql(dialect, population.pick(undecidedFrom)),
        'JSONCompactEachRow',
      );
      const found = answer.text.split('\n').filter((line) => line !== '').length;
      if (!question.right(found))
        throw new BenchFailure(
          `${source.slice(0, 80)} at ${policy.probability}: ${question.label} finds ${found} rows`,
        );
      if (time >= 0) elapsedMs.push(answer.elapsedMs);
    }
    times.push({ id: question.id, label: question.label, p50Ms: percentile(elapsedMs, 0.5) });
  }
  return times;
}
