// All scenarios, in the order in which they run. A new one is a file beside this and a line here.

import { decodeScenario } from './decode.ts';
import { ingestScenario } from './ingest.ts';
import { memoryScenario } from './memory.ts';
import { pacedScenario } from './paced.ts';
import { processesScenario } from './processes.ts';
import { A_MINUTE_OF_BATCHES, queryScenario } from './query.ts';
import type { Scenario } from './scenario.ts';
import { startScenario } from './start.ts';
import { startFullScenario } from './start-full.ts';
import { STORAGE_SCENARIOS } from './storage.ts';
import { tailScenario } from './tail.ts';

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
];
