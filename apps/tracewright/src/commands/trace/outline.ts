/**
 * Outline: which rows a waterfall shows, in their order, when a trace is larger than anyone reads.
 *
 * Siblings that are alike are folded into one row with their count, since fifty equal queries are one fact. What
 * still does not fit is left out from the leaves up, errors last, and each parent says how many spans it hides.
 */
import type { TraceNode } from './assemble.ts';

export interface OutlineRow {
  /** One span, or several that are alike. */
  readonly nodes: readonly TraceNode[];
  /** Zero for a root. */
  readonly depth: number;
  /** Whether more siblings follow, for the nearest levels above (at most `guidesMax`) and last for the row itself. */
  readonly open: readonly boolean[];
  readonly hasChildren: boolean;
  /** Spans below this row that are not shown. */
  readonly hidden: number;
}

export interface OutlineOptions {
  /** Every span on a row of its own. */
  readonly all: boolean;
  readonly rowsMax: number;
  /** A span that must not vanish in a fold. */
  readonly highlight?: string | undefined;
}

export interface Outline {
  readonly rows: readonly OutlineRow[];
  /** Roots that are not shown. */
  readonly hiddenRoots: number;
}

/** From this many on, siblings that are alike are one row. */
export const foldMin = 4;
/** No window has room for the guides of more levels; it also bounds what a deep trace costs. */
export const guidesMax = 64;
/** Larger subtrees are folded only where there is no room for them. */
const smallSubtree = 3;

interface Item {
  readonly nodes: readonly TraceNode[];
  readonly parent: Item | undefined;
  children: readonly Item[];
  isShown: boolean;
}

export function outlineTrace(roots: readonly TraceNode[], options: OutlineOptions): Outline {
  const { all, rowsMax } = options;
  const gentle = buildItems(roots, options, all ? 0 : smallSubtree);
  const items =
    all || gentle.every.length <= rowsMax ? gentle : buildItems(roots, options, Number.POSITIVE_INFINITY);
  if (all || items.every.length <= rowsMax) for (const item of items.every) item.isShown = true;
  else choose(items.every, rowsMax, options.highlight);
  return emit(items.roots);
}

/** Items level by level, so that the list is in order of depth. */
function buildItems(
  roots: readonly TraceNode[],
  options: OutlineOptions,
  foldSize: number,
): { readonly roots: readonly Item[]; readonly every: readonly Item[] } {
  const make = (nodes: readonly TraceNode[], parent: Item | undefined): Item[] =>
    foldSiblings(nodes, foldSize, options.highlight).map((group) => ({
      nodes: group,
      parent,
      children: [],
      isShown: false,
    }));
  const top = make(roots, undefined);
  const every: Item[] = [...top];
  for (let i = 0; i < every.length; i++) {
    const item = every[i];
    const only = item?.nodes.length === 1 ? item.nodes[0] : undefined;
    if (item === undefined || only === undefined) continue;
    item.children = make(only.children, item);
    for (const child of item.children) every.push(child);
  }
  return { roots: top, every };
}

function foldSiblings(
  siblings: readonly TraceNode[],
  foldSize: number,
  highlight: string | undefined,
): (readonly TraceNode[])[] {
  if (siblings.length < foldMin || foldSize === 0) return siblings.map((node) => [node]);
  const alike = new Map<string, TraceNode[]>();
  const groupOf = new Map<TraceNode, TraceNode[]>();
  for (const node of siblings) {
    const { id, service, name, kind, isError } = node.span;
    const folds =
      node.size <= foldSize && id !== highlight && !node.isOrphan && !node.isCut && node.skew === 0n;
    if (!folds) continue;
    const key = JSON.stringify([service, name, kind, isError, node.errors > 0]);
    const group = alike.get(key) ?? [];
    group.push(node);
    alike.set(key, group);
    groupOf.set(node, group);
  }
  return siblings.flatMap((node) => {
    const group = groupOf.get(node) ?? [];
    if (group.length < foldMin) return [[node]];
    return group[0] === node ? [group] : [];
  });
}

/** Errors and the highlighted span first, with all that is above them; then whatever is nearest to the root. */
function choose(every: readonly Item[], rowsMax: number, highlight: string | undefined): void {
  let left = rowsMax;
  const show = (item: Item, reserve: number): void => {
    const path: Item[] = [];
    for (let at: Item | undefined = item; at !== undefined && !at.isShown; at = at.parent) {
      // The way up is not walked further than there is room, since a trace may be as deep as it is long.
      if (path.length >= left - reserve) return;
      path.push(at);
    }
    for (const one of path) one.isShown = true;
    left -= path.length;
  };
  for (const item of every) if (item.nodes[0]?.span.id === highlight) show(item, 0);
  // Errors may not take all rows: what surrounds them explains them.
  for (const item of every) if (item.nodes[0]?.span.isError === true) show(item, Math.floor(rowsMax / 4));
  for (const item of every) show(item, 0);
}

function emit(roots: readonly Item[]): Outline {
  const rows: OutlineRow[] = [];
  const shown = (items: readonly Item[]): readonly Item[] => items.filter((item) => item.isShown);
  const size = (items: readonly Item[]): number =>
    items.reduce((sum, item) => sum + item.nodes.reduce((inner, node) => inner + node.size, 0), 0);
  const stack: { readonly item: Item; readonly depth: number; readonly open: readonly boolean[] }[] = [];
  const push = (items: readonly Item[], depth: number, above: readonly boolean[]): void => {
    for (let i = items.length - 1; i >= 0; i--) {
      const item = items[i];
      if (item !== undefined)
        stack.push({ item, depth, open: [...above.slice(1 - guidesMax), i < items.length - 1] });
    }
  };
  push(shown(roots), 0, []);
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    const { item, depth, open } = task;
    const children = shown(item.children);
    const below =
      item.nodes.length === 1
        ? size(item.children) - size(children)
        : item.nodes.reduce((sum, node) => sum + node.size - 1, 0);
    rows.push({ nodes: item.nodes, depth, open, hasChildren: children.length > 0, hidden: below });
    push(children, depth + 1, open);
  }
  return { rows, hiddenRoots: roots.length - shown(roots).length };
}
