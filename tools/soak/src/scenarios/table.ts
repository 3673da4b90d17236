/** All scenarios, in the order in which they run. A new one is a file beside this and a line here. */
import { fuzzScenario } from './fuzz.ts';
import { killScenario } from './kill.ts';
import { overloadScenario } from './overload.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS: readonly Scenario[] = [fuzzScenario, killScenario, overloadScenario];
