// All scenarios, in the order in which they run. A new one is a file beside this and a line here.

import { ASKED_SCENARIOS } from '../report/asked-figures.ts';
import { decodeScenario } from './decode.ts';
import { ingestScenario } from './ingest.ts';
import { memoryScenario } from './memory.ts';
import { pacedScenario } from './paced.ts';
import { processesScenario } from './processes.ts';
import { A_MINUTE_OF_BATCHES, queryScenario } from './query.ts';
import type { Scenario } from './scenario.ts';
import { segmentEndsScenario } from './segment-ends.ts';
import { startScenario } from './start.ts';
import { startFullScenario } from './start-full.ts';
import { STORAGE_SCENARIOS } from './storage.ts';
import { tailScenario } from './tail.ts';

/** What is promised: names the scenarios that answer it. */
export const FIGURES = 'figures';

export const SCENARIOS: readonly Scenario[] = [
  ingestScenario('ingest', 'http/protobuf', 'standard', true),
  ingestScenario('ingest-grpc', 'grpc', 'standard', true),
  ingestScenario('ingest-json', 'http/json', 'standard', false),
  ingestScenario('ingest-jaeger', 'http/protobuf', 'jaeger', false),
  pacedScenario,
  queryScenario(
    'query',
    'trace by id and searches over 10 million spans: at rest, during ingest, cold, engine alone',
    true,
    { spans: 10_000_000 },
    { jaeger: true, live: true, cold: true, engine: true },
  ),
  queryScenario(
    'query-scattered',
    'the same at rest, with traces that arrived over a minute of ingest',
    false,
    { spans: 10_000_000, scatter: A_MINUTE_OF_BATCHES },
    { jaeger: false, live: false, cold: false, engine: true },
  ),
  queryScenario(
    'query-100m',
    'the same at rest over 100 million spans',
    false,
    { spans: 100_000_000 },
    { jaeger: false, live: false, cold: true, engine: false },
  ),
  memoryScenario,
  startScenario,
  startFullScenario,
  decodeScenario,
  ...STORAGE_SCENARIOS,
  tailScenario,
  processesScenario,
  segmentEndsScenario,
];

/** The scenarios that are asked for by these names, or by none of them the usual ones; or a name that none has. */
export function chooseScenarios(
  names: readonly string[],
): { readonly chosen: readonly Scenario[] } | { readonly unknown: string } {
  const wanted = names.flatMap((name) => (name === FIGURES ? ASKED_SCENARIOS : [name]));
  const unknown = wanted.find((name) => !SCENARIOS.some((scenario) => isNamed(scenario, name)));
  if (unknown !== undefined) return { unknown };
  return {
    chosen: SCENARIOS.filter((scenario) =>
      wanted.length === 0 ? scenario.byDefault : wanted.some((name) => isNamed(scenario, name)),
    ),
  };
}

/** `storage` names all of `storage:…`. */
function isNamed(scenario: Scenario, name: string): boolean {
  return scenario.name === name || scenario.name.startsWith(`${name}:`);
}
