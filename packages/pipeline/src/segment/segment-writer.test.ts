/** What is committed is found again, whatever happened to the tail; what is not is cut off and counted. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RecordBatch } from '@tracewright/model';
import { appendSpans } from '../testing/sample-batch.ts';
import { recoverSegments } from './recover.ts';
import { sidecarPath, tablePath } from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';

function inFolder(body: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'tracewright-segment-'));
  try {
    body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Two groups, of 3 and of 2 spans, in an open segment. */
function writeTwoGroups(directory: string, sync: boolean = false): SegmentWriter {
  const writer = new SegmentWriter({ directory, sync });
  assert.ok(writer.open(7n).ok);
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
    const recovered = recoverSegments(directory);
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
    const recovered = recoverSegments(directory);
    assert.equal(recovered.torn, 1);
    assert.deepEqual(readFileSync(path), whole);
  }));

test('a record whose data did not reach the disk ends the segment there', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    const path = tablePath(directory, 7n, 'spans');
    truncateSync(path, readFileSync(path).length - 1);
    const recovered = recoverSegments(directory);
    assert.equal(recovered.torn, 1);
    assert.equal(recovered.segments[0]?.files[0]?.rows, 3);
    assert.equal(readFileSync(path).length, recovered.segments[0]?.files[0]?.bytes);
  }));

test('a changed byte in a block ends the segment before it', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    const path = tablePath(directory, 7n, 'spans');
    const bytes = readFileSync(path);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 255;
    writeFileSync(path, bytes);
    assert.equal(recoverSegments(directory).segments[0]?.files[0]?.rows, 3);
  }));

test('a segment without a readable sidecar is removed', () =>
  inFolder((directory) => {
    writeTwoGroups(directory);
    writeFileSync(sidecarPath(directory, 7n), 'tracewr');
    const recovered = recoverSegments(directory);
    assert.equal(recovered.segments.length, 0);
    assert.equal(recovered.torn, 1);
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
    assert.equal(recoverSegments(directory).segments[0]?.files[0]?.rows, 9);
  }));
