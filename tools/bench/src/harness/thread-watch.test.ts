import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useOfTree } from './process-tree.ts';
import { parseThread, ThreadAccount, watchThreads } from './thread-watch.ts';

test('a thread’s name may hold brackets and spaces', () => {
  const fields = ['S', ...Array.from({ length: 10 }, () => '0'), '7', '5', '0'];
  assert.deepEqual(parseThread(`12 (a) b) ${fields.join(' ')}`), { name: 'a) b', ticks: 12 });
  assert.equal(parseThread('nothing'), undefined);
});

test('time goes to the job that a pooled thread was last seen at', () => {
  const account = new ThreadAccount();
  account.look('engine', '1', 'ThreadPool', 100);
  account.look('engine', '1', 'MergeMutate', 150);
  account.look('engine', '1', 'ThreadPool', 170);
  account.look('engine', '2', 'QueryPipelineEx', 5);
  account.look('engine', '2', 'QueryPipelineEx', 30);
  assert.deepEqual(account.times(), [
    { process: 'engine', thread: 'MergeMutate', cpuSeconds: 0.7 },
    { process: 'engine', thread: 'QueryPipelineEx', cpuSeconds: 0.25 },
  ]);
});

test('work of this process is seen', { skip: process.platform !== 'linux' }, async () => {
  using watch = watchThreads(() => useOfTree(process.pid));
  await new Promise((resolve) => setTimeout(resolve, 60));
  let sum = 0;
  for (let number = 0; number < 2e8; number++) sum += number;
  assert.ok(sum > 0);
  await new Promise((resolve) => setTimeout(resolve, 120));
  const times = await watch.stop();
  assert.ok(times.some(({ process, cpuSeconds }) => process === 'server' && cpuSeconds > 0));
});
