// The questions of the bench as data: what is asked, how often the answer is there, and what a right answer
// holds. A fast wrong answer is no figure.

import { STANDARD_FACTS } from '../generate/standard-workload.ts';
import type { PickedSpan } from './population.ts';
import type { FoundTrace, TraceSearch } from './trace-api.ts';

export type Asked =
  | { readonly kind: 'byId'; readonly traceId: string }
  | { readonly kind: 'search'; readonly search: Omit<TraceSearch, 'fromMs' | 'toMs'> };

export type Question = {
  readonly id: string;
  readonly label: string;
  /** How many different values are asked for. */
  readonly times: number;
  /** What is asked about a span; `service` is given where the API insists on one. */
  readonly ask: (span: PickedSpan, service: string | undefined) => Asked;
  /** What is wrong with the answer, or undefined. */
  readonly judge: (found: readonly FoundTrace[], span: PickedSpan, storedSpans: number) => string | undefined;
};

const NEWEST = 20;

/** Below this many expected matches the newest page must hold the very span that was asked about. */
const SURELY_ON_PAGE = 10;

export const QUESTIONS: readonly Question[] = [
  {
    id: 'byId',
    label: 'trace by id',
    times: 50,
    ask: ({ traceId }) => ({ kind: 'byId', traceId }),
    judge: (found, span) => {
      const [trace] = found;
      if (trace?.traceId !== span.traceId) return `found ${trace?.traceId ?? 'nothing'}`;
      return trace.spans === 8 ? undefined : `found ${trace.spans} of 8 spans`;
    },
  },
  {
    id: 'service',
    label: 'service, newest 20',
    times: 20,
    ask: () => search({ service: STANDARD_FACTS.service }),
    judge: fullPage,
  },
  {
    id: 'serviceNameDuration',
    label: 'service + name + duration ≥ 50 ms, newest 20',
    times: 20,
    ask: () =>
      search({ service: STANDARD_FACTS.service, operation: STANDARD_FACTS.operation, minDurationMs: 50 }),
    judge: fullPage,
  },
  {
    id: 'unique',
    label: 'attribute on one span (unforeseen key)',
    times: 12,
    ask: (span, service) => attribute(STANDARD_FACTS.unique.key, span.orderRef, service),
    judge: (found, span) =>
      found.length === 1 && found[0]?.traceId === span.traceId ? undefined : `found ${found.length} traces`,
  },
  {
    id: 'rareKnown',
    label: 'attribute on 1 of 200,000 (well-known key)',
    times: 12,
    ask: (span, service) => attribute(STANDARD_FACTS.wellKnown.key, span.userId, service),
    judge: (found, span, storedSpans) => {
      if (found.length === 0) return 'found nothing';
      if (storedSpans / STANDARD_FACTS.wellKnown.below > SURELY_ON_PAGE) return undefined;
      return found.some((trace) => trace.traceId === span.traceId) ? undefined : `missed ${span.traceId}`;
    },
  },
  {
    id: 'rareUnforeseen',
    label: 'attribute on 1 of 200,003 (unforeseen key)',
    times: 12,
    ask: (_, service) => attribute(STANDARD_FACTS.rare.key, STANDARD_FACTS.rare.value, service),
    // Within one service a small load may hold none.
    judge: (found, _, storedSpans) =>
      found.length === 0 && storedSpans > 4_000_000 ? 'found nothing' : undefined,
  },
  {
    id: 'rareAnyScope',
    label: 'attribute on 1 of 200,000, in whatever scope',
    times: 12,
    ask: (span, service) => attribute(STANDARD_FACTS.wellKnown.key, span.userId, service, true),
    judge: (found) => (found.length === 0 ? 'found nothing' : undefined),
  },
  {
    id: 'common',
    label: 'attribute on 1 of 20 (unforeseen key), newest 20',
    times: 12,
    ask: (_, service) => attribute(STANDARD_FACTS.common.key, STANDARD_FACTS.common.value, service),
    judge: fullPage,
  },
  {
    id: 'absentKnown',
    label: 'absent attribute value (well-known key)',
    times: 12,
    ask: (span, service) => attribute(STANDARD_FACTS.wellKnown.key, `gone-${span.userId}`, service),
    judge: nothing,
  },
  {
    id: 'absent',
    label: 'absent attribute value (unforeseen key)',
    times: 12,
    ask: (span, service) =>
      attribute(STANDARD_FACTS.absent.key, `${STANDARD_FACTS.absent.value}-${span.userId}`, service),
    judge: nothing,
  },
];

function search(wanted: Omit<TraceSearch, 'fromMs' | 'toMs' | 'limit'>): Asked {
  return { kind: 'search', search: { ...wanted, limit: NEWEST } };
}

function attribute(key: string, value: string, service: string | undefined, anyScope = false): Asked {
  return search({ attribute: { key, value, anyScope }, ...(service === undefined ? {} : { service }) });
}

function fullPage(found: readonly FoundTrace[]): string | undefined {
  const distinct = new Set(found.map((trace) => trace.traceId)).size;
  return distinct === NEWEST ? undefined : `found ${distinct} of ${NEWEST} traces`;
}

function nothing(found: readonly FoundTrace[]): string | undefined {
  return found.length === 0 ? undefined : `found ${found.length} traces of a value nobody sent`;
}
