/**
 * Fuzz targets of what the pipeline reads: compressed bodies, sidecars, and segments as a crash or a bad disk leaves
 * them. What always holds: nothing throws; a body never grows beyond its limit; a group that is whole is recovered with
 * its rows, and recovering once more finds the same and no new damage.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { SEGMENT_TABLES } from '@tracewright/model';
import { type FuzzTarget, joinBytes, mutateBytes, mutateText, type Random } from '@tracewright/std/testing';
import { inflate } from '../inflate.ts';
import type { ContentCoding } from '../ingest.ts';
import { segmentName } from '../segment/segment-files.ts';
import { decodeSidecar, encodeSidecarHead, encodeSidecarRecord } from '../segment/sidecar.ts';
import { recoverAndCheck } from './recover-and-check.ts';

const CODINGS: readonly ContentCoding[] = ['gzip', 'deflate', 'zstd'];
const BODY_BYTES_MAX = 64 * 1024;
/** In memory where there is such a place: what is tried here is not the disk. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** The first byte names the coding, the rest is the body. */
const bodies: FuzzTarget = {
  name: 'pipeline-inflate',
  make: (random) => {
    const coding = random.pick(CODINGS);
    let body = packed(coding, content(random), random);
    if (random.chance(0.1)) body = packed(coding, body, random);
    if (random.chance(0.1)) body = joinBytes(body, packed(coding, content(random), random));
    if (random.chance(0.5)) body = mutateBytes(body, random);
    return joinBytes(Uint8Array.of(CODINGS.indexOf(coding)), body);
  },
  check: (input) => {
    const coding = CODINGS[(input[0] ?? 0) % CODINGS.length] ?? 'gzip';
    const inflated = inflate(input.subarray(1), coding, BODY_BYTES_MAX);
    if (inflated.ok) {
      assert.ok(inflated.value.length <= BODY_BYTES_MAX);
      return 'taken';
    }
    assert.ok(['invalid', 'too-large'].includes(inflated.failure.code), inflated.failure.message);
    return 'refused';
  },
};

function content(random: Random): Uint8Array {
  if (random.chance(0.05)) return new Uint8Array(random.pick([BODY_BYTES_MAX, BODY_BYTES_MAX + 1, 4 << 20]));
  return random.chance(0.3) ? random.bytes(random.below(300)) : new Uint8Array(random.below(3_000)).fill(7);
}

function packed(coding: ContentCoding, bytes: Uint8Array, random: Random): Uint8Array {
  switch (coding) {
    case 'gzip':
      return gzipSync(bytes, { level: random.pick([0, 1, 9]) });
    case 'deflate':
      return random.chance(0.5) ? deflateSync(bytes, { level: 1 }) : deflateRawSync(bytes, { level: 1 });
    default:
      return zstdCompressSync(bytes);
  }
}

const SEGMENT = 1_760_000_000_123_456n;
const ODD_LINES = [
  '[]',
  'null',
  '1',
  '{"format":"tracewright-segment","id":"x","schemaVersion":1}',
  '{"at":1}',
  '{',
];
const ODD_NUMBERS = [-1, 0, 1.5, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, 'x', null];

/** A line whose check sum is right, whatever it says. */
function line(json: string): string {
  return `${json}\t${crc32(json).toString(16).padStart(8, '0')}\n`;
}

function makeSidecar(random: Random, blocks: readonly Uint8Array[]): string {
  const lines = [encodeSidecarHead(SEGMENT, 1).toString()];
  let offset = 0;
  for (const block of blocks) {
    const record = { offset, bytes: block.length, rows: 1 + random.below(9), crc: crc32(block) };
    offset += block.length;
    lines.push(
      encodeSidecarRecord({ committedUnixMs: 1_760_000_000_123, blocks: { spans: record } }).toString(),
    );
  }
  if (random.chance(0.2)) lines.splice(random.below(lines.length + 1), 0, line(random.pick(ODD_LINES)));
  if (random.chance(0.1)) {
    const odd = [random.pick(ODD_NUMBERS), random.pick(ODD_NUMBERS), 1, 0];
    lines.push(
      line(JSON.stringify({ at: 1, blocks: { [random.pick(['spans', 'logs', '__proto__'])]: odd } })),
    );
  }
  const text = lines.join('');
  return random.chance(0.3) ? mutateText(text, random, ['\n', '\t', '{', '"', '0', '[']) : text;
}

