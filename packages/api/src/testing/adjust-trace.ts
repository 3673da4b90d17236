/** A small trace as Jaeger's query service would adjust it, at once. */
import type { Span } from '@tracewright/model';
import { listSpans } from '@tracewright/storage';
import { adjustInSteps } from '../jaeger/adjust-trace.ts';
import type { SpanView } from '../jaeger/trace-view.ts';

export function adjustTrace(spans: readonly Span[], maxClockSkewNano: bigint = 0n): readonly SpanView[] {
  const steps = adjustInSteps(listSpans(spans), { maxClockSkewNano });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return [...step.value];
  }
}
