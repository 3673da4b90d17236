/**
 * What a power cut must not take back is synced before something relies on it: seen in the order of the calls that
 * this process makes, which are carried out all the same.
 */
import assert from 'node:assert/strict';
import fs, { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { mock, test } from 'node:test';
import { RecordBatch, type Segment } from '@tracewright/model';
import { ok } from '@tracewright/std';
import { Inserter } from './inserter.ts';
import { Quarantine } from './quarantine.ts';
import { checkSegmentAtOnce } from './segment/check-segment.ts';
import { recoverSegments } from './segment/recover.ts';
import { SegmentWriter } from './segment/segment-writer.ts';
import { appendSpans } from './testing/sample-batch.ts';

const ID = '00000000000000000016';

/** Runs the body in a folder; gives which names were changed and which folders were synced, in order. */
async function callsOf(body: (folder: string, said: string[]) => Promise<void>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-sync-order-'));
  const said: string[] = [];
  const name = (path: unknown): string => relative(folder, String(path)) || '.';
  const { fsyncSync, promises, renameSync } = fs;
  const { rename } = promises;
  mock.method(fs, 'fsyncSync', (descriptor: number) => {
    said.push(`sync ${name(readlinkSync(`/proc/self/fd/${descriptor}`))}`);
    fsyncSync(descriptor);
  });
  mock.method(fs, 'renameSync', (from: string, to: string) => {
    said.push(`rename ${name(from)} ${name(to)}`);
    renameSync(from, to);
  });
  mock.method(promises, 'rename', (from: string, to: string) => {
    said.push(`rename ${name(from)} ${name(to)}`);
    return rename(from, to);
  });
  syncBuiltinESMExports();
  try {
    await body(folder, said);
  } finally {
    mock.restoreAll();
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true });
  }
  return said;
}

function writeSegment(folder: string, groups: number = 1): Segment {
  const wal = join(folder, 'wal');
  mkdirSync(wal, { recursive: true });
  const writer = new SegmentWriter({ directory: wal, sync: false });
  assert.ok(writer.open(BigInt(ID)).ok);
  const batch = new RecordBatch();
  for (let group = 1; group <= groups; group++) {
    appendSpans(batch, 2);
    assert.ok(writer.commit(batch, group).ok);
    batch.reset();
  }
  return writer.close().segment ?? assert.fail('it has rows');
}

test('the name of the floor is on the disk before the segment below it goes', async () => {
  const calls = await callsOf(async (folder, said) => {
    const segment = writeSegment(folder);
    const quarantine = new Quarantine(join(folder, 'quarantine'));
    quarantine.open();
    let stored = false;
    const inserter = new Inserter({
      directory: join(folder, 'wal'),
      writer: {
        insert: async () => {
          said.push('insert');
          return ok(undefined);
        },
      },
      quarantine,
      floorPath: join(folder, 'segment-floor'),
      monotonicMs: () => performance.now(),
      events: {
        stored: () => {
          stored = true;
        },
        quarantined: () => undefined,
        damaged: () => undefined,
        stalled: () => undefined,
        resumed: () => undefined,
      },
    });
    inserter.add(segment, 0);
    inserter.start();
    const deadline = Date.now() + 10_000;
    while (!stored && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
    await inserter.drain(0);
  });
  assert.deepEqual(calls.slice(0, 4), [
    'insert',
    'rename segment-floor.new segment-floor',
    'sync .',
    `rename wal/${ID} wal/${ID}.removed`,
  ]);
});

test('a segment that moves to quarantine or back is on the disk where it came to', async () => {
  const calls = await callsOf(async (folder) => {
    const segment = writeSegment(folder);
    const quarantine = new Quarantine(join(folder, 'quarantine'));
    quarantine.open();
    quarantine.add(segment, join(folder, 'wal'), 'refused');
    assert.ok(quarantine.release(segment.id, join(folder, 'wal')) !== undefined);
  });
  assert.deepEqual(calls, [
    `sync wal/${ID}/reason`,
    `rename wal/${ID} quarantine/${ID}`,
    'sync quarantine',
    'sync wal',
    `rename quarantine/${ID} wal/${ID}`,
    'sync wal',
    'sync quarantine',
  ]);
});

test('a damaged segment goes only when what was saved of it, and its copy aside, are on the disk', async () => {
  const calls = await callsOf(async (folder) => {
    const segment = writeSegment(folder, 2);
    const path = segment.files[0]?.path ?? '';
    const bytes = readFileSync(path);
    bytes[40] = (bytes[40] ?? 0) ^ 255;
    writeFileSync(path, bytes);
    const folders = { wal: join(folder, 'wal'), aside: join(folder, 'quarantine') };
    const { damaged, segment: saved } = checkSegmentAtOnce(folders, segment);
    assert.equal(saved?.files[0]?.rows, 2);
    assert.equal(damaged?.id, BigInt(ID));
  });
  const gone = calls.indexOf(`rename wal/${ID} wal/${ID}.removed`);
  assert.ok(gone > 0, calls.join('\n'));
  for (const folder of [`wal/${ID}.saved`, `quarantine/${ID}.damaged`, 'quarantine', 'wal'])
    assert.ok(calls.slice(0, gone).includes(`sync ${folder}`), `${folder} is synced before`);
});

test('ids go on above those of damaged segments that are kept aside', async () => {
  await callsOf(async (folder) => {
    const segment = writeSegment(folder);
    rmSync(join(folder, 'wal', ID, 'sidecar'));
    const folders = { wal: join(folder, 'wal'), aside: join(folder, 'quarantine') };
    const { damaged } = recoverSegments(folders);
    assert.deepEqual(
      damaged.map(({ id }) => id),
      [segment.id],
    );
    const later = new Quarantine(folders.aside);
    assert.equal(later.open(), segment.id);
    assert.deepEqual(
      later.list().map(({ id }) => id),
      [segment.id],
    );
    assert.equal(recoverSegments(folders).highestId, 0n, 'nothing else tells of it');
  });
});
