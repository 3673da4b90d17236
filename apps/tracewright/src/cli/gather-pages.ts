/**
 * Page after page until there is enough, or until one fails: what came before a failure is not thrown away.
 */
import { type Failure, ok, type Result } from '@tracewright/std';

/** The server's own bound for a page. */
export const pageMax = 1000;

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

export interface Gathered<T> extends Page<T> {
  /** Why there are fewer than were asked for. */
  readonly failure?: Failure;
}

/** A failure of the first page is the failure of the whole. */
export async function gatherPages<T>(
  limit: number,
  cursor: string | undefined,
  ask: (limit: number, cursor: string | undefined) => Promise<Result<Page<T>>>,
): Promise<Result<Gathered<T>>> {
  const items: T[] = [];
  let next = cursor;
  if (limit === 0) return ok({ items });
  do {
    const page = await ask(Math.min(pageMax, limit - items.length), next);
    if (!page.ok) return items.length === 0 ? page : ok({ items, next, failure: page.failure });
    items.push(...page.value.items);
    next = page.value.next;
  } while (items.length < limit && next !== undefined);
  return ok(next === undefined ? { items } : { items, next });
}
