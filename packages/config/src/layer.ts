/**
 * Layer: what one source (file, environment, flags) says, before it is understood.
 *
 * A source only finds out which key is meant and where it stands; the meaning of the text is the same for all
 * sources and is decided in `resolve.ts`.
 */
import type { Origin, Problem } from './problem.ts';

export interface LayerEntry {
  readonly key: string;
  readonly raw: string | readonly string[];
  readonly origin: Origin;
}

export interface Layer {
  readonly entries: readonly LayerEntry[];
  readonly problems: readonly Problem[];
}

export const emptyLayer: Layer = { entries: [], problems: [] };
