// A scenario is a measurement with a name: it starts what it needs, measures, cleans up, and returns figures with
// the conditions under which they hold.

import type { Figure } from '../report/figure.ts';
import type { StorePlace } from '../store/borrow-store.ts';
import type { StoreRecipe } from '../store/store-content.ts';

export type ScenarioContext = {
  /** Too short to quote, long enough to see that it works. */
  readonly quick: boolean;
  /** How long a load runs. */
  readonly durationMs: number;
  /** Spans a second of a paced load. */
  readonly rate: number;
  /** How many spans are stored or compared, where somebody has said so. */
  readonly spans: number | undefined;
  readonly connections: number;
  /** Batches between two spans of a trace. */
  readonly scatter: number;
  /** Settings for the program: `--key value` pairs. */
  readonly settings: readonly string[];
  /** Variants of storage to compare; all where none is named. */
  readonly variants: readonly string[];
  /** How a store is filled: what the scenario wants unless somebody has said otherwise. */
  readonly recipe: (wanted: Partial<StoreRecipe>) => StoreRecipe;
  /** Where the store of a scenario lies. */
  readonly place: (scenario: string) => StorePlace;
  readonly profileFolder: string | undefined;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Tells a person what goes on; goes to stderr. */
  readonly say: (line: string) => void;
};

export type ScenarioResult = {
  readonly conditions: readonly string[];
  readonly figures: readonly Figure[];
  /** A list of figures, or a matrix of rows by labels. */
  readonly layout?: 'list' | 'matrix';
};

export type Scenario = {
  readonly name: string;
  readonly summary: string;
  /** Whether it runs when no scenario is named. */
  readonly byDefault: boolean;
  readonly run: (context: ScenarioContext) => Promise<ScenarioResult>;
};
