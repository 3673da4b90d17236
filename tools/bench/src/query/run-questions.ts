// Asks all questions of one API, one after the other, and judges every answer. The first of each kind is asked once
// unmeasured, so that the figures are of a warm page cache and warm code.

import { BenchFailure } from '../harness/bench-failure.ts';
import { type Figure, percentile } from '../report/figure.ts';
import { ask } from './http-query.ts';
import type { Population } from './population.ts';
import { type Asked, QUESTIONS } from './questions.ts';
import type { TraceApi } from './trace-api.ts';

export type QuestionRun = {
  readonly api: TraceApi;
  readonly base: string;
  readonly population: Population;
  readonly storedSpans: number;
  /** The range that searches name. */
  readonly fromMs: number;
  readonly toMs: () => number;
  /** What figure ids begin with. */
  readonly scenario: string;
  /** What labels begin with: the circumstances, if they are not the usual ones. */
  readonly prefix: string;
  /** How many different values are asked for, instead of what the question says. */
  readonly times?: number;
  /** Questions by id; all without it. */
  readonly only?: ReadonlySet<string>;
  /** Runs before each asking, unmeasured. */
  readonly before?: () => void;
  readonly signal: AbortSignal;
};

export async function runQuestions(run: QuestionRun): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const question of QUESTIONS) {
    if (run.only?.has(question.id) === false) continue;
    const elapsedMs: number[] = [];
    for (let time = -1; time < (run.times ?? question.times); time++) {
      run.signal.throwIfAborted();
      run.before?.();
      const span = run.population.pick();
      const asked = question.ask(span, run.api.needsService ? span.service : undefined);
      const answer = await ask(toHttp(run, asked));
      if (answer.status !== 200) {
        throw new BenchFailure(
          `${run.api.name} answered "${question.label}" with ${answer.status}: ${answer.body.slice(0, 300)}`,
        );
      }
      const wrong = question.judge(run.api.read(asked.kind, answer.body), span, run.storedSpans);
      if (wrong !== undefined) {
        throw new BenchFailure(
          `${run.api.name} answered "${question.label}" wrongly for ${JSON.stringify(span)}: ${wrong}`,
        );
      }
      if (time >= 0) elapsedMs.push(answer.elapsedMs);
    }
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
    ] as const) {
      figures.push({
        id: `${run.scenario}.${run.api.name}.${question.id}.${name}`,
        label: name,
        row: `${run.prefix}${run.api.name}: ${question.label}`,
        unit: 'ms',
        better: 'less',
        value: percentile(elapsedMs, share),
      });
    }
  }
  return figures;
}

function toHttp(run: QuestionRun, asked: Asked): ReturnType<TraceApi['byId']> {
  if (asked.kind === 'byId') return run.api.byId(run.base, asked.traceId);
  return run.api.search(run.base, { ...asked.search, fromMs: run.fromMs, toMs: run.toMs() });
}