const sidecars: FuzzTarget = {
  name: 'pipeline-sidecar',
  make: (random) => {
    const blocks = random.list(random.below(4), () => random.bytes(random.below(30)));
    return new TextEncoder().encode(makeSidecar(random, blocks));
  },
  check: (input) => {
    const sidecar = decodeSidecar(Buffer.from(input));
    if (sidecar === undefined) return 'refused';
    assert.ok(sidecar.validBytes <= input.length && sidecar.torn === sidecar.validBytes < input.length);
    // What counts stays what it is when the rest is cut off.
    const cut = decodeSidecar(Buffer.from(input.subarray(0, sidecar.validBytes)));
    assert.deepEqual(cut, { ...sidecar, torn: false });
    return 'taken';
  },
};

/** Four bytes for the length of the sidecar, the sidecar, and the file of spans. */
const segments: FuzzTarget = {
  name: 'pipeline-recover',
  make: (random) => {
    const blocks = random.list(1 + random.below(3), () => random.bytes(1 + random.below(60)));
    const sidecar = new TextEncoder().encode(makeSidecar(random, blocks));
    let data: Uint8Array = joinBytes(...blocks);
    if (random.chance(0.4)) data = mutateBytes(data, random);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, sidecar.length);
    return joinBytes(length, sidecar, data);
  },
  check: (input) => {
    const size = Math.min(readLength(input), Math.max(0, input.length - 4));
    const folder = mkdtempSync(join(SCRATCH, 'tracewright-fuzz-'));
    try {
      const folders = { wal: join(folder, 'wal'), aside: join(folder, 'quarantine') };
      const segment = join(folders.wal, segmentName(SEGMENT));
      mkdirSync(segment, { recursive: true });
      writeFileSync(join(segment, 'sidecar'), input.subarray(4, 4 + size));
      writeFileSync(join(segment, 'spans.native'), input.subarray(4 + size));
      const sidecar = decodeSidecar(Buffer.from(input.subarray(4, 4 + size)));
      const found = recoverAndCheck(folders);
      const [recovered] = found.segments;
      for (const file of recovered?.files ?? []) {
        assert.ok(readFileSync(file.path).length >= file.bytes, 'a segment is shorter than it says');
      }
      const rows = (recovered?.files ?? []).reduce((sum, file) => sum + file.rows, 0);
      if (sidecar !== undefined && sidecar.id === SEGMENT && found.damaged.length === 0) {
        assert.equal(rows, rowsOf(sidecar.records), 'rows of whole groups are missing');
      }
      const again = recoverAndCheck(folders);
      const reasons = found.damaged.filter(({ reason }) => reason.startsWith('It cannot be read'));
      assert.equal(again.damaged.length, reasons.length, 'recovering again found new damage');
      assert.deepEqual(again.segments, found.segments);
      return rows > 0 ? 'taken' : 'refused';
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function readLength(input: Uint8Array): number {
  return input.length < 4 ? 0 : new DataView(input.buffer, input.byteOffset).getUint32(0);
}

type Blocks = NonNullable<ReturnType<typeof decodeSidecar>>['records'];

function rowsOf(records: Blocks): number {
  return records.reduce(
    (sum, { blocks }) => sum + SEGMENT_TABLES.reduce((rows, table) => rows + (blocks[table]?.rows ?? 0), 0),
    0,
  );
}

export const pipelineFuzzTargets: readonly FuzzTarget[] = [bodies, sidecars, segments];
