/** What is committed is found again, whatever happened to the tail; what is not is cut off and counted. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RecordBatch } from '@tracewright/model';
import { recoverAndCheck } from '../testing/recover-and-check.ts';
import { appendSpans } from '../testing/sample-batch.ts';
import type { Recovered } from './recover.ts';
import { removeSegment, segmentPath, sidecarPath, tablePath } from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';
import { decodeSidecar, type Sidecar } from './sidecar.ts';

function inFolder(body: (directory: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-segment-'));
  const directory = join(folder, 'wal');
  mkdirSync(directory);
  try {
    body(directory);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function recover(directory: string): Recovered {
  return recoverAndCheck({ wal: directory, aside: asideOf(directory) });
}

function asideOf(directory: string): string {
  return join(directory, '..', 'quarantine');
}

/** Two groups, of 3 and of 2 spans, in an open segment. */
function writeTwoGroups(directory: string, sync: boolean = false): SegmentWriter {
  return writeTwoGroupsAs(directory, 7n, sync);
}

function readSidecar(directory: string): Sidecar {
  const sidecar = decodeSidecar(readFileSync(sidecarPath(directory, 7n)));
  assert.ok(sidecar !== undefined);
  return sidecar;
}

function writeTwoGroupsAs(directory: string, id: bigint, sync: boolean = false): SegmentWriter {
  const writer = new SegmentWriter({ directory, sync });
  assert.ok(writer.open(id).ok);
  const batch = new RecordBatch();
  appendSpans(batch, 3);
  assert.ok(writer.commit(batch, 1).ok);
  batch.reset();
  appendSpans(batch, 2, 4);
  assert.ok(writer.commit(batch, 2).ok);
  return writer;
}

for (const sync of [false, true]) {
  test(`a closed segment describes its files (sync ${sync})`, () =>
    inFolder((directory) => {
      const { segment } = writeTwoGroups(directory, sync).close();
      assert.deepEqual(
        segment?.files.map(({ table, rows }) => ({ table, rows })),
        [{ table: 'spans', rows: 5 }],
      );
      assert.equal(readFileSync(tablePath(directory, 7n, 'spans')).length, segment?.files[0]?.bytes);
    }));
}

test('a segment that was never closed is recovered whole', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    const recovered = recover(directory);
    assert.equal(recovered.torn, 0);
    assert.equal(recovered.highestId, 7n);
    assert.equal(recovered.segments[0]?.files[0]?.rows, 5);
    assert.equal(recovered.segments[0]?.replayed, true);
  }));

test('data without its record is cut off', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    const path = tablePath(directory, 7n, 'spans');
    const whole = readFileSync(path);
    appendFileSync(path, 'half a block');
    const recovered = recover(directory);
    assert.equal(recovered.torn, 1);
    assert.deepEqual(readFileSync(path), whole);
  }));

test('damage in a group costs that group alone, and the segment as found is kept aside', () =>
  inFolder((directory) => {
    const writer = writeTwoGroups(directory);
    const batch = new RecordBatch();
    appendSpans(batch, 4, 6);
    assert.ok(writer.commit(batch, 3).ok);
    const path = tablePath(directory, 7n, 'spans');
    const found = readFileSync(path);
    const second = (readSidecar(directory).records[1]?.blocks.spans?.offset ?? 0) + 5;
    found[second] = (found[second] ?? 0) ^ 255;
    writeFileSync(path, found);
    const recovered = recover(directory);
    assert.equal(recovered.segments[0]?.files[0]?.rows, 7, 'the first and the third group');
    assert.equal(recovered.damaged[0]?.rows.spans, 2);
    assert.deepEqual(
      readFileSync(join(asideOf(directory), '00000000000000000007.damaged', 'spans.native')),
      found,
    );
    const again = recover(directory);
    assert.equal(again.segments[0]?.files[0]?.rows, 7);
    assert.equal(again.damaged.length, 0, 'what was saved is whole');
  }));

test('data that ends before its record is damage of that group', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    const path = tablePath(directory, 7n, 'spans');
    truncateSync(path, readFileSync(path).length - 1);
    const recovered = recover(directory);
    assert.equal(recovered.segments[0]?.files[0]?.rows, 3);
    assert.equal(readFileSync(path).length, recovered.segments[0]?.files[0]?.bytes);
    assert.equal(recovered.damaged[0]?.rows.spans, 2);
  }));

test('a kill while the whole groups were being saved is mended', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    renameSync(segmentPath(directory, 7n), `${segmentPath(directory, 7n)}.saved`);
    assert.equal(recover(directory).segments[0]?.files[0]?.rows, 5, 'the saved one takes the place');
    writeTwoGroupsAs(directory, 8n);
    mkdirSync(`${segmentPath(directory, 8n)}.saved`);
    assert.equal(recover(directory).segments.length, 2, 'the original is begun anew');
  }));

test('data without a readable sidecar is kept aside, never deleted', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    const data = readFileSync(tablePath(directory, 7n, 'spans'));
    writeFileSync(sidecarPath(directory, 7n), 'tracewr');
    const recovered = recover(directory);
    assert.equal(recovered.segments.length, 0);
    assert.equal(recovered.damaged.length, 1);
    assert.deepEqual(readdirSync(directory), []);
    assert.deepEqual(
      readFileSync(join(asideOf(directory), '00000000000000000007.damaged', 'spans.native')),
      data,
    );
  }));

test('a segment that cannot be read now stays where it lies', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    rmSync(sidecarPath(directory, 7n));
    mkdirSync(sidecarPath(directory, 7n));
    const recovered = recover(directory);
    assert.equal(recovered.segments.length, 0);
    assert.match(recovered.damaged[0]?.reason ?? '', /cannot be read/);
    assert.deepEqual(readdirSync(directory), ['00000000000000000007']);
  }));

test('a segment is removed as a whole, also when the removal is cut short', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    removeSegment(directory, 7n);
    removeSegment(directory, 7n);
    assert.deepEqual(readdirSync(directory), []);
    writeTwoGroupsAs(directory, 8n);
    renameSync(segmentPath(directory, 8n), `${segmentPath(directory, 8n)}.removed`);
    assert.deepEqual(recover(directory).segments, []);
    assert.deepEqual(readdirSync(directory), []);
  }));

test('a commit that fails leaves what stood before, and the segment usable', () =>
  inFolder((directory) => {
    const writer = writeTwoGroups(directory);
    const batch = new RecordBatch();
    appendSpans(batch, 1, 6);
    // A folder in the place of the logs' file makes the second file of this group fail after the first was written.
    const logs = batch.logs;
    logs.begin(new Uint8Array(0));
    logs.end({
      tenant: new Uint8Array(0),
      arrivedMs: 0,
      dialect: new Uint8Array(0),
      receiver: new Uint8Array(0),
      service: new Uint8Array(0),
      resourceIdLow: 0,
      resourceIdHigh: 0,
      scopeIdLow: 0,
      scopeIdHigh: 0,
    });
    writeFileSync(tablePath(directory, 7n, 'logs'), 'in the way');
    const failed = writer.commit(batch, 3);
    assert.equal(failed.ok, false);
    assert.equal(!failed.ok && failed.failure.retry, 'later');
    rmSync(tablePath(directory, 7n, 'logs'));
    batch.reset();
    appendSpans(batch, 4, 7);
    assert.ok(writer.commit(batch, 4).ok);
    const { segment } = writer.close();
    assert.equal(segment?.files[0]?.rows, 9);
    assert.equal(recover(directory).segments[0]?.files[0]?.rows, 9);
  }));
