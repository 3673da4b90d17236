// A start of the program, measured: when it accepts a span, when it can be asked, when everything that waited in segments
// is stored.

import { firstAccepted } from '../harness/first-accepted.ts';
import type { Program } from '../harness/program.ts';
import { untilReplayed } from '../harness/program-status.ts';
import type { Figure } from '../report/figure.ts';

export type MeasuredStart = {
  /** Spans that were sent to see that they are accepted. */
  readonly sent: number;
  /** Spans in the table when everything is stored. */
  readonly rows: number;
  readonly figures: readonly Figure[];
};

/** `id` makes a figure's id of the moment that it tells, `words` is what labels begin with. */
export async function measureStart(
  program: Program,
  seed: number,
  signal: AbortSignal,
  id: (moment: 'Accepted' | 'Ready' | 'Replayed') => string,
  words: string = '',
): Promise<MeasuredStart> {
  const first = await firstAccepted(program, seed, signal);
  await program.ready(signal);
  const readyMs = performance.now() - program.startedMs;
  const rows = await untilReplayed(program, signal);
  const replayedMs = performance.now() - program.startedMs;
  const figure = (moment: Parameters<typeof id>[0], label: string, value: number): Figure => ({
    id: id(moment),
    label: `${words}${label}`,
    unit: 'ms',
    better: 'less',
    value,
  });
  return {
    sent: first.spans,
    rows,
    figures: [
      figure('Accepted', 'first span accepted', first.afterMs),
      figure('Ready', 'ready to answer questions', readyMs),
      figure('Replayed', 'everything stored', replayedMs),
    ],
  };
}
