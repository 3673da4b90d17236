/**
 * Gives the server's half of a span that client and server share an id of its own, because Jaeger's clients
 * expect ids to be unique. The shared id becomes its parent, and children of the shared id become its children.
 */
import type { SpanId } from '@tracewright/model';
import type { TraceView } from './trace-view.ts';

const SERVER = 2;
const CLIENT = 3;

export function separateSharedIds(trace: TraceView): void {
  const used = new Set<string>();
  const ofClients = new Set<string>();
  for (const { span } of trace) {
    used.add(span.spanId);
    if (span.kind === CLIENT) ofClients.add(span.spanId);
  }
  const renamed = new Map<string, SpanId>();
  let last = 0n;
  for (const view of trace) {
    const { span } = view;
    if (span.kind !== SERVER || !ofClients.has(span.spanId)) continue;
    let id: SpanId;
    do {
      last += 1n;
      id = last.toString(16).padStart(16, '0') as SpanId;
    } while (used.has(id));
    renamed.set(span.spanId, id);
    view.span = { ...span, spanId: id, parentSpanId: span.spanId };
  }
  if (renamed.size === 0) return;
  for (const view of trace) {
    const parent = renamed.get(view.span.parentSpanId);
    if (parent !== undefined && parent !== view.span.spanId) {
      view.span = { ...view.span, parentSpanId: parent };
    }
  }
}
