import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { descendants, parsePs, parseStat, useOfTree } from './process-tree.ts';

test('a stat line is read whatever the command is called', () => {
  const fields = Array.from({ length: 52 }, (_, index) => String(index + 1));
  fields[0] = '77';
  fields[1] = '(a) (b c)';
  fields[2] = 'S';
  assert.deepEqual(parseStat(fields.join(' '), 100, 4096), {
    pid: 77,
    parent: 4,
    cpuSeconds: (14 + 15 + 16 + 17) / 100,
    residentBytes: 24 * 4096,
    command: 'a) (b c',
  });
  assert.equal(parseStat('nonsense', 100, 4096), undefined);
});

test('times of ps are read with and without hours and days', () => {
  const rows = parsePs(
    '  1     0   0:01.50  2048 /sbin/launchd\n 22 1 1-02:03:04 10 b c\n 23 22 10:00:00.25 1 x\n\n',
  );
  assert.deepEqual(
    rows.map((row) => row.cpuSeconds),
    [1.5, 86_400 + 7_384, 36_000.25],
  );
  assert.equal(rows[0]?.residentBytes, 2048 * 1024);
  assert.deepEqual(
    descendants(rows, 1).map((row) => row.pid),
    [1, 22, 23],
  );
  assert.deepEqual(descendants(rows, 99), []);
});

test('a child that ran and ended still counts, and so does one that runs', async () => {
  const before = useOfTree(process.pid);
  assert.ok(before.cpuSeconds > 0 && before.residentBytes > 10_000_000);
  const burn = 'const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end);';
  const child = spawn(process.execPath, ['-e', `${burn} process.stdin.resume(); console.log("burnt")`]);
  await once(child.stdout, 'data');
  const during = useOfTree(process.pid);
  assert.ok(during.processes.some((each) => each.pid === child.pid));
  assert.ok(during.cpuSeconds - before.cpuSeconds >= 0.25);
  child.stdin.end();
  await once(child, 'exit');
  if (process.platform === 'linux') assert.ok(useOfTree(process.pid).cpuSeconds - before.cpuSeconds >= 0.25);
});
