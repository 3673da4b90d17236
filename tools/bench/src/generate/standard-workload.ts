// The standard workload: a shop of ten services with Zipf-skewed traffic, traces of eight spans that call each
// other plausibly, twelve span and twelve resource attributes, about 512 bytes a span. Which values are common,
// rare, unique or absent is fixed here and exported, so that queries can name what they look for.

import { Random, Zipf } from './random.ts';
import { attributesOf, type SpanRole } from './shop-attributes.ts';
import { resourcesOf, SERVICES } from './shop-resources.ts';
import type { SpanEvent, SpanShape, Workload } from './workload.ts';
import { text } from './workload.ts';

export type StandardWorkloadOptions = {
  readonly seed: number;
  /** Spans in a request; rounded down to whole traces. */
  readonly batch: number;
  readonly attributes: number;
  readonly resourceAttributes: number;
};

/** What queries over the standard workload look for, and how often it is there. */
export const STANDARD_FACTS = {
  /** The busiest service, with about a third of all spans. */
  service: 'storefront',
  /** An operation that the busiest service serves. */
  operation: 'GET /storefront/items/{id}',
  /** A value that about one span in twenty has. */
  common: { key: 'shop.voucher', value: 'welcome-10' },
  /** A value of a key nobody foresaw that one span in 200,003 has. */
  rare: { key: 'shop.voucher', value: 'gift-7f3a9' },
  /** A well-known key; each of its 200,000 values is on one span in 200,000. */
  wellKnown: { key: 'user.id', prefix: 'u-', below: 200_000, salt: 11 },
  /** The key whose value no two spans share. */
  unique: { key: 'shop.order.ref' },
  absent: { key: 'shop.voucher', value: 'never-sent' },
} as const;

const SPANS_PER_TRACE = 8;
const RARE_EVERY_SPANS = 200_003;
const MICROSECOND = 1_000;
const MILLISECOND = 1_000_000;

/** Trees of eight spans: for each span the parent, the role, and which of the trace's three services it is in. */
const TREES: readonly (readonly (readonly [parent: number, role: SpanRole, service: 0 | 1 | 2])[])[] = [
  [
    [-1, 'server', 0],
    [0, 'internal', 0],
    [1, 'client', 0],
    [2, 'server', 1],
    [3, 'database', 1],
    [1, 'client', 0],
    [5, 'server', 2],
    [6, 'database', 2],
  ],
  [
    [-1, 'server', 0],
    [0, 'client', 0],
    [1, 'server', 1],
    [2, 'client', 1],
    [3, 'server', 2],
    [4, 'database', 2],
    [4, 'database', 2],
    [4, 'internal', 2],
  ],
  [
    [-1, 'server', 0],
    [0, 'database', 0],
    [0, 'client', 0],
    [2, 'server', 1],
    [3, 'producer', 1],
    [4, 'consumer', 2],
    [5, 'database', 2],
    [5, 'internal', 2],
  ],
];

export function standardWorkload(options: StandardWorkloadOptions): Workload {
  const tracesPerBatch = Math.max(1, Math.floor(options.batch / SPANS_PER_TRACE));
  const { resources, instancesPerService } = resourcesOf(options.seed, options.resourceAttributes);
  const byTraffic = new Zipf(SERVICES.length, 1.1);
  return {
    name: 'standard',
    spansPerTrace: SPANS_PER_TRACE,
    tracesPerBatch,
    templateCount: 64,
    jitter: true,
    rare: { ...STANDARD_FACTS.rare, text: STANDARD_FACTS.rare.value, everySpans: RARE_EVERY_SPANS },
    shape: (template) => {
      const spans: SpanShape[] = [];
      for (let slot = 0; slot < tracesPerBatch; slot++) {
        // The tree depends on the slot alone, so that scattered spans from several templates still fit together.
        const treeRandom = new Random(options.seed, 1, slot);
        const values = new Random(options.seed, 2, template, slot);
        const services = [0, 1, 2].map(() => byTraffic.draw(treeRandom));
        const tree = treeRandom.pick(TREES);
        const failing = values.below(100) === 0;
        const times = timesOf(tree, values);
        tree.forEach(([parentIndex, role, place], spanIndex) => {
          const service = services[place] ?? 0;
          const { name, kind, attributes } = attributesOf(role, service, values, options.attributes);
          const failed = failing && (spanIndex === 0 || role === 'server');
          const { startNs, endNs } = times[spanIndex] ?? { startNs: 0, endNs: 0 };
          spans.push({
            resource: service * instancesPerService + ((slot + place) % instancesPerService),
            traceSlot: slot,
            spanIndex,
            parentIndex,
            name,
            kind,
            startOffsetNs: startNs,
            endOffsetNs: endNs,
            error: failed ? 'upstream answered 503' : undefined,
            attributes,
            events: failed ? [exceptionAt(endNs)] : [],
          });
        });
      }
      return { resources, spans };
    },
  };
}

/** Nests each span in its parent: children share the middle of it, one after the other or side by side. */
function timesOf(
  tree: (typeof TREES)[number],
  random: Random,
): readonly { readonly startNs: number; readonly endNs: number }[] {
  // From 2 ms to about 2 s, most of them short.
  const totalNs = Math.floor(2 * MILLISECOND * 1000 ** (random.fraction() ** 2));
  const times: { startNs: number; endNs: number }[] = [];
  tree.forEach(([parentIndex], index) => {
    const parent = times[parentIndex];
    if (parent === undefined) {
      times.push({ startNs: 0, endNs: totalNs });
      return;
    }
    const siblings = tree.filter(([of]) => of === parentIndex).length;
    const before = tree.slice(0, index).filter(([of]) => of === parentIndex).length;
    const roomNs = (parent.endNs - parent.startNs) / siblings;
    const startNs = parent.startNs + roomNs * (before + 0.1 + 0.1 * random.fraction());
    times.push({ startNs: Math.floor(startNs), endNs: Math.floor(startNs + roomNs * 0.7) });
  });
  return times;
}

function exceptionAt(endNs: number): SpanEvent {
  return {
    name: 'exception',
    offsetNs: Math.max(0, endNs - 50 * MICROSECOND),
    attributes: [
      text('exception.type', 'UpstreamError'),
      text('exception.message', 'upstream answered 503'),
      text(
        'exception.stacktrace',
        'UpstreamError: upstream answered 503\n    at call (/srv/shop/upstream.js:84:11)',
      ),
    ],
  };
}
