/**
 * What the adjustments that look at a whole trace need of each span, and what they find. A trace of a hundred thousand
 * spans is held in this form, and each span is made when it is printed.
 */
import type { Resource, SpanId } from '@tracewright/model';
import type { SpanList } from '@tracewright/storage';
import { endOf } from './trace-view.ts';

export type TraceHead = {
  /** Of the span in its list. */
  readonly place: number;
  readonly kind: number;
  readonly resource: Resource;
  spanId: SpanId;
  parentSpanId: SpanId | '';
  startUnixNano: bigint;
  endUnixNano: bigint;
  /** By how much the clock of its host is put right. */
  movedNano: bigint;
  warnings: readonly string[];
};

const NO_WARNINGS: readonly string[] = [];

export function traceHead(spans: SpanList, place: number): TraceHead {
  const head = spans.headAt(place);
  const { kind, resource, spanId, parentSpanId, startUnixNano } = head;
  return {
    place,
    kind,
    resource,
    spanId,
    parentSpanId,
    startUnixNano,
    endUnixNano: endOf(head),
    movedNano: 0n,
    warnings: NO_WARNINGS,
  };
}

export function warn(head: TraceHead, warning: string): void {
  head.warnings = [...head.warnings, warning];
}
