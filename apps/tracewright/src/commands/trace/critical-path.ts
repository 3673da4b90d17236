/**
 * The critical path: the spans, second by second, that the end of the trace waited for.
 *
 * It is followed backwards from the end of the root: the child that ended last is what the parent waited for,
 * until that child's start; before it, the child that ended last before then; where no child ran, the parent
 * itself. Children that outlive their parent count up to its end.
 */
import { earlier, later } from '../../cli/time-text.ts';
import type { TraceNode } from './assemble.ts';
import { compareBigint } from './view.ts';

export interface PathSegment {
  readonly node: TraceNode;
  readonly from: bigint;
  readonly to: bigint;
}

/** Segments of the path below `root`, without overlap; together they cover the root's whole time. */
export function criticalPath(root: TraceNode): readonly PathSegment[] {
  const segments: PathSegment[] = [];
  const stack: { readonly node: TraceNode; readonly from: bigint; readonly to: bigint }[] = [];
  const push = (node: TraceNode, from: bigint, to: bigint): void => {
    if (to > from) stack.push({ node, from, to });
  };
  push(root, root.span.start, root.span.end);
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    const { node, from, to } = task;
    let cursor = to;
    const byEnd = node.children.toSorted((a, b) => compareBigint(b.span.end, a.span.end));
    for (const child of byEnd) {
      const childFrom = later(child.span.start, from);
      const childTo = earlier(child.span.end, cursor);
      if (childTo <= childFrom) continue;
      if (cursor > childTo) segments.push({ node, from: childTo, to: cursor });
      push(child, childFrom, childTo);
      cursor = childFrom;
    }
    if (cursor > from) segments.push({ node, from, to: cursor });
  }
  return segments;
}

/** How long each node was what everything waited for. */
export function criticalTimes(segments: readonly PathSegment[]): ReadonlyMap<TraceNode, bigint> {
  const times = new Map<TraceNode, bigint>();
  for (const { node, from, to } of segments) times.set(node, (times.get(node) ?? 0n) + (to - from));
  return times;
}
