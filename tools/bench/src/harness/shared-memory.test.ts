import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useOfTree } from './process-tree.ts';
import { parseRollup, proportionalBytes } from './shared-memory.ts';

test('the proportional size is read from the kernel’s words', () => {
  assert.equal(parseRollup('00400000-7ffd [rollup]\nRss:  100 kB\nPss:   40 kB\nPss_Anon: 4 kB\n'), 40_960);
  assert.equal(parseRollup('Rss: 100 kB\n'), undefined);
});

test('this process takes some memory, and not more than is resident', {
  skip: process.platform !== 'linux',
}, () => {
  const use = useOfTree(process.pid);
  const bytes = proportionalBytes(use) ?? 0;
  assert.ok(bytes > 1_000_000);
  // Both are read at different moments.
  assert.ok(bytes < use.residentBytes * 1.5);
});
