/**
 * Clock skew between hosts: a child on another host that does not fit into its parent is moved, when that is
 * allowed, and in any case says by how much it would have to be.
 */
import { findAttribute, type Resource } from '@tracewright/model';
import { printGoDuration } from '@tracewright/query';
import { type TraceHead, warn } from './trace-head.ts';

type Node = { readonly head: TraceHead; readonly host: string; readonly children: Node[] };
type Skew = { readonly deltaNano: bigint; readonly host: string };

/** `maxNano` 0 switches moving off; the warnings remain. */
export function correctClockSkew(trace: readonly TraceHead[], maxNano: bigint): void {
  const nodes = new Map<string, Node>();
  for (const head of trace) {
    if (nodes.has(head.spanId)) {
      warn(head, 'duplicate span IDs; skipping clock skew adjustment');
      continue;
    }
    nodes.set(head.spanId, { head, host: hostKey(head.resource), children: [] });
  }
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parentId = node.head.parentSpanId;
    const parent = parentId === '' ? undefined : nodes.get(parentId);
    if (parent !== undefined) {
      parent.children.push(node);
      continue;
    }
    if (parentId !== '') {
      warn(node.head, `parent span ID=${parentId} is not in the trace; skipping clock skew adjustment`);
    }
    roots.push(node);
  }
  // Parents before children, without recursion: traces can be deep. Cycles hang on no root and stay untouched.
  const open = roots.map((node): { node: Node; parent?: Node; skew: Skew } => ({
    node,
    skew: { deltaNano: 0n, host: node.host },
  }));
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { node, parent } = entry;
    let { skew } = entry;
    if (parent !== undefined && (node.host !== skew.host || node.host === '')) {
      skew = { host: node.host, deltaNano: skewOf(node.head, parent.head) };
    }
    move(node.head, skew.deltaNano, maxNano);
    for (const child of node.children) open.push({ node: child, parent: node, skew });
  }
}

/** What tells hosts apart; empty when nothing does. */
function hostKey(resource: Resource): string {
  const id = findAttribute(resource.attributes, 'host.id');
  if (id !== undefined) return id.type === 'string' ? id.value : '';
  const ip = findAttribute(resource.attributes, 'host.ip');
  if (ip?.type === 'string') return ip.value;
  const first = ip?.type === 'array' ? ip.value[0] : undefined;
  if (first?.type === 'string') return first.value;
  const name = findAttribute(resource.attributes, 'host.name');
  return name?.type === 'string' ? name.value : '';
}

function skewOf(child: TraceHead, parent: TraceHead): bigint {
  const { startUnixNano: childStart, endUnixNano: childEnd } = child;
  const { startUnixNano: parentStart, endUnixNano: parentEnd } = parent;
  const childDuration = childEnd - childStart;
  const parentDuration = parentEnd - parentStart;
  if (childDuration > parentDuration) return childStart < parentStart ? parentStart - childStart : 0n;
  if (childStart >= parentStart && childEnd <= parentEnd) return 0n;
  // The time on the network is taken to be the same both ways.
  return parentStart + (parentDuration - childDuration) / 2n - childStart;
}

function move(head: TraceHead, deltaNano: bigint, maxNano: bigint): void {
  if (deltaNano === 0n) return;
  const delta = printGoDuration(deltaNano);
  if ((deltaNano < 0n ? -deltaNano : deltaNano) > maxNano) {
    warn(
      head,
      maxNano === 0n
        ? `clock skew adjustment disabled; not applying calculated delta of ${delta}`
        : `max clock skew adjustment delta of ${printGoDuration(maxNano)} exceeded; not applying calculated delta of ${delta}`,
    );
    return;
  }
  head.movedNano = deltaNano;
  head.startUnixNano = shift(head.startUnixNano, deltaNano);
  head.endUnixNano = shift(head.endUnixNano, deltaNano);
  warn(head, `This span's timestamps were adjusted by ${delta}`);
}

export function shift(nano: bigint, deltaNano: bigint): bigint {
  const moved = nano + deltaNano;
  return moved < 0n ? 0n : moved;
}
