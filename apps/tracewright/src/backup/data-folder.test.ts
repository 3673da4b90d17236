import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isData, isForever } from './data-folder.ts';

test('what belongs to the data is told from what only lies beside it', () => {
  const segment = '00001795541581123456';
  const table = 'engine/store/a44/a44ea1a9-baf9-4b56-bda2-e0fcf6871e00';
  for (const path of [
    'segment-floor',
    'wal',
    `wal/${segment}`,
    `wal/${segment}/spans.native`,
    `quarantine/${segment}.damaged/reason`,
    'engine/metadata/tracewright.sql',
    `${table}/spans.sql`,
    `${table}/format_version.txt`,
    `${table}/20261124_1_1_0/data.bin`,
    `${table}/20261124_1_1_0/p.proj/data.bin`,
  ])
    assert.ok(isData(path), path);
  for (const path of [
    'tracewright.lock',
    'reserve',
    'snapshots',
    'restoring',
    `wal/${segment}.removed`,
    'engine/engine.xml',
    'engine/shadow',
    `${table}/detached`,
    `${table}/moving`,
    `${table}/tmp_merge_20261124_1_2_1`,
    `${table}/deduplication_logs`,
  ])
    assert.ok(!isData(path), path);
  assert.ok(isForever(`${table}/20261124_1_1_0/data.bin`));
  assert.ok(!isForever(`${table}/spans.sql`) && !isForever(`wal/${segment}/spans.native`));
});
