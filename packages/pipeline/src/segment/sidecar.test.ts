/** A sidecar says what counts, and nothing behind a torn line does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeSidecar, encodeSidecarHead, encodeSidecarRecord, type SidecarRecord } from './sidecar.ts';

const RECORDS: readonly SidecarRecord[] = [
  { committedUnixMs: 10, blocks: { spans: { offset: 0, bytes: 100, rows: 3, crc: 42 } } },
  {
    committedUnixMs: 20,
    blocks: {
      spans: { offset: 100, bytes: 50, rows: 1, crc: 43 },
      logs: { offset: 0, bytes: 9, rows: 2, crc: 4_294_967_295 },
    },
  },
];

function whole(): Buffer {
  return Buffer.concat([encodeSidecarHead(123_456_789_012_345n, 1), ...RECORDS.map(encodeSidecarRecord)]);
}

test('a sidecar comes back as it was written', () => {
  const decoded = decodeSidecar(whole());
  assert.deepEqual(decoded?.records, RECORDS);
  assert.equal(decoded?.id, 123_456_789_012_345n);
  assert.equal(decoded?.schemaVersion, 1);
  assert.equal(decoded?.torn, false);
});

test('cut at any byte, it yields the records before the cut and never more', () => {
  const bytes = whole();
  const ends = [...bytes.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const decoded = decodeSidecar(bytes.subarray(0, cut));
    const lines = ends.filter((end) => end <= cut).length;
    if (lines === 0) {
      assert.equal(decoded, undefined);
      continue;
    }
    assert.deepEqual(decoded?.records, RECORDS.slice(0, lines - 1), `cut at ${cut}`);
    assert.equal(decoded?.validBytes, ends[lines - 1]);
    assert.equal(decoded?.torn, cut !== ends[lines - 1]);
  }
});

test('with any byte changed, no record at or behind the change is believed', () => {
  const bytes = whole();
  const headEnd = bytes.indexOf(10) + 1;
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const decoded = decodeSidecar(changed);
    if (at < headEnd) assert.equal(decoded, undefined, `changed at ${at}`);
    else assert.deepEqual(decoded?.records, RECORDS.slice(0, decoded?.records.length), `changed at ${at}`);
    assert.ok((decoded?.records.length ?? 0) < RECORDS.length, `changed at ${at}`);
  }
});
