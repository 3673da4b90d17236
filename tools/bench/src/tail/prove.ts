// The conditions of tail sampling, proven on the way that was chosen, each by itself and then together while the
// engine is killed at random moments. A condition that does not hold ends the run.

import { mkdirSync, rmSync } from 'node:fs';
import { Random } from '../generate/random.ts';
import { BenchFailure } from '../harness/bench-failure.ts';
import { removeFolder } from '../harness/program.ts';
import type { Figure } from '../report/figure.ts';
import { MeasuredEngine } from '../storage/measured-engine.ts';
import { type WayRun, WINDOW } from './measure-way.ts';
import {
  between,
  DECISIONS,
  HOT,
  insertColumns,
  MAIN,
  ROLLUP,
  readWatermark,
  type TailSegment,
  type Way,
  type WayContext,
  withInsertSettings,
} from './way.ts';

const KILLS = 10;
const KILL_AFTER_MS_MAX = 1500;

export type Proof = WayRun & {
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Writes the segments' files anew: the proof deletes them. */
  readonly segmentsAnew: () => Promise<readonly TailSegment[]>;
};

export async function proveConditions(proof: Proof): Promise<readonly Figure[]> {
  const undisturbed = await calmRun(proof);
  const disturbed = await killedRun(proof);
  for (const what of ['main', 'decisions', 'rollup'] as const)
    expect(
      disturbed.state[what] === undisturbed.state[what],
      `after ${KILLS} kills ${what} is ${disturbed.state[what]}, without ${undisturbed.state[what]}`,
    );
  proof.say(
    `  ${KILLS} kills: the same ${disturbed.state.main.split('\t')[0]} spans kept as without, once each`,
  );
  return [
    {
      id: 'tail.proof.visible',
      label: 'visible after',
      row: 'proof',
      unit: 'ms',
      better: 'less',
      value: undisturbed.visibleMs,
    },
    { id: 'tail.proof.kills', label: 'kills survived', row: 'proof', unit: '', better: 'more', value: KILLS },
  ];
}

type State = { readonly main: string; readonly decisions: string; readonly rollup: string };

async function calmRun(proof: Proof): Promise<{ readonly state: State; readonly visibleMs: number }> {
  const { way, say } = proof;
  const folder = `${proof.folder}-calm`;
  mkdirSync(folder, { recursive: true });
  await using engine = new MeasuredEngine(folder, proof.inUse.configPath);
  const context: WayContext = { engine, table: proof.inUse.table, policy: proof.policy };
  await way.prepare(context);
  const waiting: TailSegment[] = [];
  let visibleMs = 0;
  for (const segment of await proof.segmentsAnew()) {
    proof.signal.throwIfAborted();
    const ids = `SELECT trace_id FROM file('${segment.path}', 'Native') LIMIT 1`;
    const [traceId = ''] = await engine.row(`SELECT hex(trace_id) FROM (${ids})`);
    const beganMs = performance.now();
    await way.take(context, segment);
    waiting.push(segment);
    const [found] = await engine.row(
      `SELECT count() FROM ${way.source(waiting, proof.inUse.table)} WHERE tenant = 'default' AND substring(trace_id, 9, 8) = unhex('${traceId.slice(16)}') AND trace_id = unhex('${traceId}')`,
    );
    expect(Number(found) > 0, `trace ${traceId} is not found when its segment has come in`);
    visibleMs = Math.max(visibleMs, performance.now() - beganMs);
    rmSync(segment.path);
    if (waiting.length >= 2 * WINDOW) await way.decide(context, waiting.splice(0, WINDOW), [...waiting]);
  }
  expect(visibleMs < 1000, `an undecided trace is found after ${visibleMs} ms only`);
  say(
    `  undecided spans are found ${visibleMs.toFixed(0)} ms after their segment was closed, at most; its file goes at once`,
  );
  while (waiting.length > 0) await way.decide(context, waiting.splice(0, WINDOW), [...waiting]);
  const state = await readState(engine);
  const [rows = 0] = (await engine.row(`SELECT sum(calls) FROM ${ROLLUP}`)).map(Number);
  expect(rows === proof.files.rows, `the rollup has seen ${rows} of ${proof.files.rows} spans`);
  say(`  the rollup has seen all ${rows} spans, of which ${state.main.split('\t')[0]} are kept`);
  await proveLateSpans(context, way, say);
  return { state, visibleMs };
}

