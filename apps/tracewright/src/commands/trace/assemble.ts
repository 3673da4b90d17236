/**
 * Spans → tree. What does not fit is named, not hidden: spans whose parent is missing, whose parents form a
 * circle, whose id another span has too, and spans that start before their parent, as clocks that differ make
 * them.
 *
 * Every span stands in the tree exactly once. Nothing recurses, since a trace may be as deep as it is long.
 */
import { earlier, later } from '../../cli/time-text.ts';
import { compareBigint, type ViewLog, type ViewSpan } from './view.ts';

export interface TraceNode {
  readonly span: ViewSpan;
  /** By start. */
  readonly children: TraceNode[];
  readonly logs: ViewLog[];
  /** Its parent is named but not here. */
  isOrphan: boolean;
  /** Its parents form a circle, which was cut above it. */
  isCut: boolean;
  /** How far it starts before its parent, in nanoseconds; zero when it does not. */
  skew: bigint;
  /** Time in which no child ran. */
  self: bigint;
  /** Spans in this subtree, itself included. */
  size: number;
  /** Erroneous spans in this subtree, itself included. */
  errors: number;
}

export interface ClockDifference {
  /** The service whose clock is behind. */
  readonly behind: string;
  readonly of: string;
  /** At least this much, in nanoseconds. */
  readonly by: bigint;
}

export interface AssembledTrace {
  /** True roots first, then orphans, each by start. */
  readonly roots: readonly TraceNode[];
  /** All nodes, parents before children. */
  readonly nodes: readonly TraceNode[];
  readonly start: bigint;
  readonly end: bigint;
  readonly orphans: number;
  readonly cut: number;
  /** Spans that share their id with another one, beyond the pair of client and server. */
  readonly sameId: number;
  readonly clocks: readonly ClockDifference[];
  /** Logs that name no span of this trace. */
  readonly otherLogs: readonly ViewLog[];
}

export function assembleTrace(spans: readonly ViewSpan[], logs: readonly ViewLog[]): AssembledTrace {
  const all = spans.map(createNode).sort((a, b) => compareBigint(a.span.start, b.span.start));
  const byId = indexById(all);
  const otherLogs = attachLogs(byId, logs);

  const parents = new Map<TraceNode, TraceNode>();
  for (const node of all) {
    const parent = parentOf(node, byId);
    if (parent !== undefined) parents.set(node, parent);
    else node.isOrphan = node.span.parentId !== '';
  }
  cutCircles(all, parents);
  const roots: TraceNode[] = [];
  for (const node of all) (parents.get(node)?.children ?? roots).push(node);
  roots.sort((a, b) => Number(a.isOrphan) - Number(b.isOrphan) || compareBigint(a.span.start, b.span.start));

  const nodes = preorder(roots);
  const clocks = measure(nodes, parents);
  const [first] = all;
  const start = first?.span.start ?? 0n;
  return {
    roots,
    nodes,
    start,
    end: all.reduce((latest, { span }) => later(latest, span.end), start),
    orphans: all.filter((node) => node.isOrphan).length,
    cut: all.filter((node) => node.isCut).length,
    sameId: [...byId.values()].reduce((sum, same) => sum + (isPair(same) ? 0 : same.count - 1), 0),
    clocks,
    otherLogs,
  };
}

/** Zero where a span ends before it starts. */
export function durationOf(span: ViewSpan): bigint {
  return span.end > span.start ? span.end - span.start : 0n;
}

function createNode(span: ViewSpan): TraceNode {
  const [isOrphan, isCut] = [false, false];
  const errors = span.isError ? 1 : 0;
  return { span, children: [], logs: [], isOrphan, isCut, skew: 0n, self: 0n, size: 1, errors };
}

/** The spans of one id: all are counted, but only so many are looked at when a child seeks its parent. */
interface SameId {
  readonly first: TraceNode[];
  count: number;
}

const sameIdMax = 8;

