/**
 * Gives the server's half of a span that client and server share an id of its own, because Jaeger's clients
 * expect ids to be unique. The shared id becomes its parent, and children of the shared id become its children.
 */
import type { SpanId } from '@tracewright/model';
import type { TraceHead } from './trace-head.ts';

const SERVER = 2;
const CLIENT = 3;

export function separateSharedIds(trace: readonly TraceHead[]): void {
  const used = new Set<string>();
  const ofClients = new Set<string>();
  for (const head of trace) {
    used.add(head.spanId);
    if (head.kind === CLIENT) ofClients.add(head.spanId);
  }
  const renamed = new Map<string, SpanId>();
  let last = 0n;
  for (const head of trace) {
    const { spanId } = head;
    if (head.kind !== SERVER || !ofClients.has(spanId)) continue;
    let id: SpanId;
    do {
      last += 1n;
      id = last.toString(16).padStart(16, '0') as SpanId;
    } while (used.has(id));
    renamed.set(spanId, id);
    head.spanId = id;
    head.parentSpanId = spanId;
  }
  if (renamed.size === 0) return;
  for (const head of trace) {
    const parent = renamed.get(head.parentSpanId);
    if (parent !== undefined && parent !== head.spanId) head.parentSpanId = parent;
  }
}
