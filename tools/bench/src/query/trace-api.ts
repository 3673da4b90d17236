// What a query API must be able to be asked for the bench, and what is read from its answers.

import type { HttpQuestion } from './http-query.ts';

export type TraceSearch = {
  readonly service?: string;
  readonly operation?: string;
  readonly minDurationMs?: number;
  /** A string attribute that a span has, or with `anyScope` the span, its resource, scope, events or links. */
  readonly attribute?: { readonly key: string; readonly value: string; readonly anyScope?: boolean };
  readonly limit: number;
  readonly fromMs: number;
  readonly toMs: number;
};

/** A trace in an answer; `spans` only where the answer holds the whole trace. */
export type FoundTrace = { readonly traceId: string; readonly spans?: number };

export type TraceApi = {
  readonly name: 'native' | 'jaeger';
  /** Whether a search must name a service. */
  readonly needsService: boolean;
  readonly byId: (base: string, traceId: string) => HttpQuestion;
  readonly search: (base: string, search: TraceSearch) => HttpQuestion;
  /** The traces of an answer to either question. */
  readonly read: (question: 'byId' | 'search', body: string) => readonly FoundTrace[];
};
