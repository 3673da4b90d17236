// All scenarios, in the order in which they run. A new one is a file beside this and a line here.

import { decodeScenario } from './decode.ts';
import { ingestScenario } from './ingest.ts';
import { pacedScenario } from './paced.ts';
import { queryScenario } from './query.ts';
import type { Scenario } from './scenario.ts';
import { startScenario } from './start.ts';
import { storageScenario } from './storage.ts';

export const SCENARIOS: readonly Scenario[] = [
  ingestScenario('ingest', 'http/protobuf', 'standard', true),
  ingestScenario('ingest-grpc', 'grpc', 'standard', true),
  ingestScenario('ingest-json', 'http/json', 'standard', false),
  ingestScenario('ingest-jaeger', 'http/protobuf', 'jaeger', false),
  pacedScenario,
  queryScenario,
  startScenario,
  decodeScenario,
  storageScenario,
];
