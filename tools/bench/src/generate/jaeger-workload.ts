// Jaeger's public recipe, from the description of its `tracegen`: ten services, one per trace; a root "lets-go"
// with nine children of 123 µs each; eleven attributes on every child, whose keys count through 97 and whose
// values count through 1,000 as the spans go by.

import {
  type Attribute,
  type BatchShape,
  type ResourceShape,
  type SpanShape,
  text,
  type Workload,
} from './workload.ts';

const SERVICES = 10;
const SPANS_PER_TRACE = 10;
const ATTRIBUTES = 11;
const KEYS = 97;
const VALUES = 1_000;
const CHILD_NS = 123_000;

/** Keys and values are in step again after 97 × 1,000 children. */
const CHILDREN_PER_CYCLE = KEYS * VALUES;

/** `batch` is rounded down to whole traces. */
export function jaegerWorkload(batch: number): Workload {
  const tracesPerBatch = Math.max(1, Math.floor(batch / SPANS_PER_TRACE));
  const childrenPerBatch = tracesPerBatch * (SPANS_PER_TRACE - 1);
  return {
    name: 'jaeger',
    spansPerTrace: SPANS_PER_TRACE,
    tracesPerBatch,
    templateCount: Math.ceil(CHILDREN_PER_CYCLE / childrenPerBatch),
    jitter: false,
    rare: undefined,
    shape: (template) => shapeOf(template, tracesPerBatch),
  };
}

function shapeOf(template: number, tracesPerBatch: number): BatchShape {
  const resources: ResourceShape[] = Array.from({ length: SERVICES }, (_, service) => ({
    attributes: [
      text('service.name', `tracegen-${String(service).padStart(2, '0')}`),
      text('telemetry.sdk.language', 'go'),
      text('telemetry.sdk.name', 'opentelemetry'),
    ],
    scope: { name: 'tracegen', version: '' },
  }));
  const spans: SpanShape[] = [];
  let counter = template * tracesPerBatch * (SPANS_PER_TRACE - 1) * ATTRIBUTES;
  for (let slot = 0; slot < tracesPerBatch; slot++) {
    for (let spanIndex = 0; spanIndex < SPANS_PER_TRACE; spanIndex++) {
      const root = spanIndex === 0;
      const child = spanIndex - 1;
      const attributes: Attribute[] = [];
      if (root) attributes.push(text('peer.service', 'tracegen-server'), text('peer.host.ipv4', '1.1.1.1'));
      for (let number = 0; !root && number < ATTRIBUTES; number++, counter++) {
        attributes.push(text(`attr_${twoDigits(counter % KEYS)}`, `val_${twoDigits(counter % VALUES)}`));
      }
      spans.push({
        resource: (template * tracesPerBatch + slot) % SERVICES,
        traceSlot: slot,
        spanIndex,
        parentIndex: root ? -1 : 0,
        name: root ? 'lets-go' : `child-span-${twoDigits(child)}`,
        kind: root ? 2 : 3,
        startOffsetNs: root ? 0 : child * CHILD_NS,
        endOffsetNs: root ? (SPANS_PER_TRACE - 1) * CHILD_NS : (child + 1) * CHILD_NS,
        error: undefined,
        attributes,
        events: [],
      });
    }
  }
  return { resources, spans };
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