/** Spans that come after the decision: one for a kept trace, and a failed one for a trace that was left out. */
async function proveLateSpans(context: WayContext, way: Way, say: Proof['say']): Promise<void> {
  const { engine, table } = context;
  const late = (await readWatermark(engine)) + 60_000_000n;
  const one = async (keep: number): Promise<string> =>
    (
      await engine.row(
        `SELECT hex(trace_id) FROM ${DECISIONS} WHERE keep = ${keep} ORDER BY trace_id LIMIT 1`,
      )
    )[0] ?? '';
  const [kept, left] = [await one(1), await one(0)];
  const before = await readState(engine);
  const columns = insertColumns(table);
  for (const [nth, traceId] of [kept, left].entries()) {
    const values = columns
      .split(', ')
      .map((column) => {
        if (column === 'segment') return `toUInt64(${late}) AS segment`;
        if (column === 'trace_id') return `toFixedString(unhex('${traceId}'), 16) AS trace_id`;
        if (column === 'span_id') return `toFixedString('late---${nth}', 8) AS span_id`;
        return column === 'status_code' ? 'toUInt8(2) AS status_code' : column;
      })
      .join(', ');
    await engine.run(
      withInsertSettings(
        `INSERT INTO ${HOT} (${columns}) SELECT ${values} FROM (SELECT * FROM ${MAIN} LIMIT 1)`,
      ),
    );
  }
  const count = async (table: string): Promise<string> =>
    (
      await engine.row(`SELECT countIf(span_id = 'late---0'), countIf(span_id = 'late---1') FROM ${table}`)
    ).join(' ');
  expect((await count(between(HOT, late, late))) === '1 1', 'late spans are not found at once');
  await way.decide(context, [{ id: late, path: '' }], []);
  const found = await count(MAIN);
  expect(found === '1 0', `of late spans, ${found} are in the main table, expected 1 0`);
  expect((await readState(engine)).decisions === before.decisions, 'a late span has changed a decision');
  say(
    '  late spans follow their trace: that of a kept trace is kept, that of one left out is not, though it failed',
  );
}

async function killedRun(proof: Proof): Promise<{ readonly state: State }> {
  const { way, signal } = proof;
  const folder = `${proof.folder}-killed`;
  mkdirSync(folder, { recursive: true });
  const segments = await proof.segmentsAnew();
  const random = new Random(proof.seed, 77);
  for (let life = 0; ; life++) {
    signal.throwIfAborted();
    await using engine = new MeasuredEngine(folder, proof.inUse.configPath);
    const timer =
      life < KILLS
        ? setTimeout(() => process.kill(engine.pid, 'SIGKILL'), 200 + random.below(KILL_AFTER_MS_MAX))
        : undefined;
    try {
      await workThrough(way, { engine, table: proof.inUse.table, policy: proof.policy }, segments);
      // A life that ends in time is killed as well, at rest.
      if (life < KILLS) await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS_MAX + 300));
      else {
        const state = await readState(engine);
        await removeFolder(folder);
        return { state };
      }
    } catch (cause) {
      if (life >= KILLS || !(cause instanceof BenchFailure) || !/engine ended/i.test(cause.message))
        throw cause;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** All segments, from wherever an earlier life has come to. Nothing is remembered but what the tables say. */
async function workThrough(way: Way, context: WayContext, segments: readonly TailSegment[]): Promise<void> {
  await way.prepare(context);
  const watermark = await readWatermark(context.engine);
  const waiting: TailSegment[] = [];
  for (const segment of segments) {
    if (segment.id <= watermark) continue;
    await way.take(context, segment);
    waiting.push(segment);
    if (waiting.length >= 2 * WINDOW) await way.decide(context, waiting.splice(0, WINDOW), [...waiting]);
  }
  while (waiting.length > 0) await way.decide(context, waiting.splice(0, WINDOW), [...waiting]);
}

async function readState(engine: MeasuredEngine): Promise<State> {
  const of = async (sql: string): Promise<string> => (await engine.row(sql)).join('\t');
  return {
    main: await of(
      `SELECT count(), uniqExact(trace_id, span_id), groupBitXor(cityHash64(trace_id, span_id, weight, decision)) FROM ${MAIN} WHERE span_id NOT LIKE 'late%'`,
    ),
    decisions: await of(
      `SELECT count(), uniqExact(trace_id), groupBitXor(cityHash64(trace_id, keep, weight, reason)) FROM ${DECISIONS}`,
    ),
    rollup: await of(`SELECT sum(calls), sum(failures), sum(nanos) FROM ${ROLLUP}`),
  };
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new BenchFailure(`Tail sampling: ${otherwise}`);
}
