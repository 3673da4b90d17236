import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err, failure, ok } from '@tracewright/std';
import { gatherPages, pageMax } from './gather-pages.ts';

/** Numbers from 0 on, in pages, with the place of the next page as cursor. */
const numbers =
  (total: number, asked: number[] = []) =>
  async (limit: number, cursor: string | undefined) => {
    asked.push(limit);
    const from = Number(cursor ?? 0);
    const to = Math.min(total, from + limit);
    const items = Array.from({ length: to - from }, (_, i) => from + i);
    return ok(to < total ? { items, next: String(to) } : { items });
  };

test('pages are asked for until there is enough, and never more than is wanted', async () => {
  const asked: number[] = [];
  const found = await gatherPages(2500, undefined, numbers(10_000, asked));
  assert.deepEqual(asked, [pageMax, pageMax, 500]);
  assert.ok(found.ok);
  assert.deepEqual(
    [found.value.items.length, found.value.items.at(-1), found.value.next],
    [2500, 2499, '2500'],
  );
});

test('the end of the data ends the asking, and a cursor begins in the middle', async () => {
  const all = await gatherPages(100, undefined, numbers(7));
  assert.deepEqual(all.ok && [all.value.items.length, all.value.next], [7, undefined]);
  const rest = await gatherPages(100, '5', numbers(7));
  assert.deepEqual(rest.ok && rest.value.items, [5, 6]);
});

test('a failure after the first page keeps what came before', async () => {
  const pages = numbers(10_000);
  const found = await gatherPages(3000, undefined, async (limit, cursor) =>
    cursor === '2000' ? err(failure('deadline', 'too slow')) : pages(limit, cursor),
  );
  assert.ok(found.ok);
  assert.equal(found.value.items.length, 2000);
  assert.equal(found.value.failure?.code, 'deadline');
  assert.equal(found.value.next, '2000');
  const nothing = await gatherPages(10, undefined, async () => err(failure('unavailable', 'gone')));
  assert.equal(nothing.ok, false);
});
