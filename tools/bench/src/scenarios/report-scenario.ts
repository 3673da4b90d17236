// Runs a scenario as often as asked and joins its figures. One that fails gives its reason and no figure, and does not
// keep the others from being measured.

import { BenchFailure } from '../harness/bench-failure.ts';
import { DISTURBING_PROCESSORS, watchForeignLoad } from '../harness/foreign-load.ts';
import type { ScenarioReport } from '../report/bench-report.ts';
import { joinFigures } from '../report/figure.ts';
import type { Scenario, ScenarioContext, ScenarioResult } from './scenario.ts';

/** Throws only when it is interrupted. */
export async function reportScenario(
  scenario: Scenario,
  context: ScenarioContext,
  runs: number,
): Promise<ScenarioReport> {
  const results: ScenarioResult[] = [];
  let foreignProcessors = 0;
  let failure: string | undefined;
  for (let run = 1; run <= runs && failure === undefined; run++) {
    context.say(`${scenario.name}${runs > 1 ? ` ${run}/${runs}` : ''}: ${scenario.summary}`);
    const foreign = watchForeignLoad();
    try {
      results.push(await scenario.run(context));
    } catch (error) {
      if (context.signal.aborted) throw error;
      failure = error instanceof BenchFailure ? error.message : describeMistake(error);
      context.say(`FAILED: ${failure}\n`);
    }
    foreignProcessors = Math.max(foreignProcessors, foreign.end().processors);
    if (foreignProcessors > DISTURBING_PROCESSORS) {
      context.say(
        `  other processes kept ${foreignProcessors.toFixed(2)} processors busy: these figures are disturbed`,
      );
    }
  }
  const [first] = results;
  return {
    name: scenario.name,
    conditions: failure === undefined ? (first?.conditions ?? []) : [],
    foreignProcessors,
    ...(failure === undefined ? {} : { failure }),
    layout: first?.layout ?? 'list',
    figures: failure === undefined ? joinFigures(results.map((result) => result.figures)) : [],
  };
}

/** An error that nobody foresaw says where it comes from, too. */
function describeMistake(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.message}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
