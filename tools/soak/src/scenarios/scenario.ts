/**
 * A scenario is a proof that takes long: it starts what it needs, tries to break it, cleans up, and says what it
 * found. What is broken is a sentence in `failures`; a run without any is a success. Whatever is random in it follows
 * from the seed.
 */
import type { OptionTable, OptionValues } from '../options.ts';

export type SoakContext = {
  readonly options: OptionValues;
  /** Decides all that is random. */
  readonly seed: number;
  /** Aborted when the person at the terminal has had enough; what was found so far is still reported. */
  readonly signal: AbortSignal;
  /** Tells a person what goes on; a line goes to stderr. */
  readonly say: (line: string) => void;
};

export type SoakFigure = { readonly label: string; readonly value: string };

export type SoakResult = {
  readonly figures: readonly SoakFigure[];
  /** What did not hold, each with what is needed to see it again. */
  readonly failures: readonly string[];
};

export type Scenario = {
  readonly name: string;
  readonly summary: string;
  /** Beside --seed, --json and --help, which all have. */
  readonly options: OptionTable;
  readonly run: (context: SoakContext) => Promise<SoakResult>;
};
