import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reader, ReadOptions } from '@tracewright/storage';
import { boundReader } from './bounded-reader.ts';

test('every question as a whole has the time of the setting, or less where it asks for less', () => {
  const given: (ReadOptions | undefined)[] = [];
  // What is asked, and how many arguments a question has besides, is none of its business.
  const asked = new Proxy({} as Reader, {
    get:
      () =>
      (...args: readonly (ReadOptions | undefined)[]) =>
        given.push(args.at(-1)),
  });
  const bounded = boundReader(asked, 5_000);
  const { signal } = new AbortController();
  const questions = Object.entries(bounded);
  assert.ok(questions.length >= 8);
  for (const [name, ask] of questions) {
    const before = name === 'tables' ? 0 : ['traces', 'operations'].includes(name) ? 2 : 1;
    for (const options of [{ deadlineMs: 30_000, signal }, { deadlineMs: 1_000 }, {}, undefined])
      (ask as (...args: unknown[]) => unknown)(...Array(before).fill(undefined), options);
    const bound = { deadlineMs: 5_000 };
    assert.deepEqual(given.splice(0), [{ ...bound, signal }, { deadlineMs: 1_000 }, bound, bound], name);
  }
});