function indexById(all: readonly TraceNode[]): ReadonlyMap<string, SameId> {
  const byId = new Map<string, SameId>();
  for (const node of all) {
    const same = byId.get(node.span.id) ?? { first: [], count: 0 };
    same.count++;
    if (same.first.length < sameIdMax) same.first.push(node);
    byId.set(node.span.id, same);
  }
  return byId;
}

function attachLogs(byId: ReadonlyMap<string, SameId>, logs: readonly ViewLog[]): ViewLog[] {
  const others: ViewLog[] = [];
  for (const log of logs) {
    const same = log.spanId === '' ? undefined : byId.get(log.spanId)?.first;
    const node = same?.find(({ span }) => span.service === log.service) ?? same?.[0];
    if (node === undefined) others.push(log);
    else node.logs.push(log);
  }
  return others;
}

/** Client and server of one call may share an id, as Zipkin's do: then the server hangs below the client. */
function isPair({ first, count }: SameId): boolean {
  return count === 1 || (count === 2 && first.some(isClient) && first.some(isServer));
}

const isClient = ({ span }: TraceNode): boolean => span.kind === 'client' || span.kind === 'producer';
const isServer = ({ span }: TraceNode): boolean => span.kind === 'server' || span.kind === 'consumer';

function parentOf(node: TraceNode, byId: ReadonlyMap<string, SameId>): TraceNode | undefined {
  const { id, parentId, service } = node.span;
  if (id !== '' && isServer(node)) {
    const client = byId.get(id)?.first.find(isClient);
    if (client !== undefined) return client;
  }
  const candidates =
    parentId === '' ? [] : (byId.get(parentId)?.first ?? []).filter((other) => other !== node);
  return (
    candidates.find(({ span }) => span.service === service) ?? candidates.find(isServer) ?? candidates[0]
  );
}

/** In each circle the earliest span loses its parent and becomes a root. */
function cutCircles(all: readonly TraceNode[], parents: Map<TraceNode, TraceNode>): void {
  const done = new Set<TraceNode>();
  for (const from of all) {
    const onPath = new Set<TraceNode>();
    let at: TraceNode | undefined = from;
    while (at !== undefined && !done.has(at) && !onPath.has(at)) {
      onPath.add(at);
      at = parents.get(at);
    }
    if (at !== undefined && onPath.has(at)) {
      let earliest = at;
      for (let node = parents.get(at); node !== undefined && node !== at; node = parents.get(node))
        if (node.span.start < earliest.span.start) earliest = node;
      parents.delete(earliest);
      earliest.isCut = true;
    }
    for (const node of onPath) done.add(node);
  }
}

function preorder(roots: readonly TraceNode[]): TraceNode[] {
  const nodes: TraceNode[] = [];
  const stack = roots.toReversed();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i];
      if (child !== undefined) stack.push(child);
    }
  }
  return nodes;
}

/** Fills in sizes, errors, self time and skew, children before parents. */
function measure(
  nodes: readonly TraceNode[],
  parents: ReadonlyMap<TraceNode, TraceNode>,
): readonly ClockDifference[] {
  const clocks = new Map<string, ClockDifference>();
  for (const node of nodes.toReversed()) {
    node.self = selfTime(node);
    const parent = parents.get(node);
    if (parent === undefined) continue;
    parent.size += node.size;
    parent.errors += node.errors;
    const early = parent.span.start - node.span.start;
    if (early <= 0n || parent.span.service === node.span.service) continue;
    node.skew = early;
    const key = JSON.stringify([node.span.service, parent.span.service]);
    if (early > (clocks.get(key)?.by ?? 0n))
      clocks.set(key, { behind: node.span.service, of: parent.span.service, by: early });
  }
  return [...clocks.values()].sort((a, b) => compareBigint(b.by, a.by));
}

function selfTime({ span, children }: TraceNode): bigint {
  let covered = 0n;
  let reached = span.start;
  // Children are in order of their start, so one pass joins those that overlap.
  for (const child of children) {
    const from = later(child.span.start, reached);
    const to = earlier(child.span.end, span.end);
    if (to <= from) continue;
    covered += to - from;
    reached = to;
  }
  return durationOf(span) - covered;
}
